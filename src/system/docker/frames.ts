import type { ContainerLine } from "./types.ts";

export interface LineReader {
  push(chunk: Buffer): void;
  /** What was printed without a newline is a line too. */
  end(): void;
}

const HEADER = 8;
/** A line without an end is cut here: it must not fill the memory. */
const LONGEST = 1 << 20;

/**
 * Pure: bytes of the logs endpoint → whole lines. Without a terminal each write arrives in a frame (stream, length); long
 * writes are split by the engine at 16 KiB, each part with its own timestamp, so parts are joined as bytes.
 */
export function lineReader({ tty }: { tty: boolean }, onLine: (line: ContainerLine) => void): LineReader {
  const streams = { out: collector("out", onLine), err: collector("err", onLine) };
  let pending: Buffer = Buffer.alloc(0);
  const frames = (): void => {
    let at = 0;
    while (pending.length - at >= HEADER) {
      const size = pending.readUInt32BE(at + 4);
      if (pending.length - at < HEADER + size) break;
      const stream = pending[at] === 2 ? streams.err : streams.out;
      stream.message(pending.subarray(at + HEADER, at + HEADER + size));
      at += HEADER + size;
    }
    pending = pending.subarray(at);
  };
  const lines = (): void => {
    for (let end = pending.indexOf(10); end >= 0; end = pending.indexOf(10)) {
      streams.out.message(pending.subarray(0, end + 1));
      pending = pending.subarray(end + 1);
    }
  };
  return {
    push(chunk) {
      pending = pending.length > 0 ? Buffer.concat([pending, chunk]) : chunk;
      if (tty) lines();
      else frames();
    },
    end() {
      if (tty && pending.length > 0) streams.out.message(pending);
      streams.out.end();
      streams.err.end();
    },
  };
}

const STAMP = /^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d) /;

function collector(stream: "out" | "err", onLine: (line: ContainerLine) => void) {
  let parts: Buffer[] = [];
  let size = 0;
  let at = "";
  const flush = (): void => {
    const line = Buffer.concat(parts)
      .toString("utf8")
      .replace(/\r?\n$/, "");
    onLine({ stream, line, at });
    parts = [];
    size = 0;
    at = "";
  };
  return {
    message(bytes: Buffer): void {
      const stamp = STAMP.exec(bytes.subarray(0, 40).toString("latin1"))?.[0] ?? "";
      at ||= stamp.trim();
      parts.push(bytes.subarray(stamp.length));
      size += bytes.length;
      if (bytes.at(-1) === 10 || size > LONGEST) flush();
    },
    end(): void {
      if (size > 0) flush();
    },
  };
}
