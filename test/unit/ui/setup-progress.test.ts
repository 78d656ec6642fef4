import { Chalk } from "chalk";
import { expect, test } from "vitest";
import type { SessionEvent } from "../../../src/model/events.ts";
import { createPlainUi } from "../../../src/ui/plain.ts";
import { stamp, written } from "./fake.ts";

const step = { app: "web", step: "npm install in client" };
const line = (text: string): SessionEvent => ({ event: "setup.output", ...step, line: text });
const second = (n: number): string => new Date(Date.parse("2026-01-31T12:00:00Z") + n * 1_000).toISOString();

function shown(verbose: boolean): string {
  const out = written();
  const ui = createPlainUi(out, { colors: new Chalk({ level: 0 }), verbose, asTyped: (text) => text });
  ui.event(stamp({ event: "setup.started", ...step }, second(0)));
  for (let n = 0; n < 25; n++) ui.event(stamp(line(`Downloading ${n}`), second(n)));
  ui.event(stamp({ event: "setup.finished", ...step, ms: 25_000, ok: true, exitCode: 0 }, second(25)));
  return out.text();
}

test("a step is a line at its start, one every ten seconds, and one at its end", () => {
  expect(shown(false).split("\n")).toEqual([
    "devpm | web: npm install in client",
    "web   | Downloading 10",
    "web   | Downloading 20",
    "devpm | web: npm install in client done in 25.0 s",
    "",
  ]);
});

test("--verbose shows every line", () => {
  expect(shown(true).match(/Downloading/g)).toHaveLength(25);
});
