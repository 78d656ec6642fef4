import { expect, test } from "vitest";
import { PRESS_APART_MS, press, rung, untilNextRung } from "../../../src/teardown/ladder.ts";

const standing = { sent: null, graceMs: 3_000, withPm2: false } as const;

test("SIGTERM at once, SIGKILL after the app's grace, each once", () => {
  expect(rung(standing, 0, false)).toBe("SIGTERM");
  expect(rung({ ...standing, sent: "SIGTERM" }, 2_999, false)).toBeNull();
  expect(rung({ ...standing, sent: "SIGTERM" }, 3_000, false)).toBe("SIGKILL");
  expect(rung({ ...standing, sent: "SIGKILL" }, 9_000, true)).toBeNull();
});

test("grace runs from the start of the teardown, also for what appears late", () => {
  expect(rung(standing, 1_000, false)).toBe("SIGTERM");
  expect(rung(standing, 3_001, false)).toBe("SIGKILL");
});

test("the second Ctrl+C skips the grace", () => {
  expect(rung(standing, 0, true)).toBe("SIGKILL");
  expect(rung({ ...standing, sent: "SIGTERM" }, 5, true)).toBe("SIGKILL");
});

test("what PM2 is ending gets no second signal from us, unless in a hurry or out of grace", () => {
  const withPm2 = { ...standing, withPm2: true };
  expect(rung(withPm2, 0, false)).toBeNull();
  expect(rung(withPm2, 0, true)).toBe("SIGKILL");
  expect(rung(withPm2, 3_000, false)).toBe("SIGKILL");
});

test("the next look is due when the first grace ends", () => {
  expect(untilNextRung([standing, { ...standing, graceMs: 500 }], 100)).toBe(400);
  expect(untilNextRung([{ ...standing, sent: "SIGKILL" }], 100)).toBe(Number.POSITIVE_INFINITY);
  expect(untilNextRung([standing], 4_000)).toBe(0);
});

test("presses: what comes within 400 ms is the same one; then now; then without us", () => {
  expect(press([], 5)).toBe("begin");
  expect(press([0], 9)).toBe("ignore");
  expect(press([0], PRESS_APART_MS - 1)).toBe("ignore");
  expect(press([0], PRESS_APART_MS)).toBe("hurry");
  expect(press([0, 400], 450)).toBe("ignore");
  expect(press([0, 400], 800)).toBe("leave");
});
