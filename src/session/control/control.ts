import { installedVite } from "../../config/vite-console.ts";
import { worktreeOf, type Project } from "../../model/project.ts";
import type { EngineServer } from "../../system/engine/engine-server.ts";
import type { System } from "../../system/system.ts";
import { deferred } from "../../util/deferred.ts";
import { NOTHING_ENDED, type Receipt } from "../../model/events.ts";
import type { ControlOptions } from "./options.ts";
import { joinedWith } from "./join.ts";
import { atPrompt } from "./at-prompt.ts";
import { byName } from "./by-name.ts";
import { announce, pageOf, type SessionPage } from "./page.ts";
import { endWhenIdle, isUse } from "./idle.ts";
import { createMeter, type AppUsage } from "./meter.ts";
import { receiver, type Served } from "./requests.ts";
import { statusOf } from "./status-of.ts";

export interface SessionSocket {
  /** Answers the client that requested the end, then closes. null: there is no receipt to send. */
  close(receipt: Receipt | null): Promise<void>;
}

/** The session's socket, for every other command, editor or page. */
export async function openSessionSocket(system: System, options: ControlOptions): Promise<SessionSocket> {
  const { socket: path, pm2Home, secret = "" } = options.lock.record;
  const ended = deferred<Receipt | null>();
  await system.files.makeFolder(pm2Home);
  const { stream, stop, logs, request } = options;
  const minutes = (): number | null => (request.detached ? (options.project()?.idleMinutes ?? null) : null);
  const idle = endWhenIdle(system.clock, { stream, stop, logs, minutes });
  const page = pageOf(system, options, () => served);
  const served = { ...servedBy(system, options, { ended: ended.promise, page }), subscribe: idle.subscribe };
  const take = receiver(served);
  const receive: typeof take = (message, peer) => {
    if (isUse(message)) idle.touch();
    if (message.op !== "report") options.apps()?.ports.lookSoon();
    take(message, peer);
  };
  const server: EngineServer = await system.serveEngine({ path, secret, receive });
  if (options.request.ui) void announce(page, (text) => options.stream.emit({ event: "notice", text }));
  return {
    async close(receipt) {
      ended.resolve(receipt);
      // the answers are written one tick after the promise that they wait for
      await system.clock.sleep(0);
      await Promise.all([server.close(), page.close()]);
    },
  };
}

interface Ending {
  ended: Promise<Receipt | null>;
  page: SessionPage;
}

function servedBy(system: System, options: ControlOptions, { ended, page }: Ending): Omit<Served, "subscribe"> {
  const { lock, stop, logs, model } = options;
  const meter = createMeter(system);
  return {
    id: lock.record.id,
    printedInto: (files) => options.apps()?.printedInto(files),
    printedBy: (pid) => options.apps()?.printedBy(pid) ?? (() => {}),
    flushLogs: () => logs.flush(),
    async status(usage) {
      const measured = usage === "none" ? new Map<string, AppUsage>() : await meter(lock.record, usage === "patient");
      const project = options.project();
      const own = project ? worktreeOf(project) : {};
      const groups = project?.groups ?? {};
      return statusOf({ record: lock.record, model: model(), groups, ...own, now: system.clock.now(), measured });
    },
    async down(force) {
      stop.request("down");
      if (force) stop.insist();
      return (await ended) ?? NOTHING_ENDED;
    },
    join: (gone) => joinedWith(options, gone),
    async errors() {
      await options.faults.settled();
      // its last reports are written one tick after they are decided
      await system.clock.sleep(0);
      return { errors: model().errors, notes: await unseen(system, options.project()) };
    },
    ...byName(system, options),
    ...atPrompt(system, options),
    ui: page.url,
    report: (app, report, peer) => options.apps()?.report(app, report, peer),
  };
}

/** Apps whose errors in the browser do not reach devpm. */
async function unseen({ files }: System, project: Project | null): Promise<string[]> {
  const notes = await Promise.all(
    (project?.apps ?? []).map(async (app) => {
      const vite = await installedVite(app, files);
      if (!vite || vite.forwardsConsole) return [];
      return [
        `errors in the browser are not among them: Vite ${vite.version} of ${app.name} does not print them, Vite 8 does`,
      ];
    }),
  );
  return notes.flat();
}
