import type { LogRecord } from "./record.ts";

/** Merges streams that are each sorted by `n`; `direction` 1: oldest first, -1: newest first. */
export function* mergeRecords(streams: readonly Iterator<LogRecord>[], direction: 1 | -1): Generator<LogRecord> {
  const heads: { record: LogRecord; stream: Iterator<LogRecord> }[] = [];
  for (const stream of streams) {
    const first = stream.next();
    if (first.done !== true) heads.push({ record: first.value, stream });
  }
  while (heads.length > 0) {
    let best = 0;
    for (let index = 1; index < heads.length; index++) {
      if ((numberAt(heads, index) - numberAt(heads, best)) * direction < 0) best = index;
    }
    const head = heads[best] as (typeof heads)[number];
    yield head.record;
    const next = head.stream.next();
    if (next.done === true) heads.splice(best, 1);
    else head.record = next.value;
  }
}

const numberAt = (heads: readonly { record: LogRecord }[], index: number): number => heads[index]?.record.n ?? 0;
