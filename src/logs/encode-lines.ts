import type { LogBatch } from "../model/log-batch.ts";
import type { Encoding } from "../system/byte-queue.ts";
import { replaceLineEnds } from "./simd.ts";

export interface Around {
  before: string;
  /** Two lines. */
  between: string;
  after: string;
  /** The lines are part of a string in JSON. */
  escapes: boolean;
}

/** The lines of a batch with other text around them, without a string for it: a fraction of the time that one takes. */
export function encodeLines({ text, count }: Pick<LogBatch, "text" | "count">, around: Around): Encoding {
  const { before, after, escapes } = around;
  // of a line that comes alone: a buffer for each of the three takes as long as the rest of this
  const between = count > 1 ? Buffer.from(around.between) : NONE;
  const longest = text.length * (escapes ? 2 : 1) + (before.length + after.length) * MOST_BYTES_A_UNIT;
  return {
    atMost: longest + (count - 1) * between.length,
    write(bytes, at) {
      let end = at + bytes.write(before, at);
      replaceLineEnds(text, between, escapes, (part) => (end += part.copy(bytes, end)));
      return end + bytes.write(after, end);
    },
  };
}

const NONE = Buffer.alloc(0);
/** UTF-8 takes at most this many bytes for a UTF-16 unit. */
const MOST_BYTES_A_UNIT = 3;

/** Each line of its own between two texts. */
export const eachBetween = (
  batch: Pick<LogBatch, "text" | "count">,
  before: string,
  after: string,
  escapes = false,
): Encoding => encodeLines(batch, { before, between: after + before, after, escapes });
