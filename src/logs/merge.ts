import type { LogRecord } from "./record.ts";

/**
 * Merges streams that are each sorted by `n`; `direction` 1: oldest first, -1: newest first. A reader that reads no further ends
 * the streams too, which have files open.
 */
export function* mergeRecords(streams: readonly Iterator<LogRecord>[], direction: 1 | -1): Generator<LogRecord> {
  const heads: Head[] = [];
  try {
    for (const stream of streams) {
      const first = stream.next();
      if (first.done !== true) heads.push({ record: first.value, stream });
    }
    while (heads.length > 0) {
      const best = firstOf(heads, direction);
      const head = heads[best] as Head;
      yield head.record;
      const next = head.stream.next();
      if (next.done === true) heads.splice(best, 1);
      else head.record = next.value;
    }
  } finally {
    for (const stream of streams) stream.return?.();
  }
}

interface Head {
  record: LogRecord;
  stream: Iterator<LogRecord>;
}

function firstOf(heads: readonly Head[], direction: 1 | -1): number {
  let best = 0;
  for (let index = 1; index < heads.length; index++) {
    if ((numberAt(heads, index) - numberAt(heads, best)) * direction < 0) best = index;
  }
  return best;
}

const numberAt = (heads: readonly Head[], index: number): number => heads[index]?.record.n ?? 0;
