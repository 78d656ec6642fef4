import { once } from "node:events";
import { emitKeypressEvents, type Interface } from "node:readline";
import { PassThrough } from "node:stream";
import { beforeEach, expect, test } from "vitest";
import { keyReader, type Key } from "../../../../src/system/terminal/keys.ts";

const ESC = "\u001B";
const PASTE = `${ESC}[200~`;
const END = `${ESC}[201~`;

let terminal: PassThrough;
let keys: Key[];
let signals: string[];
let time: number;

beforeEach(() => {
  terminal = new PassThrough();
  keys = [];
  signals = [];
  time = 0;
  // as short as it can be: a test waits for the end of it
  emitKeypressEvents(terminal, { escapeCodeTimeout: 1 } as unknown as Interface);
  terminal.on(
    "keypress",
    keyReader(
      { key: (key) => void keys.push(key) },
      (signal) => void signals.push(signal),
      () => time,
    ),
  );
});

const names = (): string[] => keys.map(({ name, pasted }) => (pasted ? `(${name})` : name));
/** One chunk, as a read of the terminal returns it. Its keys are reported at once, an Esc at its end after a moment. */
async function read(chunk: string): Promise<void> {
  const reported = once(terminal, "keypress");
  terminal.write(chunk);
  await reported;
}

test("a key is named, and says what it types", async () => {
  await read(`aB \r${ESC}[A`);
  expect(names()).toEqual(["a", "B", "space", "return", "up"]);
  expect(keys.map(({ text }) => text)).toEqual(["a", "B", " ", "", ""]);
});

test("Ctrl+C, Ctrl+Z and Ctrl+\\ are signals, except in a paste", async () => {
  await read("\u0003\u001A\u001C");
  expect(signals).toEqual(["SIGINT", "SIGTSTP", "SIGQUIT"]);
  await read(`${PASTE}\u0003${END}`);
  expect(signals).toHaveLength(3);
  expect(keys).toMatchObject([{ name: "c", ctrl: true, text: "", pasted: true }]);
});

test("what is pasted is marked, however its mark is cut", async () => {
  await read(`${PASTE}q${END}q`);
  expect(names()).toEqual(["(q)", "q"]);
  for (let cut = 2; cut < PASTE.length; cut++) {
    keys.length = 0;
    terminal.write(PASTE.slice(0, cut));
    await read(`${PASTE.slice(cut)}q${END}q`);
    expect(names()).toEqual(["(q)", "q"]);
  }
});

test("a mark that comes late, after its Esc was taken for the key", async () => {
  await read(ESC);
  await read("[200~");
  await read("qd");
  await read(ESC);
  await read("[201~");
  await read("q");
  expect(names()).toEqual(["escape", "(q)", "(d)", "(escape)", "q"]);
});

test("another sequence that comes late presses nothing", async () => {
  await read(ESC);
  await read("[");
  await read("1;5Aq");
  expect(names()).toEqual(["escape", "q"]);
});

test("a [ long after Esc, or after another key, is typed", async () => {
  await read(ESC);
  time = 2_000;
  await read("[2");
  await read("[q");
  expect(names()).toEqual(["escape", "[", "2", "[", "q"]);
});

test("what the terminal answers presses nothing", async () => {
  await read(`${ESC}[?2026;2$y`);
  await read(`${ESC}bq`);
  expect(names().at(-1)).toBe("q");
  expect(names()).not.toContain("b");
});
