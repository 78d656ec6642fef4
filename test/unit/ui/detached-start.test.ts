import { expect, test } from "vitest";
import type { Stamped } from "../../../src/model/events.ts";
import { notReady } from "../../../src/readiness/not-ready.ts";
import { detachedFixes, whereItEnds } from "../../../src/ui/detached-start.ts";
import { sampleApp } from "../plan/sample.ts";
import { stamp } from "./fake.ts";

test("a detached start that ends with its session says so, and offers no restart of an app that is gone", () => {
  const event = stamp({ event: "diagnostic", ...notReady(sampleApp({ name: "my talk" }), [], []) });
  expect(event).toMatchObject({ state: expect.stringContaining("is left running") });
  expect(whereItEnds(event)).toMatchObject({
    state: "The session ends.",
    fixes: [{ command: "devpm logs 'my talk'" }, { command: "devpm dev --detach" }],
  });
});

test("a fix that starts a session leaves it running, as the one that failed would have", () => {
  const ends = (command: string): string => detachedFixes([{ label: "", command }])[0]!.command;
  expect(ends("devpm dev")).toBe("devpm dev --detach");
  expect(ends("devpm down && devpm dev --port web=5174")).toBe("devpm down && devpm dev --detach --port web=5174");
  expect(ends("sg docker -c 'devpm dev'")).toBe("sg docker -c 'devpm dev --detach'");
  for (const other of ["devpm dev --detach", "devpm down", "kill 1", "devpm -C ../other down"])
    expect(ends(other)).toBe(other);
});

test("every other event is as it was", () => {
  const events: Stamped[] = [
    stamp({ event: "app.ready", app: "api", url: null, ms: 1 }),
    stamp({ event: "diagnostic", code: "DEVPM_BUG", severity: "error", summary: "x", evidence: [], fixes: [] }),
  ];
  expect(events.map(whereItEnds)).toEqual(events);
});
