import { spawnSync } from "node:child_process";
import { closeSync, constants, openSync, readlinkSync, writeSync } from "node:fs";
import { isatty } from "node:tty";

const TTY_MS = 1_000;

/** The file of the terminal on stdin, such as `/dev/pts/3`, for a process that outlives this one; null: unknown. */
export function terminalDevice(): string | null {
  if (!isatty(0)) return null;
  if (process.platform !== "linux") {
    const { status, stdout } = spawnSync("tty", {
      stdio: ["inherit", "pipe", "ignore"],
      encoding: "utf8",
      timeout: TTY_MS,
    });
    return status === 0 ? stdout.trim() : null;
  }
  try {
    return readlinkSync("/proc/self/fd/0");
  } catch {
    return null;
  }
}

const SHOW_CURSOR = "\u001B[?25h";
/** The cursor rests where the footer begins, or behind what a shell has written over its first line: nothing is below that. */
const CLEAR_BELOW = "\u001B[J";

/** Shows the cursor for a process that could not do it itself. */
export const showCursor = (device: string): void => write(device, SHOW_CURSOR);

/** The same, and removes what is left of the footer. */
export const clearFooter = (device: string): void => write(device, SHOW_CURSOR + CLEAR_BELOW);

/** Never waits: a terminal that takes nothing, or is closed, is left alone. */
function write(device: string, text: string): void {
  try {
    const terminal = openSync(device, constants.O_WRONLY | constants.O_NOCTTY | constants.O_NONBLOCK);
    try {
      if (isatty(terminal)) writeSync(terminal, text);
    } finally {
      closeSync(terminal);
    }
  } catch {
    // it is gone
  }
}
