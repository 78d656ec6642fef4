import { beforeEach, expect, test, vi } from "vitest";
import { Drawing } from "../../../web/drawing.ts";

const frames: (() => void)[] = [];
const frame = (): void => frames.splice(0).forEach((draw) => draw());
const drawn: string[] = [];
let drawing: Drawing;

beforeEach(() => {
  frames.length = 0;
  drawn.length = 0;
  vi.stubGlobal("document", { hidden: false });
  vi.stubGlobal("requestAnimationFrame", (draw: () => void) => frames.push(draw));
  drawing = new Drawing(
    () => drawn.push("at once"),
    () => drawn.push("frame"),
  );
  return () => vi.unstubAllGlobals();
});

test("what may wait is drawn once a frame", () => {
  drawing.later();
  drawing.later();
  expect(drawn).toEqual([]);
  frame();
  expect(drawn).toEqual(["frame"]);
  drawing.later();
  frame();
  expect(drawn).toEqual(["frame", "frame"]);
});

test("an event is drawn at once, and of a flood what follows with the next frame", () => {
  drawing.now();
  expect(drawn).toEqual(["at once"]);
  for (let event = 0; event < 1_000; event++) drawing.now();
  expect(drawn.length).toBeLessThan(10);
  expect(drawn).not.toContain("frame");
  frame();
  expect(drawn.filter((one) => one === "frame")).toHaveLength(1);
  drawn.length = 0;
  drawing.now();
  expect(drawn).toEqual(["at once"]);
});

test("a page that goes to the background before its frame is drawn without it, and not again with it", () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const page = { hidden: false };
  vi.stubGlobal("document", page);
  drawing.later();
  page.hidden = true;
  vi.runAllTimers();
  expect(drawn).toEqual(["frame"]);
  drawing.later();
  vi.runAllTimers();
  frame();
  vi.useRealTimers();
  expect(drawn).toEqual(["frame", "frame"]);
});

test("a page in the background has no frames: it is drawn now and then", () => {
  vi.useFakeTimers();
  vi.stubGlobal("document", { hidden: true });
  drawing.now();
  drawing.later();
  expect([drawn, frames]).toEqual([[], []]);
  vi.runAllTimers();
  vi.useRealTimers();
  expect(drawn).toEqual(["frame"]);
});
