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
import { receive, type Served } from "./requests.ts";
import type { SessionModel } from "../model.ts";
import { statusOf } from "./status-of.ts";
import type { Stop } from "../stop.ts";
import type { EventStream } from "../stream.ts";
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

/** The session's socket: every other command, editor or page talks to it. */
export async function openSessionSocket(system: System, options: ControlOptions): Promise<SessionSocket> {
  const { instance, lock, stream, stop, logs, model } = options;
  const ended = deferred<Receipt | null>();
  const names = (apps: string[]): string[] => (apps.length > 0 ? apps : [...model().apps.keys()]);

  const served: Served = {
    id: lock.record.id,
    subscribe: (listener) => stream.subscribe(listener),
    flushLogs: () => logs.flush(),
    async status() {
      const measured = await measures(system, options.client());
      return statusOf({ record: lock.record, model: model(), now: system.clock.now(), measured });
    },
    async down(force) {
      stop.request("down");
      if (force) stop.insist();
      return (await ended.promise) ?? NOTHING_ENDED;
    },
    async restart(apps) {
      const running = options.apps();
      const unknown = apps.find((name) => !model().apps.has(name));
      if (unknown !== undefined) return `nothing is called "${unknown}"`;
      if (!running) return "the session is still starting";
      const ready = await Promise.all(names(apps).map((name) => running.restart(name)));
      const not = names(apps).filter((_, index) => !ready[index]);
      return not.length === 0 ? null : `not ready: ${not.join(", ")}`;
    },
    async wait(apps, what, timeoutMs) {
      const unknown = apps.find((name) => !model().apps.has(name));
      if (unknown !== undefined) return `nothing is called "${unknown}"`;
      const judge = what === "ready" ? judgeReady : judgeReload(await newestSaves(names(apps)));
      const waited = { clock: system.clock, model, subscribe: stream.subscribe, stopping: stop.signal };
      return waitFor(waited, names(apps), judge, timeoutMs);
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
