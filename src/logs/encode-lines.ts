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
  const [before, between, after] = [around.before, around.between, around.after].map((one) => Buffer.from(one)) as [
    Buffer,
    Buffer,
    Buffer,
  ];
  const longest = text.length * (around.escapes ? 2 : 1);
  return {
    atMost: before.length + longest + (count - 1) * between.length + after.length,
    write(bytes, at) {
      let end = at + before.copy(bytes, at);
      replaceLineEnds(text, between, around.escapes, (part) => (end += part.copy(bytes, end)));
      return end + after.copy(bytes, end);
    },
  };
}

/** Each line of its own between two texts. */
export const eachBetween = (
  batch: Pick<LogBatch, "text" | "count">,
  before: string,
  after: string,
  escapes = false,
): Encoding => encodeLines(batch, { before, between: after + before, after, escapes });
