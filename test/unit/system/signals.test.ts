import { afterEach, expect, test, vi } from "vitest";
import { signals } from "../../../src/system/signals.ts";

/** Those of the test runner, which would call an error that is not caught a failed test. */
const own = process.listeners("uncaughtException");
afterEach(() => void process.removeAllListeners("uncaughtException"));
afterEach(() => own.forEach((one) => process.on("uncaughtException", one)));

test("a bug is heard by the command that runs; when that has ended, by the one that it ran within", () => {
  process.removeAllListeners("uncaughtException");
  const heard: string[] = [];
  const note = (name: string) => (error: unknown) => void heard.push(`${name}: ${String(error)}`);
  const bug = (text: string): boolean => process.emit("uncaughtException", text as unknown as Error);
  const over = signals.onBug(note("server"));
  const [overOne, overOther] = [signals.onBug(note("one")), signals.onBug(note("other"))];
  bug("1");
  overOther();
  bug("2");
  overOne();
  bug("3");
  over();
  bug("while it ends");
  expect(heard).toEqual(["other: 1", "one: 2", "server: 3", "server: while it ends"]);
});

test("an error that was caught, too, is no bug, until what reports it twice is over: then one of the same text is", async () => {
  // a process has one list of those that hear a bug
  vi.resetModules();
  const fresh = await import("../../../src/system/signals.ts");
  process.removeAllListeners("uncaughtException");
  const heard: string[] = [];
  const bug = (text: string): boolean => process.emit("uncaughtException", new Error(text));
  fresh.signals.onBug((error) => void heard.push((error as Error).message));
  const forget = fresh.alsoUnhandled(new Error("caught"));
  bug("caught");
  expect(heard).toEqual([]);
  forget();
  bug("caught");
  fresh.alsoUnhandled(new Error("never reported again"))();
  bug("never reported again");
  expect(heard).toEqual(["caught", "never reported again"]);
});
