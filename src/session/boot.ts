import type { Project } from "../model/project.ts";
import type { ConfigSources } from "../system/loader/config-sources.ts";
import type { Pm2Client } from "../system/pm2/pm2.ts";
import type { System } from "../system/system.ts";
import type { Guardian } from "../teardown/guardian.ts";
import { deferred } from "../util/deferred.ts";
import { startGuardian } from "./guardian.ts";
import { deferredClient } from "./deferred-client.ts";
import type { Problems } from "./problems.ts";
import type { EngineRequest } from "./engine-request.ts";
import type { startSession } from "./startup.ts";
import type { Stop } from "./stop.ts";
import type { EventStream } from "./stream.ts";
import type { Taken } from "./take-instance.ts";

/** What a session needs before its project is looked at. */
export interface Booted {
  start: typeof startSession;
  project: Project;
  sources: ConfigSources;
  connecting: Promise<Pm2Client | null>;
  /** The guardian is armed; null where that failed, which is reported. */
  armed: Promise<Pm2Client | null>;
}

interface BootOptions {
  request: EngineRequest;
  taken: Taken;
  stop: Stop;
  emit: EventStream["emit"];
  problems: Problems;
  /** Called once each, as soon as there is one. */
  guarded: (guardian: Guardian) => void;
  connected: (client: Pm2Client) => void;
}

const PM2_MS = 30_000;

/**
 * The guardian with PM2's daemon under it, and the configuration. The daemon takes longest to start: it boots on the
 * other core, while the rest of devpm and the configuration load. null: the session is to stop, and why is reported.
 */
export async function boot(system: System, options: BootOptions): Promise<Booted | null> {
  const { request, taken, stop, emit, problems } = options;
  const { lock, early } = taken;
  const spawned = deferred();
  const notify = (text: string): void => emit({ event: "notice", text });
  const guarding = startGuardian(
    system,
    { instance: request.instance, lock, early: early.take, notify },
    spawned.resolve,
  );
  await Promise.race([spawned.promise, guarding]);
  const loading = Promise.all([import("./startup.ts"), request.load()]);
  const { armed, connecting } = connect(system, guarding, options);
  const [{ startSession: start }, loaded] = await loading;
  if (stop.signal.aborted) await connecting;
  else if (!loaded.ok) problems.abortWith(loaded.diagnostics, connecting);
  else return { start, project: loaded.value, sources: loaded.sources, connecting, armed };
  return null;
}

/** First the guardian is armed, then PM2's daemon answers; null where that failed, which is reported. */
function connect(
  { pm2 }: System,
  guarding: ReturnType<typeof startGuardian>,
  { taken, stop, problems, guarded, connected }: BootOptions,
): Pick<Booted, "armed" | "connecting"> {
  // PM2's library loads while its daemon does
  const reached = pm2.connect(taken.lock.record.pm2Home, PM2_MS);
  reached.catch(() => {});
  const armed = guarding.then((guardian) => {
    if (!guardian.ok) problems.abortWith(guardian.diagnostics);
    else guarded(guardian.value);
    return guardian.ok ? deferredClient(reached, stop.signal) : null;
  });
  const connecting = armed.then(async (late) => {
    if (!late) return null;
    const client = await reached;
    connected(client);
    return client;
  });
  connecting.catch(() => {});
  return { armed, connecting };
}
