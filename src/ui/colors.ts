import { Chalk, supportsColor, supportsColorStderr, type ChalkInstance } from "chalk";
import type { Terminal } from "../system/terminal/terminal.ts";

export type Colors = ChalkInstance;

export interface ColorOptions {
  /** The user's environment: NO_COLOR (any value but empty) and FORCE_COLOR (0 to 3, true, false). */
  shell: Readonly<Record<string, string>>;
  /** `--no-color`. */
  never: boolean;
}

/** One set of colours for stdout or stderr; level 0 writes the same words without any. */
export function colorsOf(
  terminal: Pick<Terminal, "out" | "err">,
  stream: "out" | "err",
  { shell, never }: ColorOptions,
): Colors {
  return new Chalk({ level: level(terminal[stream].isTTY, stream, shell, never) });
}

type Level = 0 | 1 | 2 | 3;

function level(isTTY: boolean, stream: "out" | "err", shell: ColorOptions["shell"], never: boolean): Level {
  if (never) return 0;
  const forced = shell.FORCE_COLOR;
  if (forced !== undefined) return forcedLevel(forced);
  if (shell.NO_COLOR || !isTTY || shell.TERM === "dumb") return 0;
  const found = stream === "out" ? supportsColor : supportsColorStderr;
  return found === false ? 1 : found.level;
}

function forcedLevel(value: string): Level {
  if (value === "false") return 0;
  const wanted = Number(value);
  return value !== "" && wanted >= 0 && wanted <= 3 ? (Math.floor(wanted) as Level) : 1;
}
