import { expect, test } from "vitest";
import type { SessionEvent } from "../../../src/model/events.ts";
import type { App } from "../../../src/model/project.ts";
import type { Apps } from "../../../src/session/apps/apps.ts";
import { createInstalled } from "../../../src/session/apps/installed.ts";
import { waitUntilReady } from "../../../src/session/control/ready-wait.ts";
import type { ControlOptions } from "../../../src/session/control/options.ts";
import type { System } from "../../../src/system/system.ts";
import { sampleApp, sampleProject } from "../plan/sample.ts";
import { virtualClock } from "../virtual-clock.ts";
import { modelStream } from "./model-stream.ts";

const on = (...apps: string[]): App["dependsOn"] => ({ apps, services: [], tasks: [] });
const api = sampleApp({ name: "api", cwd: "/p/api", watch: ["/p/api"], reload: "restart" });
const mid = sampleApp({ name: "mid", cwd: "/p/mid", dependsOn: on("api") });
const web = sampleApp({ name: "web", cwd: "/p/web", dependsOn: on("mid") });

/** A session in which "web" waits for "mid", and that for "api", whose only file was saved at this time of the clock. */
function session(savedAt: number) {
  const clock = virtualClock();
  const saved = clock.now().getTime() + savedAt;
  const project = sampleProject([api, mid, web]);
  const { model, stream, emit } = modelStream(clock, project);
  const signal = new AbortController().signal;
  const system = {
    clock,
    files: {
      kind: () => Promise.resolve("folder"),
      entries: (folder: string) => (folder === "/p/api" ? [{ name: "app.py", kind: "file" }] : []),
      times: () => Promise.resolve({ saved, changed: saved }),
      savedAt: () => Promise.resolve(saved),
      list: () => Promise.resolve([]),
    },
  } as unknown as System;
  const options = {
    project: () => project,
    model,
    stop: { signal },
    stream,
    apps: () =>
      ({
        awaitedBy: (name: string) => project.apps.find((app) => app.name === name)?.dependsOn.apps ?? [],
        reloadsItself: () => false,
        catchingUp: () => null,
        watched: (app: App) => app,
        installed: createInstalled(),
      }) as unknown as Apps,
  } as unknown as ControlOptions;
  const wish = { names: ["web"], explicit: true, file: null, timeoutMs: 9_000, gone: signal };
  return { clock, emit, asked: (names = wish.names) => clock.run(waitUntilReady(system, options, { ...wish, names })) };
}

const begins = (app: string): SessionEvent => ({ event: "app.running", app, pid: 9 });
const ready = (app: string): SessionEvent => ({ event: "app.ready", app, url: null, ms: 1 });
const crashed: SessionEvent = {
  ...{ event: "app.crashed", app: "api", during: "run", exitCode: 3, signal: null, excerpt: [] },
  ...{ evidence: [], fixes: [], reloads: false },
};

test("a crash that no save has followed ends it at once, also through an app that waits itself", async () => {
  const at = session(-1_000);
  at.emit(begins("api"), crashed);
  expect(await at.asked()).toBe("web waits for api: api is crashed: it exited with code 3 (devpm logs api)");
  expect(at.clock.monotonic()).toBe(0);
});

test("a save that may mend what crashed is waited for, whether it does or not", async () => {
  const mended = session(50);
  mended.emit(begins("api"), crashed);
  await mended.clock.pass(60);
  mended.clock.at(100, () => mended.emit(begins("api")));
  mended.clock.at(200, () => mended.emit(ready("api"), ready("mid")));
  mended.clock.at(5_000, () => mended.emit(ready("web")));
  expect(await mended.asked()).toBeNull();

  const broken = session(50);
  broken.emit(begins("api"), crashed);
  await broken.clock.pass(60);
  broken.clock.at(100, () => broken.emit(begins("api"), crashed));
  expect(await broken.asked()).toMatch(/^web waits for api: api is crashed/);
  expect(broken.clock.monotonic()).toBe(100);
});

test("with what crashed among the names its crash is the answer, whatever their order", async () => {
  const at = session(-1_000);
  at.emit(begins("api"), crashed);
  expect(await at.asked(["web", "mid", "api"])).toBe("api is crashed: it exited with code 3 (devpm logs api)");
});
