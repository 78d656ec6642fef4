import { getEventListeners } from "node:events";
import { expect, it } from "vitest";
import type { AppModel, SessionModel } from "../../../src/session/session-model.ts";
import { clock } from "../../../src/system/clock.ts";
import { judgeReady, judgeReload, waitFor } from "../../../src/session/control/wait.ts";

const app = (
  state: string,
  more: Partial<AppModel["status"]> = {},
  startedAt: string | null = null,
  failure: string | null = state === "crashed" || state === "failed" ? "why" : null,
): AppModel => ({ status: { name: "a", state, lastReload: null, ...more }, startedAt, failure }) as AppModel;

it.each([
  ["ready", { done: true, error: null }],
  ["running", null],
  ["pending", null],
  ["crashed", { done: true, error: "a is crashed: why (devpm logs a)" }],
  ["failed", { done: true, error: "a is failed: why (devpm logs a)" }],
  ["stopped", { done: true, error: "a is stopped: devpm start a" }],
])("waiting for ready, %s decides %j", (state, verdict) => expect(judgeReady(app(state))).toEqual(verdict));

const at = (ms: number): string => new Date(ms).toISOString();
const reloaded = (ms: number) => ({
  lastReload: { ok: true, file: "f", savedAt: at(ms), ms: 1, how: "warm" as const },
});

it.each([
  ["the process is older than the save", app("ready", {}, at(900)), null],
  ["the process began after the save", app("ready", {}, at(1_000)), { done: true, error: null }],
  ["a reload of that save has answered", app("ready", reloaded(1_000), at(500)), { done: true, error: null }],
  ["only an older save has answered", app("ready", reloaded(999), at(500)), null],
  ["it is reloading", app("reloading", reloaded(1_000), at(1_200)), null],
  ["an old crash, the newest save not yet seen", app("crashed", reloaded(900), at(500)), null],
  ["the newest save does not import", app("crashed", reloaded(1_000)), { done: true, error: expect.any(String) }],
])("waiting for the reload: %s", (_, model, verdict) => {
  expect(judgeReload(new Map([["a", 1_000]]))(model)).toEqual(verdict);
});

it("waits for the reason of a crash, which is told next", () => {
  expect(judgeReady(app("crashed", {}, null, null))).toBeNull();
});

it("has nothing to wait for where nothing was ever saved", () => {
  expect(judgeReload(new Map())(app("ready"))).toEqual({ done: true, error: null });
});

it("leaves no listener behind, however a wait ends", async () => {
  const stopping = new AbortController();
  const gone = new AbortController();
  const listeners = new Set<unknown>();
  let status = app("starting");
  const waited = {
    clock,
    model: () => ({ apps: new Map([["a", status]]), tasks: new Map() }) as unknown as SessionModel,
    subscribe: (listener: unknown) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    stopping: stopping.signal,
    gone: gone.signal,
  };
  const left = (): number =>
    listeners.size +
    getEventListeners(stopping.signal, "abort").length +
    getEventListeners(gone.signal, "abort").length;
  expect(await waitFor(waited, ["a"], judgeReady, 1)).toBe("not within 1 ms: a is starting");
  status = app("reloading", { prompt: { text: "(Pdb) ", file: "web/cart.py", line: 12 } });
  expect(await waitFor(waited, ["a"], judgeReady, 1.7)).toBe(
    "not within 2 ms: a waits at a prompt, web/cart.py:12: devpm attach a",
  );
  expect(left()).toBe(0);
  status = app("ready");
  for (let count = 0; count < 100; count++) expect(await waitFor(waited, ["a"], judgeReady, 60_000)).toBeNull();
  expect(left()).toBe(0);
  status = app("starting");
  const leaving = waitFor(waited, ["a"], judgeReady, 60_000);
  expect(left()).toBe(3);
  gone.abort();
  await leaving;
  expect(left()).toBe(0);
});
