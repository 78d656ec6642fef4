import path from "node:path";
import { findExecutable } from "../system/executables.ts";
import type { System } from "../system/system.ts";
import { clearDaemon } from "../teardown/daemon.ts";
import { armGuardian, type Guardian, type GuardianRequest, startShim, type StartedShim } from "../teardown/guardian.ts";
import { failed, ok, type Outcome } from "../diagnostics/outcome.ts";
import type { Instance } from "../model/instance.ts";
import type { SessionLock } from "./store/lock.ts";
import type { SessionRecord } from "../model/session-record.ts";
import { builtFile } from "../util/package-files.ts";

const DAEMON = builtFile("lib/daemon-main.cjs");

/** The system's own python first: a version manager's shim is a shell script that takes 100 ms and forks. */
const PYTHON_PATH = "/usr/bin:/bin:/usr/local/bin:/opt/homebrew/bin";

/**
 * The shim and PM2's daemon before the instance is taken: both boot meanwhile, and do nothing before the session is guarded.
 * null: none yet, because there is a session, because this machine has no python3, or because something failed.
 */
export async function earlyShim(
  system: System,
  instance: Instance,
  record: SessionRecord,
): Promise<StartedShim | null> {
  const { files, environment } = system;
  if ((await files.kind(instance.sessionFile).catch(() => "other")) !== null) return null;
  const python = await shimPython(system);
  if (python === null) return null;
  const daemon = daemonCommand(system, instance, record);
  await files.makeFolder(record.pm2Home);
  return startShim(system, { python, node: environment.node, daemon, record });
}

/**
 * Arms the guardian with PM2's daemon under it, and records both. `early` has what `earlyShim` has started; it is only taken where
 * it is used. `spawned` is called once both are spawned.
 */
export async function startGuardian(
  system: System,
  { instance, lock, early }: { instance: Instance; lock: SessionLock; early: () => StartedShim | null },
  spawned: () => void,
): Promise<Outcome<Guardian>> {
  const { files, environment } = system;
  const { pm2Home } = lock.record;
  await files.makeFolder(instance.logs);
  // PM2 creates missing folders one call at a time; a killed daemon's leftovers would be taken for a running one
  const cleared = (): Promise<void> => clearDaemon(system, pm2Home);
  await Promise.all([
    ...["logs", "pids"].map((name) => files.makeFolder(path.join(pm2Home, name))),
    makeModules(files, pm2Home),
    cleared(),
  ]);
  const arming = armGuardian(system, {
    record: lock.record,
    recordFile: instance.sessionFile,
    python: await shimPython(system),
    node: environment.node,
    cleared,
    daemon: daemonCommand(system, instance, lock.record),
    early: early(),
  });
  spawned();
  const armed = await arming;
  if (!armed.ok) return failed(...armed.diagnostics);
  const guardian = armed.value;
  const { shim, sentinel, daemon } = guardian;
  await lock.update({ shim, sentinel, daemon });
  lock.onChange((record) => guardian.update(record));
  return ok(guardian);
}

async function makeModules(files: System["files"], pm2Home: string): Promise<void> {
  await files.makeFolder(path.join(pm2Home, "modules"));
  // the daemon does without it, and says so in its log
  await files.write(path.join(pm2Home, "module_conf.json"), "{}").catch(() => {});
}

const shimPython = (system: System): Promise<string | null> =>
  system.environment.platform === "linux" ? guardianPython(system) : Promise.resolve(null);

const daemonCommand = (system: System, instance: Instance, record: SessionRecord): GuardianRequest["daemon"] => ({
  file: system.environment.node,
  args: [DAEMON],
  cwd: instance.folder,
  logFile: path.join(record.pm2Home, "pm2.log"),
  env: daemonEnvironment(system, record),
});

/** The interpreter of the shim; null: the sentinel guards alone. */
export async function guardianPython({ files, environment }: System): Promise<string | null> {
  return (
    (await findExecutable(files, "python3", PYTHON_PATH, "/")) ??
    (await findExecutable(files, "python3", environment.shell.PATH, environment.cwd))
  );
}

/** The whole environment of PM2's own process: no user settings, no secret, and no connection to its vendor. */
function daemonEnvironment({ environment }: System, { id, pm2Home }: SessionRecord): Record<string, string> {
  return {
    PATH: environment.shell.PATH ?? "/usr/bin:/bin",
    HOME: environment.home,
    PM2_HOME: pm2Home,
    PM2_KILL_SIGNAL: "SIGTERM",
    PM2_NO_INTERACTION: "true",
    PM2_DISABLE_VERSION_CHECK: "true",
    DEVPM_SESSION: id,
  };
}
