import { describe, expect, it } from "vitest";
import { Repeats, type ShownLine } from "../../../src/live/repeats.ts";
import { at } from "../ui/fake.ts";

const line = (text: string, app = "web") => ({ event: "log", at, app, stream: "out", line: text, n: 1 }) as const;
const words = (shown: readonly ShownLine[]): string[] =>
  shown.map(({ event, again }) => (again > 0 ? `${event.app} ×${again}` : `${event.app} ${event.line}`));

describe("repeated lines", () => {
  it("are counted, and shown when another line of the app comes", () => {
    const repeats = new Repeats();
    const shown = ["a", "a", "a", "a", "b"].flatMap((text) => words(repeats.take(line(text), 0)));
    expect(shown).toEqual(["web a", "web ×3", "web b"]);
  });

  it("that come twice are shown twice: a count would be no shorter", () => {
    const repeats = new Repeats();
    expect(["a", "a", "b"].flatMap((text) => words(repeats.take(line(text), 0)))).toEqual(["web a", "web a", "web b"]);
  });

  it("of several apps do not end each other's", () => {
    const repeats = new Repeats();
    for (let n = 0; n < 5; n++) for (const app of ["web", "api"]) repeats.take(line("a", app), 0);
    expect(words(repeats.end())).toEqual(["web ×4", "api ×4"]);
  });

  it("are reported ever less often while they go on", () => {
    const repeats = new Repeats();
    const reported: number[] = [];
    for (let now = 0; now < 200_000; now += 100) {
      for (const { again } of repeats.take(line("a"), now)) if (again > 0) reported.push(now);
      if (repeats.next <= now) for (const _ of repeats.due(now)) reported.push(now);
    }
    expect(reported).toEqual([600, 4_700, 36_800, 96_900, 157_000]);
  });

  it("that are empty are as they came, and what was shown otherwise begins a run", () => {
    const repeats = new Repeats();
    expect(["", "", ""].flatMap((text) => words(repeats.take(line(text), 0)))).toEqual(["web ", "web ", "web "]);
    repeats.begin("web", "a");
    expect(repeats.lastOf("web")).toBe("a");
    expect(repeats.take(line("a"), 0)).toEqual([]);
    expect(repeats.next).toBe(500);
  });
});
