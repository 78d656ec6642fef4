import { encodedText } from "../../system/byte-queue.ts";
import type { Output } from "../../system/terminal/terminal.ts";

/** An output with no terminal behind it: what is written is handed on. */
export const outputInto = (columns: number, write: (text: string) => void): Output => ({
  isTTY: false,
  columns,
  rows: 24,
  closed: false,
  waiting: 0,
  write,
  writeBytes: (text) => write(encodedText(text)),
  pin: () => {},
  onResize: () => () => {},
  onClosed: () => {},
  watchReader: () => {},
  flushed: () => Promise.resolve(),
  unblock: () => {},
  mute: () => {},
  abandon: () => {},
});
