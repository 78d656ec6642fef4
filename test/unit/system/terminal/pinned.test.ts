import { describe, expect, it } from "vitest";
import xterm from "@xterm/headless";
import { displacement, frame, movesCursorIn } from "../../../../src/system/terminal/pinned.ts";

/** A terminal that is written to as `system/terminal/terminal.ts` does it. */
function screen(columns: number, rows: number) {
  const model = new xterm.Terminal({
    cols: columns,
    rows,
    scrollback: 1_000,
    allowProposedApi: true,
    convertEol: true,
  });
  let drawn: readonly string[] = [];
  let displaced = 0;
  return {
    async write(text: string, pinned: readonly string[]) {
      const { before, after } = frame({ drawn, pinned, endsLine: text === "" || text.endsWith("\n"), displaced });
      drawn = pinned;
      displaced = 0;
      await new Promise<void>((resolve) => model.write(before + text + after, resolve));
    },
    resize(columnsNow: number, rowsNow: number) {
      model.resize(columnsNow, rowsNow);
      displaced = displacement(drawn, columnsNow);
    },
    lines() {
      const { active } = model.buffer;
      const all = Array.from({ length: active.length }, (_, at) => active.getLine(at)?.translateToString(true) ?? "");
      while (all.at(-1) === "") all.pop();
      return all;
    },
    cursor: () => model.buffer.active.baseY + model.buffer.active.cursorY,
  };
}

const FOOTER = ["apps", "keys"];

describe("pinned lines", () => {
  it("stay below what is written, and never among it", async () => {
    const terminal = screen(20, 5);
    for (let n = 0; n < 12; n++) await terminal.write(`line ${n}\n`, FOOTER);
    expect(terminal.lines()).toEqual([...Array.from({ length: 12 }, (_, n) => `line ${n}`), ...FOOTER]);
    await terminal.write("last\n", []);
    expect(terminal.lines()).toEqual([...Array.from({ length: 12 }, (_, n) => `line ${n}`), "last"]);
    expect(terminal.cursor()).toBe(13);
  });

  it("change their number and their words, without text and with a line that has no end", async () => {
    const terminal = screen(20, 5);
    await terminal.write("a\n", ["one", "two", "three"]);
    await terminal.write("", ["only"]);
    expect(terminal.lines()).toEqual(["a", "only"]);
    await terminal.write("b", FOOTER);
    expect(terminal.lines()).toEqual(["a", "b", ...FOOTER]);
  });

  it("leave nothing behind in a terminal that wraps them when it becomes narrow, or cuts a row", async () => {
    const wide = ["a".repeat(38), "b".repeat(38)];
    const narrow = ["a".repeat(8)];
    const terminal = screen(40, 8);
    for (let n = 0; n < 20; n++) await terminal.write(`line ${n}\n`, wide);
    terminal.resize(10, 8);
    await terminal.write("", narrow);
    await terminal.write("between\n", narrow);
    terminal.resize(40, 4);
    await terminal.write("wide\n", wide);
    const lines = Array.from({ length: 20 }, (_, n) => `line ${n}`);
    expect(terminal.lines()).toEqual([...lines, "between", "wide", ...wide]);
  });

  it("stay one row each in a terminal that has become narrower than it was when they were made", async () => {
    const terminal = screen(10, 6);
    for (let n = 0; n < 9; n++) await terminal.write(`line ${n}\n`, ["a".repeat(35), "b".repeat(35)]);
    await terminal.write("end\n", FOOTER);
    expect(terminal.lines()).toEqual([...Array.from({ length: 9 }, (_, n) => `line ${n}`), "end", ...FOOTER]);
  });

  it("hide the cursor while they are there, and report a paste as one", () => {
    const first = frame({ drawn: [], pinned: FOOTER, endsLine: true, displaced: 0 });
    expect(first.before).toBe("\u001B[?2026h\u001B[?25l\u001B[?2004h");
    expect(first.after).toBe("\u001B[?7lapps\nkeys\u001B[1A\r\u001B[?7h\u001B[?2026l");
    const end = frame({ drawn: FOOTER, pinned: [], endsLine: true, displaced: 0 });
    // never from the very first column: there tmux takes it for a cleared screen
    expect(end.before).toBe("\u001B[?2026h\r\u001B[K\u001B[C\u001B[J\r");
    expect(end.after).toBe("\u001B[?2004l\u001B[?25h\u001B[?2026l");
  });

  it("move in the terminals that are xterm.js, and not in what runs inside of them", () => {
    expect(
      ["vscode", "Hyper", "iTerm.app", "tmux", undefined].map((name) => movesCursorIn({ TERM_PROGRAM: name })),
    ).toEqual([true, true, false, false, false]);
    for (const inside of ["TMUX", "STY"]) expect(movesCursorIn({ TERM_PROGRAM: "vscode", [inside]: "1" })).toBe(false);
  });
});
