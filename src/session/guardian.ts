import path from "node:path";
import { findExecutable } from "../system/executables.ts";
import type { System } from "../system/system.ts";
import { clearDaemon } from "../teardown/daemon.ts";
import { armGuardian, type Guardian } from "../teardown/guardian.ts";
import type { StartedShim } from "../teardown/started-shim.ts";
import { failed, ok, type Outcome } from "../diagnostics/outcome.ts";
import type { Instance } from "../model/instance.ts";
import type { SessionLock } from "./store/lock.ts";

export interface GuardianOptions {
  instance: Instance;
  lock: SessionLock;
  early: () => StartedShim | null;
  notify: (text: string) => void;
}

/**
 * Arms the guardian with PM2's daemon under it, and records both. `early` has the shim that was started before; it is only taken
 * where it is used. `spawned` is called once both are spawned.
 */
export async function startGuardian(
  system: System,
  { instance, lock, early, notify }: GuardianOptions,
  spawned: () => void,
): Promise<Outcome<Guardian>> {
  const { files, environment, helpers } = system;
  const { node, home, shell } = environment;
  const { id, pm2Home } = lock.record;
  await files.makeFolder(instance.logs);
  // PM2 creates missing folders one call at a time; a killed daemon's leftovers would be taken for a running one
  const cleared = (): Promise<void> => clearDaemon(system, pm2Home);
  await Promise.all([
    ...["logs", "pids"].map((name) => files.makeFolder(path.join(pm2Home, name))),
    makeModules(files, pm2Home),
    cleared(),
  ]);
  const python = await shimPython(system);
  const arming = armGuardian(system, {
    record: lock.record,
    recordFile: instance.sessionFile,
    python,
    node,
    cleared,
    daemon: helpers.guardian.daemonOf({ node, id, path: shell.PATH, home }),
    place: { cwd: instance.folder, logFile: path.join(pm2Home, "pm2.log"), env: { PM2_HOME: pm2Home } },
    early: early(),
  });
  spawned();
  const armed = await arming;
  if (!armed.ok) return failed(...armed.diagnostics);
  const guardian = armed.value;
  const { shim, sentinel, daemon } = guardian;
  if (python !== null && shim === null)
    notify(`${python} does not run programs: this session is guarded without it (devpm doctor)`);
  await lock.update({ shim, sentinel, daemon });
  lock.onChange((record) => guardian.update(record));
  return ok(guardian);
}

/** Of PM2 modules that extend it. */
const NO_MODULES = "{}";

async function makeModules(files: System["files"], pm2Home: string): Promise<void> {
  await files.makeFolder(path.join(pm2Home, "modules"));
  const file = path.join(pm2Home, "module_conf.json");
  // the daemon does without it, and says so in its log
  if ((await files.read(file).catch(() => null)) !== NO_MODULES) await files.write(file, NO_MODULES).catch(() => {});
}

const shimPython = (system: System): Promise<string | null> =>
  system.environment.platform === "linux" ? guardianPython(system) : Promise.resolve(null);

/** The interpreter of the shim; null: the sentinel guards alone. */
export async function guardianPython({ files, environment, helpers }: System): Promise<string | null> {
  return (
    (await findExecutable(files, "python3", helpers.guardian.pythonPath, "/")) ??
    (await findExecutable(files, "python3", environment.shell.PATH, environment.cwd))
  );
}
