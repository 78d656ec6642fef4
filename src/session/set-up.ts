import type { Instance } from "../model/instance.ts";
import type { App } from "../model/project.ts";
import { packageDrift } from "../preflight/setup/drift.ts";
import { runSetup } from "../preflight/setup/setup.ts";
import type { System } from "../system/system.ts";
import type { EventStream } from "./stream.ts";

export interface SetUpOptions {
  instance: Instance;
  session: string;
  emit: EventStream["emit"];
  stopping: AbortSignal;
  /** Whether it already runs, and continues to where a step fails. */
  runs?: () => Promise<boolean>;
}

/**
 * Runs those set-up steps of an app or a task whose inputs changed. A failure is reported, and returns false. Packages that
 * no step installs are reported where they are missing.
 */
export async function setUp(system: System, app: App, options: SetUpOptions): Promise<boolean> {
  const { instance, stopping, ...given } = options;
  const { emit } = given;
  const done = await runSetup(system, { ...given, app, folder: instance.setup, signal: stopping });
  if (!done.ok && !stopping.aborted)
    for (const diagnostic of done.diagnostics) emit({ event: "diagnostic", ...diagnostic });
  const drift = done.ok ? await packageDrift(app, system.files) : null;
  if (drift) emit({ event: "diagnostic", ...drift });
  return done.ok;
}
