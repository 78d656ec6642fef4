import type { AsTyped } from "../diagnostics/as-typed.ts";
import type { Show } from "../session/backpressure.ts";
import type { Clock } from "../system/clock.ts";
import type { Terminal } from "../system/terminal/terminal.ts";
import { keepingBlocks } from "./blocks.ts";
import { colorsOf, type ColorOptions } from "./colors.ts";
import { whereItEnds } from "./detached-start.ts";
import { createJsonUi } from "./json.ts";
import { createPlainUi } from "./plain.ts";

export interface UiOptions {
  color: ColorOptions;
  verbose: boolean;
  asTyped: AsTyped;
  /** The time of day before each line. */
  timestamps?: boolean;
  /** The session keeps running when this command returns. */
  detached?: boolean;
}

/**
 * A reader of a session's events that writes them to stdout. It never changes the session. Of a detached start the errors are on
 * stderr, as those of every command that ends.
 */
export function createUi(kind: "plain" | "json", terminal: Terminal, clock: Clock, options: UiOptions): Show {
  const { color, verbose, asTyped, timestamps = false, detached = false } = options;
  if (kind === "json") {
    const json = createJsonUi(terminal.out, asTyped);
    return detached ? { ...json, event: (event) => json.event(whereItEnds(event)) } : json;
  }
  const colors = colorsOf(terminal, "out", color);
  const errors = { out: terminal.err, colors: colorsOf(terminal, "err", color) };
  const plain = { colors, verbose, timestamps, asTyped, detached, ...(detached ? { errors } : {}) };
  return keepingBlocks(createPlainUi(terminal.out, plain), clock);
}
