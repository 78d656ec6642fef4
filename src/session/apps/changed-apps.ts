import { appFingerprint } from "../../config/fingerprint.ts";
import { reasonOf } from "../../config/problem.ts";
import type { App, References } from "../../model/project.ts";
import { plainEnvironment } from "../../plan/environment.ts";
import type { System } from "../../system/system.ts";

interface Comparison {
  /** The app as it runs. */
  before: (name: string) => App | undefined;
  session: string;
  references: References;
  configFile: string | null;
  notify: (text: string) => void;
}

type Deps = Pick<System, "files" | "environment">;

/** Those apps whose new configuration changes how they run. */
export async function changedAmong(system: Deps, apps: readonly App[], comparison: Comparison): Promise<App[]> {
  const changed = await Promise.all(apps.map((app) => differs(system, app, comparison)));
  return apps.filter((_, at) => changed[at]);
}

/**
 * The source of a function is not enough: what it returns for the references is compared too. A new `env` that fails
 * changes nothing, and is reported.
 */
async function differs(system: Deps, app: App, { before, notify, ...context }: Comparison): Promise<boolean> {
  const old = before(app.name);
  if (old === undefined) return false;
  const now = await plainEnvironment(system, app, context);
  if (!now.ok) {
    notify(`${app.name} still runs as it was configured before: its new env fails: ${reasonOf(now.diagnostics)}`);
    return false;
  }
  if (appFingerprint(old) !== appFingerprint(app)) return true;
  const was = await plainEnvironment(system, old, context);
  return !was.ok || JSON.stringify(was.value) !== JSON.stringify(now.value);
}
