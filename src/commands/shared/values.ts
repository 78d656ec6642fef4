import { InvalidArgumentError } from "commander";
import { LONGEST_MS } from "../../model/limits.ts";

export function count(text: string): number {
  const n = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(n)) throw new InvalidArgumentError("expected a whole number");
  return n;
}

/** A command waits a little longer than the time it requests, and a timer takes no more than `LONGEST_MS`. */
const MOST_SECONDS = Math.floor(LONGEST_MS / 1_000) - 60;

export function seconds(text: string): number {
  const n = Number(text);
  if (!/^\d*\.?\d+$/.test(text) || n <= 0 || n > MOST_SECONDS)
    throw new InvalidArgumentError(`expected a number of seconds, at most ${MOST_SECONDS} (24 days)`);
  return n;
}
