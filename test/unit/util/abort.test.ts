import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { unlessAborted } from "../../../src/util/abort.ts";

const listeners = (...signals: AbortSignal[]): number[] =>
  signals.map((signal) => getEventListeners(signal, "abort").length);

describe("work that a signal may end", () => {
  it("leaves nothing on signals that live on", async () => {
    const [session, app] = [new AbortController().signal, new AbortController().signal];
    for (let round = 0; round < 3; round++) await unlessAborted(Promise.resolve(round), session, app);
    await expect(unlessAborted(Promise.reject(new Error("broken")), session, app)).rejects.toThrow("broken");
    expect(listeners(session, app)).toEqual([0, 0]);
  });

  it("is not waited for once one of them aborts, or has", async () => {
    const [session, app] = [new AbortController(), new AbortController()];
    const never = new Promise<void>(() => {});
    const waiting = unlessAborted(never, session.signal, app.signal);
    app.abort();
    await waiting;
    await unlessAborted(never, session.signal, app.signal);
    expect(listeners(session.signal, app.signal)).toEqual([0, 0]);
  });
});
