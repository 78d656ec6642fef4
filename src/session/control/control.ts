import type { EngineServer } from "../../system/engine-server.ts";
import type { Pm2Client } from "../../system/pm2.ts";
import type { System } from "../../system/system.ts";
import { deferred } from "../../util/deferred.ts";
import { NOTHING_ENDED, type Receipt } from "../../model/events.ts";
import type { ControlOptions } from "./options.ts";
import { byName } from "./by-name.ts";
import { receiver, type Served } from "./requests.ts";
import { statusOf } from "./status-of.ts";

export interface SessionSocket {
  /** Answers the client that requested the end, then closes. null: there is no receipt to send. */
  close(receipt: Receipt | null): Promise<void>;
}

const MEASURE_MS = 300;

/** The session's socket, for every other command, editor or page. */
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
      // the answers are written one tick after the promise that they wait for
      await system.clock.sleep(0);
      await server.close();
    },
  };
}

function servedBy(system: System, options: ControlOptions, ended: Promise<Receipt | null>): Served {
  const { lock, stream, stop, logs, model } = options;
  return {
    id: lock.record.id,
    subscribe: stream.subscribe,
    flushLogs: () => logs.flush(),
    async status() {
      const measured = await measures(system, options.client());
      const groups = options.project()?.groups ?? {};
      return statusOf({ record: lock.record, model: model(), groups, now: system.clock.now(), measured });
    },
    async down(force) {
      stop.request("down");
      if (force) stop.insist();
      return (await ended) ?? NOTHING_ENDED;
    },
    ...byName(system, options),
    report: (app, report, peer) => options.apps()?.report(app, report, peer),
  };
}

/** Memory and CPU as PM2 measures them; if its daemon does not answer in time, only these columns are empty. */
async function measures(
  { clock }: System,
  client: Pm2Client | null,
): Promise<ReadonlyMap<string, { memoryBytes: number | null; cpuPercent: number | null }>> {
  if (!client) return new Map();
  const listed = client.list().catch(() => []);
  const list = (await clock.within(listed, MEASURE_MS)) ?? [];
  return new Map(list.map((one) => [one.name, one]));
}
