import type { Project } from "../../model/project.ts";
import type { LogStore } from "../../logs/store.ts";
import { newestSave } from "../../reload/newest-save.ts";
import type { EngineServer } from "../../system/engine-server.ts";
import type { Pm2Client } from "../../system/pm2.ts";
import type { System } from "../../system/system.ts";
import { deferred } from "../../util/deferred.ts";
import type { Apps } from "../apps/apps.ts";
import { NOTHING_ENDED, type Receipt } from "../../model/events.ts";
import type { SessionLock } from "../store/lock.ts";
import { receiver, type Served } from "./requests.ts";
import type { SessionModel } from "../model.ts";
import { statusOf } from "./status-of.ts";
import type { Stop } from "../stop.ts";
import type { EventStream } from "../stream.ts";
import { judgeReady, judgeReload, waitFor } from "./wait.ts";

export interface ControlOptions {
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
  const { socket: path, pm2Home, secret = "" } = options.lock.record;
  const ended = deferred<Receipt | null>();
  await system.files.makeFolder(pm2Home);
  const server: EngineServer = await system.serveEngine({
    path,
    secret,
    receive: receiver(servedBy(system, options, ended.promise)),
  });
  return {
    async close(receipt) {
      ended.resolve(receipt);
      // the answers are written in the tick after the promise they wait for
      await system.clock.sleep(0);
      await server.close();
    },
  };
}

function servedBy(system: System, options: ControlOptions, ended: Promise<Receipt | null>): Served {
  const { lock, stream, stop, logs, model } = options;
  const names = (apps: string[]): string[] => (apps.length > 0 ? apps : [...model().apps.keys()]);
  const unknown = (apps: string[]): string | null => {
    const name = apps.find((one) => !model().apps.has(one));
    return name === undefined ? null : `nothing is called "${name}"`;
  };
  return {
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
      return (await ended) ?? NOTHING_ENDED;
    },
    async restart(apps) {
      const running = options.apps();
      const error = unknown(apps) ?? (running ? null : "the session is still starting");
      if (!running || error !== null) return error;
      const ready = await Promise.all(names(apps).map((name) => running.restart(name)));
      const not = names(apps).filter((_, index) => !ready[index]);
      return not.length === 0 ? null : `not ready: ${not.join(", ")}`;
    },
    async wait(apps, what, timeoutMs, gone) {
      const error = unknown(apps);
      if (error !== null) return error;
      const saves = what === "ready" ? null : await newestSaves(system, options.project(), names(apps));
      const waited = { clock: system.clock, model, subscribe: stream.subscribe, stopping: stop.signal, gone };
      return waitFor(waited, names(apps), saves === null ? judgeReady : judgeReload(saves), timeoutMs);
    },
    report: (app, report, peer) => options.apps()?.report(app, report, peer),
  };
}

async function newestSaves(
  { files }: System,
  project: Project | null,
  apps: readonly string[],
): Promise<Map<string, number>> {
  const reloading = (project?.apps ?? []).filter(({ name, reload }) => apps.includes(name) && reload !== false);
  return new Map(await Promise.all(reloading.map(async (app) => [app.name, await newestSave(files, app)] as const)));
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
