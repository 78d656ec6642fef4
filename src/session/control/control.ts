import type { Project } from "../../model/project.ts";
import type { LogStore } from "../../logs/store.ts";
import { newestSave } from "../../reload/newest-save.ts";
import type { EngineServer } from "../../system/engine-server.ts";
import type { Pm2Client } from "../../system/pm2.ts";
import type { System } from "../../system/system.ts";
import { deferred } from "../../util/deferred.ts";
import type { Apps } from "../apps/apps.ts";
import { NOTHING_ENDED, type Receipt } from "../../model/events.ts";
import type { Instance } from "../../model/instance.ts";
import type { SessionLock } from "../store/lock.ts";
import { expanded } from "../../model/groups.ts";
import { receive, type Served } from "./requests.ts";
import type { SessionModel } from "../model.ts";
import { statusOf } from "./status-of.ts";
import type { Stop } from "../stop.ts";
import type { EventStream } from "../stream.ts";
import { turnOff, turnOn, type SwitchOptions } from "./switch.ts";
import { judgeReady, judgeReload, waitFor } from "./wait.ts";

export interface ControlOptions {
  instance: Instance;
  lock: SessionLock;
  stream: EventStream;
  stop: Stop;
  logs: LogStore;
  model: () => SessionModel;
  /** null until they exist. */
  project: () => Project | null;
  apps: () => Apps | null;
  client: () => Pm2Client | null;
}

export interface SessionSocket {
  /** Answers whoever asked for the end, then closes. null: nobody can be told what was done. */
  close(receipt: Receipt | null): Promise<void>;
}

const MEASURE_MS = 300;

/** Each app has a deadline of its own; this only ends the wait for one that neither comes nor fails. */
const START_MS = 15 * 60_000;
const STARTING = "the session is still starting";

/** The session's socket: every other command, editor or page talks to it. */
export async function openSessionSocket(system: System, options: ControlOptions): Promise<SessionSocket> {
  const { instance, lock, stream, stop, logs, model } = options;
  const ended = deferred<Receipt | null>();
  const waited = { clock: system.clock, model, subscribe: stream.subscribe, stopping: stop.signal };
  /** Groups by their members; none named: all that are on. */
  const named = (given: readonly string[]): string[] =>
    given.length > 0 ? expanded(given, options.project()?.groups ?? {}) : namesOn(model());
  const unknown = (given: readonly string[]): string | null => {
    const name = named(given).find((one) => !model().apps.has(one) && !model().tasks.has(one));
    return name === undefined ? null : `nothing is called "${name}"`;
  };
  const switches = (): SwitchOptions | null => {
    const [project, apps] = [options.project(), options.apps()];
    return project && apps ? { project, apps, lock, model, say: (text) => stream.emit({ event: "notice", text }) } : null;
  };

  const served: Served = {
    id: lock.record.id,
    subscribe: (listener) => stream.subscribe(listener),
    flushLogs: () => logs.flush(),
    async status() {
      const measured = await measures(system, options.client());
      const groups = options.project()?.groups ?? {};
      return statusOf({ record: lock.record, model: model(), groups, now: system.clock.now(), measured });
    },
    async down(force) {
      stop.request("down");
      if (force) stop.insist();
      return (await ended.promise) ?? NOTHING_ENDED;
    },
    async restart(given) {
      const running = options.apps();
      const wrong = unknown(given);
      if (wrong !== null) return wrong;
      if (!running) return STARTING;
      const off = named(given).filter((name) => !running.isOn(name) && !running.tasks.has(name));
      const started = off.length > 0 ? await served.start(off) : null;
      if (started?.error) return started.error;
      const asked = named(given).filter((name) => !off.includes(name));
      const ready = await Promise.all(asked.map((name) => again(running, name)));
      const not = asked.filter((_, index) => !ready[index]);
      const failed = [...model().tasks.values()].filter(({ state }) => state === "failed").map(({ name }) => name);
      const why = failed.length === 0 ? "" : ` (${failed.map((name) => `${name} failed: devpm logs ${name}`).join(", ")})`;
      return not.length === 0 ? null : `not ready: ${not.join(", ")}${why}`;
    },
    async wait(given, what, timeoutMs) {
      const wrong = unknown(given);
      if (wrong !== null) return wrong;
      const asked = named(given);
      const judge = what === "ready" ? judgeReady : judgeReload(await newestSaves(asked));
      return waitFor(waited, asked, judge, timeoutMs);
    },
    async start(given) {
      const wrong = unknown(given);
      const switching = switches();
      if (wrong !== null || switching === null) return { error: wrong ?? STARTING, diagnostics: [] };
      const diagnostics = await turnOn(system, given, switching);
      if (diagnostics.length > 0) return { error: diagnostics.map(({ summary }) => summary).join("; "), diagnostics };
      return { error: await waitFor(waited, named(given), judgeReady, START_MS), diagnostics: [] };
    },
    async stop(given) {
      const wrong = unknown(given);
      const switching = switches();
      if (wrong !== null || switching === null) return { error: wrong ?? STARTING };
      return turnOff(system, given, switching);
    },
    report: (app, report, peer) => options.apps()?.report(app, report, peer),
  };

  async function newestSaves(apps: string[]): Promise<Map<string, number>> {
    const all = options.project()?.apps ?? [];
    const reloading = all.filter(({ name, reload }) => apps.includes(name) && reload !== false);
    const entries = await Promise.all(
      reloading.map(async (app) => [app.name, await newestSave(system.files, app)] as const),
    );
    return new Map(entries);
  }

  await system.files.makeFolder(instance.pm2Home);
  const server: EngineServer = await system.serveEngine(instance.socket, (message, peer) =>
    receive(served, message, peer),
  );
  return {
    async close(receipt) {
      ended.resolve(receipt);
      // the answers are written in the tick after the promise they wait for
      await system.clock.sleep(0);
      await server.close();
    },
  };
}

/** New processes: of a task another run, of what is off its first. */
async function again(apps: Apps, name: string): Promise<boolean> {
  if (apps.tasks.has(name)) return apps.tasks.look(name, true);
  return apps.restart(name);
}

/** All that is to run; what is off is nothing to wait for. */
const namesOn = ({ apps, tasks }: SessionModel): string[] => [
  ...[...apps.values()].filter(({ status }) => status.state !== "stopped").map(({ status }) => status.name),
  ...[...tasks.values()].filter(({ state }) => state !== "stopped").map(({ name }) => name),
];

/** Memory and CPU as PM2 sees them; a daemon that does not answer in time costs only these columns. */
async function measures(
  { clock }: System,
  client: Pm2Client | null,
): Promise<ReadonlyMap<string, { memoryBytes: number | null; cpuPercent: number | null }>> {
  if (!client) return new Map();
  const listed = client.list().catch(() => []);
  const list = (await clock.within(listed, MEASURE_MS)) ?? [];
  return new Map(list.map((one) => [one.name, one]));
}
