import type { Project } from "../model/project.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { Infra } from "../infra/infra.ts";
import { infraOf } from "../infra/infra-of.ts";
import type { LogStore } from "../logs/store.ts";
import { preflight } from "../preflight/preflight.ts";
import type { Pm2Client } from "../system/pm2/pm2.ts";
import type { System } from "../system/system.ts";
import { sweepMarked } from "../teardown/sweep.ts";
import { failed, ok, type Outcome } from "../diagnostics/outcome.ts";
import { Apps } from "./apps/apps.ts";
import type { EngineRequest } from "./engine-request.ts";
import type { SessionLock } from "./store/lock.ts";
import { recordedCompose } from "./store/recorded-compose.ts";
import type { EventStream } from "./stream.ts";

export interface SessionStartOptions {
  request: EngineRequest;
  project: Project;
  lock: SessionLock;
  logs: LogStore;
  stream: EventStream;
  stopping: AbortSignal;
  /** The guardian is armed, and PM2's daemon is already starting. null where that failed, which was reported. */
  armed: Promise<Pm2Client | null>;
}

/** What a start has created; each part is set as soon as it exists, for a teardown that does not wait for the rest. */
export interface Started {
  infra: Infra;
  apps: Apps;
  /** The result of the infra; apps that need no service do not wait for it. */
  checked: ReturnType<Infra["check"]>;
}

/** Checks whether this machine can run the project, everything in parallel, while PM2's daemon boots. */
export async function startSession(system: System, options: SessionStartOptions): Promise<Outcome<Started | null>> {
  const { request, project, lock, logs, stream, stopping, armed } = options;
  const infra = await infraOf({ ...system, compose: recordedCompose(system, lock) }, project, {
    emit: stream.emit,
    signal: stopping,
    onlyNeeded: true,
  });
  const checked = infra.check();
  const [client, problems] = await Promise.all([
    armed,
    preflight(system, {
      // what is off needs nothing from this machine yet
      project: { ...project, apps: [...project.apps, ...project.tasks].filter(({ start: on }) => on) },
      record: lock.record,
      consent: request.consent,
      sweep: (session, ports) => sweepMarked(system, session, ports),
      notify: (text) => stream.emit({ event: "notice", text }),
    }),
  ]);
  const found: Diagnostic[] = [...problems, ...(await known(checked, isAwaited(project)))];
  if (found.length > 0) return failed(...found);
  if (!client || stopping.aborted) return ok(null);
  const { instance, prompts } = request;
  const apps = new Apps(system, { project, instance, lock, client, infra, logs, stream, prompts, stopping });
  return ok({ infra, apps, checked });
}

/** In a worktree every app waits: before that nothing is known of the databases that must be its own. */
const isAwaited = ({ infra, isolation }: Project): boolean =>
  infra !== null && (infra.required || isolation !== undefined);

/**
 * Where infra is required, its absence ends the session, so nothing is started before that is known: it takes no longer
 * than PM2's daemon. Where it is not, what is known immediately is reported together with the rest.
 */
async function known(checked: ReturnType<Infra["check"]>, awaited: boolean): Promise<Diagnostic[]> {
  const verdict = await (awaited ? checked : Promise.race([checked, Promise.resolve(null)]));
  return verdict === null || verdict.ok ? [] : verdict.diagnostics;
}
