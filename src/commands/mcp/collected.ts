import type { Output, Terminal } from "../../system/terminal.ts";

export interface Collected {
  terminal: Terminal;
  out: () => string;
  err: () => string;
}

/** As wide as what a command prints is for an agent. */
const COLUMNS = 120;

/** A terminal that keeps what is written, for a command that runs within this process. */
export function collected({ keys }: Pick<Terminal, "keys">): Collected {
  const out: string[] = [];
  const err: string[] = [];
  return {
    terminal: { keys, out: outputInto(out), err: outputInto(err) },
    out: () => out.join(""),
    err: () => err.join(""),
  };
}

const outputInto = (parts: string[]): Output => ({
  ...{ isTTY: false, columns: COLUMNS, rows: 24, closed: false, waiting: 0 },
  write: (text) => void parts.push(text),
  pin: () => {},
  onResize: () => () => {},
  onClosed: () => {},
  watchReader: () => {},
  flushed: () => Promise.resolve(),
  unblock: () => {},
  mute: () => {},
  abandon: () => {},
});
