import { describe, expect, it } from "vitest";
import { createGate } from "../../../src/live/gate.ts";
import { eventsOf } from "../../../src/model/log-batch.ts";
import type { Streamed } from "../../../src/model/protocol.ts";
import { at, batchOf } from "../ui/fake.ts";

const line = (n: number, app = "web"): Streamed => ({ event: "log", at, app, stream: "out", line: `line ${n}`, n });

function opened() {
  const shown: string[] = [];
  const event = (one: Streamed): void => void shown.push(one.event === "log" ? `${one.app} ${one.line}` : one.event);
  const gate = createGate({ event, lines: (batch) => eventsOf(batch).forEach(event) });
  return { gate, shown };
}

describe("the gate between a session and its screen", () => {
  it("lets everything through, and knows the newest line", () => {
    const { gate, shown } = opened();
    gate.event(line(1));
    gate.lines(batchOf("web", ["line 2", "line 3"], 2));
    gate.event({ event: "notice", at, text: "hello" });
    expect(shown).toEqual(["web line 1", "web line 2", "web line 3", "notice"]);
    expect(gate.newest).toBe(3);
  });

  it("held, counts lines and keeps everything else for later", () => {
    const { gate, shown } = opened();
    gate.hold();
    gate.event(line(1));
    gate.lines(batchOf("web", ["line 2", "line 3"], 2));
    gate.event({ event: "notice", at, text: "hello" });
    expect([shown, gate.held, gate.newest]).toEqual([[], 3, 3]);
    gate.catchUp();
    gate.event(line(4));
    gate.open(new Map([["web", 3]]));
    expect(shown).toEqual(["notice", "web line 4"]);
    expect(gate.held).toBe(0);
    gate.event(line(5));
    expect(shown.at(-1)).toBe("web line 5");
  });

  it("held for long, keeps the newest of what is no line, and counts the rest", () => {
    const { gate, shown } = opened();
    gate.hold();
    for (let n = 0; n < 1_200; n++) gate.event({ event: "notice", at, text: `${n}` });
    expect(gate.forgotten).toBe(200);
    gate.catchUp();
    gate.event({ event: "notice", at, text: "while the history is read" });
    gate.open(new Map());
    expect([shown.length, gate.forgotten]).toEqual([1_001, 0]);
  });

  it("shows no line twice that was read meanwhile, not even half of those that came together", () => {
    const { gate, shown } = opened();
    gate.catchUp();
    gate.lines(batchOf("web", ["line 1", "line 2", "line 3"], 1));
    gate.event(line(4, "api"));
    gate.lines(batchOf("web", ["line 5", "line 6"], 5));
    gate.open(new Map([["web", 2]]));
    expect(shown).toEqual(["web line 3", "api line 4", "web line 5", "web line 6"]);
  });

  it("cannot be held while the history is read: nothing would open it", () => {
    const { gate, shown } = opened();
    gate.catchUp();
    gate.hold();
    gate.event(line(1));
    gate.open(new Map());
    expect(shown).toEqual(["web line 1"]);
  });
});
