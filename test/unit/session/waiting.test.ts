import { describe, expect, test } from "vitest";
import type { SessionEvent, Stamped } from "../../../src/model/events.ts";
import { initialModel, reduce, type SessionModel } from "../../../src/session/session-model.ts";
import { judgeReady, waitFor } from "../../../src/session/control/wait.ts";
import { sampleApp, sampleProject } from "../plan/sample.ts";
import { virtualClock } from "../virtual-clock.ts";
import { at } from "../ui/fake.ts";

const project = {
  ...sampleProject([sampleApp({ name: "api" }), sampleApp({ name: "web" }), sampleApp({ name: "off", start: false })]),
  tasks: [{ ...sampleApp({ name: "migrate" }), kind: "task" as const, inputs: [], output: null, port: null }],
};

/** A session that changes by events, and what waits for it. */
function room() {
  const clock = virtualClock();
  let model: SessionModel = initialModel(project);
  const listeners = new Set<(event: Stamped) => void>();
  const [stopping, gone] = [new AbortController(), new AbortController()];
  return {
    clock,
    stopping,
    gone,
    listeners,
    emit(...events: SessionEvent[]) {
      for (const event of events) {
        model = reduce(model, { ...event, at });
        for (const listener of listeners) listener({ ...event, at });
      }
    },
    wait: (apps: string[], timeoutMs = 60_000) =>
      waitFor(
        {
          clock,
          model: () => model,
          subscribe: (listener) => {
            listeners.add(listener);
            return () => listeners.delete(listener);
          },
          stopping: stopping.signal,
          gone: gone.signal,
        },
        apps,
        judgeReady,
        timeoutMs,
      ),
  };
}

const ready = (app: string): SessionEvent => ({ event: "app.ready", app, url: null, ms: 1 });
const failed = (app: string, reason: string): SessionEvent => ({ event: "app.failed", app, reason });

describe("a wait", () => {
  test("is over at once where everything is ready", async () => {
    const here = room();
    here.emit(ready("api"));
    expect(await here.clock.run(here.wait(["api"]))).toBeNull();
    expect(here.clock.monotonic()).toBe(0);
  });

  test("is over when the last of them is ready", async () => {
    const here = room();
    here.clock.at(1_000, () => here.emit(ready("api")));
    here.clock.at(5_000, () => here.emit(ready("web")));
    expect(await here.clock.run(here.wait(["api", "web"]))).toBeNull();
    expect(here.clock.monotonic()).toBe(5_000);
  });

  test("is over with the first failure, whatever the others do", async () => {
    const here = room();
    here.clock.at(1_000, () => here.emit(failed("web", "its set-up failed")));
    expect(await here.clock.run(here.wait(["api", "web"]))).toBe("web is failed: its set-up failed (devpm logs web)");
  });

  test("names no log of what waits for a service, or of its task: neither has run", async () => {
    for (const more of [{}, { tasks: ["migrate"] }]) {
      const here = room();
      here.clock.at(10, () =>
        here.emit({ ...failed("api", "it waits for db"), service: "db", ...more } as SessionEvent),
      );
      expect(await here.clock.run(here.wait(["api"]))).toBe("api is failed: it waits for db (devpm errors)");
      here.emit(failed("api", "not ready after 30000 ms"));
      const later = "api is failed: not ready after 30000 ms (devpm logs api)";
      expect(await here.clock.run(here.wait(["api"]))).toBe(later);
    }
  });

  test("ends with its time, and names what is still missing", async () => {
    const here = room();
    here.emit(ready("api"));
    const error = await here.clock.run(here.wait(["api", "web"], 2_000));
    expect(error).toMatch(/^not within 2\.0 s: .*web/);
    expect(error).not.toContain("api");
    expect(here.clock.monotonic()).toBe(2_000);
  });

  test("ends with the session, and with the client that asked", async () => {
    const stopped = room();
    stopped.clock.at(100, () => stopped.stopping.abort());
    expect(await stopped.clock.run(stopped.wait(["api"]))).toBe("the session is ending");
    const left = room();
    left.clock.at(100, () => left.gone.abort());
    expect(await left.clock.run(left.wait(["api"]))).toBe("the client has stopped waiting");
  });

  test("for an app that is off says how to turn it on, quoted", async () => {
    const here = room();
    expect(await here.clock.run(here.wait(["off"]))).toBe("off is stopped: devpm start off");
  });

  test("leaves no listener behind, however it ends", async () => {
    const here = room();
    here.emit(ready("api"));
    await here.clock.run(here.wait(["api"]));
    await here.clock.run(here.wait(["web"], 10));
    expect(here.listeners.size).toBe(0);
  });

  test("for a task is over when it is done, or has failed", async () => {
    const here = room();
    here.clock.at(10, () => here.emit({ event: "task.skipped", task: "migrate" }));
    expect(await here.clock.run(here.wait(["migrate"]))).toBeNull();
    here.emit({ event: "task.finished", task: "migrate", ok: false, exitCode: 3, ms: 1 });
    expect(await here.clock.run(here.wait(["migrate"]))).toBe("migrate failed with exit code 3 (devpm logs migrate)");
  });
});
