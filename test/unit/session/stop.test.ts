import { describe, expect, it } from "vitest";
import { createStop, exitCodeOf, onSignal } from "../../../src/session/stop.ts";

function keyboard() {
  const stop = createStop();
  let now = 0;
  const press = onSignal(stop, () => now);
  return {
    stop,
    at(ms: number, signal: NodeJS.Signals = "SIGINT") {
      now = ms;
      press(signal);
    },
  };
}

describe("Ctrl+C", () => {
  it("asks once, however often the package manager repeats it", () => {
    const { stop, at } = keyboard();
    at(0);
    at(9, "SIGHUP");
    at(50);
    expect(stop.reason).toBe("ctrl-c");
    expect(stop.now.aborted).toBe(false);
  });

  it("skips grace at the second press and leaves at the third", () => {
    const { stop, at } = keyboard();
    at(0);
    at(400);
    expect(stop.now.aborted).toBe(true);
    expect(stop.leave.aborted).toBe(false);
    at(600);
    expect(stop.leave.aborted).toBe(false);
    at(800);
    expect(stop.leave.aborted).toBe(true);
  });

  it("counts as insistence where something else asked before", () => {
    const { stop, at } = keyboard();
    stop.request("down");
    at(0);
    expect(stop.reason).toBe("down");
    expect(stop.signal.aborted).toBe(true);
  });
});

it("knows a key from the signal that it stands for, and counts its presses all the same", () => {
  const stop = createStop();
  let now = 0;
  const press = onSignal(stop, () => now);
  press("SIGINT", "quit");
  expect(stop.reason).toBe("quit");
  now = 400;
  press("SIGINT", "quit");
  expect(stop.now.aborted).toBe(true);
});

it("keeps the first reason", () => {
  const stop = createStop();
  stop.request("crash");
  stop.request("ctrl-c");
  expect(stop.reason).toBe("crash");
});

it.each([
  ["ctrl-c", 130],
  ["quit", 130],
  ["sigterm", 143],
  ["terminal-closed", 129],
  ["down", 0],
  ["failed", 1],
  ["guardian-lost", 1],
  ["output-lost", 1],
  ["crash", 70],
] as const)("%s ends with %i", (reason, code) => expect(exitCodeOf(reason)).toBe(code));
