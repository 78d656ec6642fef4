import type { AsTyped } from "../diagnostics/as-typed.ts";
import type { Stamped } from "../model/events.ts";
import type { Terminal } from "../system/terminal.ts";
import { colorsOf, type ColorWish } from "./colors.ts";
import { createJsonUi } from "./json.ts";
import { createPlainUi } from "./plain.ts";

export interface UiOptions {
  color: ColorWish;
  verbose: boolean;
  asTyped: AsTyped;
  /** The session is left running when this terminal returns. */
  detached?: boolean;
}

/** A reader of a session's events that writes them to stdout. It never drops a line and never acts. */
export function createUi(kind: "plain" | "json", terminal: Terminal, options: UiOptions): (event: Stamped) => void {
  if (kind === "json") return createJsonUi(terminal.out, options.asTyped);
  const { color, verbose, asTyped, detached = false } = options;
  return createPlainUi(terminal.out, { colors: colorsOf(terminal, "out", color), verbose, asTyped, detached });
}
