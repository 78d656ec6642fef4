import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { abortsWith, unlessAborted } from "../../../src/util/abort.ts";

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

describe("a controller that aborts with other signals", () => {
  it("does so with the reason of the first, also where that has aborted before, and leaves nothing on the others", () => {
    const [session, app] = [new AbortController(), new AbortController()];
    const [own, late] = [abortsWith(session.signal, app.signal), new AbortController()];
    app.abort("it has ended");
    late.abort("before");
    expect([own.signal.aborted, own.signal.reason]).toEqual([true, "it has ended"]);
    expect(abortsWith(session.signal, late.signal).signal.reason).toBe("before");
    expect(listeners(session.signal, app.signal, late.signal)).toEqual([0, 0, 0]);
  });

  it("leaves nothing on them once it is aborted itself", () => {
    const session = new AbortController();
    for (let round = 0; round < 20; round++) abortsWith(session.signal).abort();
    expect([listeners(session.signal), session.signal.aborted]).toEqual([[0], false]);
  });
});
