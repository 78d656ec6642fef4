import { displayWidth } from "../../util/text.ts";

/** Pure: the control sequences that keep a few lines below a text that grows, without a screen of their own. */
export interface Pinning {
  /** The lines that are below the text now; the cursor is at the beginning of the first of them. */
  drawn: readonly string[];
  /** What is to be below it; none: nothing more. */
  pinned: readonly string[];
  /** The text that comes between `before` and `after` ends with a line end. */
  endsLine: boolean;
  /** How many rows below the first drawn line the cursor is by now. */
  displaced: number;
}

const CSI = "\u001B[";
/** The terminal shows what is between these at once; one that does not know them ignores them. */
const [TOGETHER, SHOWN] = [`${CSI}?2026h`, `${CSI}?2026l`];
/** The cursor would blink on the first pinned line. A paste is reported as one, and is not taken for keys. */
const [BEGIN, END] = [`${CSI}?25l${CSI}?2004h`, `${CSI}?2004l${CSI}?25h`];
/** In a terminal that has just become narrower a line is cut instead of wrapped: it stays one row. */
const [CUT, WRAP] = [`${CSI}?7l`, `${CSI}?7h`];

/**
 * Everything from the cursor on. tmux takes a screen that is erased from its very first column for one that is cleared, and keeps
 * what was on it in the scrollback.
 */
const ERASE = `${CSI}K${CSI}C${CSI}J\r`;

/**
 * The cursor rests where the next text goes: at the beginning of the first pinned line. When a terminal that was resized has
 * wrapped those lines, or cut them, everything from there is still ours; no count of rows could tell.
 */
export function frame({ drawn, pinned, endsLine, displaced }: Pinning): { before: string; after: string } {
  const lineEnd = endsLine ? "" : "\n";
  const lines = pinned.length > 0 ? `${CUT}${pinned.join("\n")}${up(pinned.length - 1)}\r${WRAP}` : END;
  return {
    before: `${TOGETHER}${drawn.length > 0 ? `\r${up(displaced)}${ERASE}` : BEGIN}`,
    after: `${lineEnd}${lines}${SHOWN}`,
  };
}

const up = (rows: number): string => (rows > 0 ? `${CSI}${rows}A` : "");

/** Terminals that are xterm.js, by the name that they give themselves. */
const XTERM_JS: ReadonlySet<string | undefined> = new Set(["vscode", "Hyper", "Tabby"]);

/** Whether `displacement` is right for this terminal. What runs in tmux or screen is shown by those. */
export const movesCursorIn = ({ TERM_PROGRAM, TMUX, STY }: Readonly<Record<string, string | undefined>>): boolean =>
  XTERM_JS.has(TERM_PROGRAM) && TMUX === undefined && STY === undefined;

/**
 * xterm.js (the terminal of VS Code) wraps the pinned lines when it becomes narrower, and the cursor comes to stand as many rows
 * further down. Others keep it where it is in the text.
 */
export const displacement = (drawn: readonly string[], columns: number): number =>
  drawn.reduce((rows, line) => rows + Math.max(1, Math.ceil(displayWidth(line) / columns)) - 1, 0);
