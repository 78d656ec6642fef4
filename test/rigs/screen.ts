import xterm from "@xterm/headless";
import type { Terminal } from "./terminal.ts";
import { until } from "./wait.ts";

/** What a person sees of a terminal: a model of the emulator, fed with everything that a command printed. */
export interface ScreenModel {
  /** Every line, the scrollback first; one that the terminal wrapped is one. Without empty lines at the end. */
  lines(): Promise<string[]>;
  /** The rows of the screen, from top to bottom. */
  rows(): Promise<string[]>;
  /** Resolves once the screen satisfies it, and with its rows. */
  shows(pattern: RegExp, deadlineMs?: number): Promise<string>;
  resize(columns: number, rows: number): Promise<void>;
  /** The terminal shows its cursor. */
  hasCursor(): Promise<boolean>;
  close(): void;
}

// oxlint-disable-next-line no-control-regex
const CURSOR = /\u001B\[\?25[hl]/g;

export function openScreenModel(terminal: Terminal, columns = 100, rows = 30): ScreenModel {
  const model = new xterm.Terminal({ cols: columns, rows, scrollback: 100_000, allowProposedApi: true });
  let taken = 0;
  const catchUp = async (): Promise<void> => {
    const raw = terminal.raw();
    const more = raw.slice(taken);
    taken = raw.length;
    await new Promise<void>((resolve) => model.write(more, resolve));
  };
  const row = (at: number): string => model.buffer.active.getLine(at)?.translateToString(true) ?? "";
  const screen = async (): Promise<string[]> => {
    await catchUp();
    const { baseY } = model.buffer.active;
    return Array.from({ length: model.rows }, (_, index) => row(baseY + index));
  };
  return {
    rows: screen,
    async lines() {
      await catchUp();
      const { active } = model.buffer;
      const lines: string[] = [];
      for (let at = 0; at < active.length; at++) {
        const line = active.getLine(at);
        const text = line?.translateToString(true) ?? "";
        if (line?.isWrapped) lines.push((lines.pop() ?? "") + text);
        else lines.push(text);
      }
      while (lines.at(-1) === "") lines.pop();
      return lines;
    },
    shows: async (pattern, deadlineMs) => {
      let seen = "";
      await until(
        `the screen to show ${String(pattern)}`,
        async () => pattern.test((seen = (await screen()).join("\n"))),
        {
          describe: () => seen,
          ...(deadlineMs === undefined ? {} : { deadlineMs }),
        },
      );
      return seen;
    },
    async resize(newColumns, newRows) {
      await catchUp();
      model.resize(newColumns, newRows);
      terminal.resize(newColumns, newRows);
    },
    async hasCursor() {
      await catchUp();
      return terminal.raw().match(CURSOR)?.at(-1)?.endsWith("l") !== true;
    },
    close: () => model.dispose(),
  };
}
