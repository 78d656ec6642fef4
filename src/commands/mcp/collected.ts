import type { Terminal } from "../../system/terminal/terminal.ts";
import { outputInto } from "../shared/output-into.ts";

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
    terminal: {
      keys,
      out: outputInto(COLUMNS, (text) => void out.push(text)),
      err: outputInto(COLUMNS, (text) => void err.push(text)),
    },
    out: () => out.join(""),
    err: () => err.join(""),
  };
}
