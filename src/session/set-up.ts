import type { Instance } from "../model/instance.ts";
import type { App } from "../model/project.ts";
import { runSetup } from "../preflight/setup/setup.ts";
import type { System } from "../system/system.ts";
import type { EventStream } from "./stream.ts";

export interface SetUpOptions {
  instance: Instance;
  session: string;
  emit: EventStream["emit"];
  stopping: AbortSignal;
}

/** Runs those set-up steps of an app or a task whose inputs changed. A failure is reported, and returns false. */
export async function setUp(system: System, app: App, options: SetUpOptions): Promise<boolean> {
  const { instance, session, emit, stopping } = options;
  const done = await runSetup(system, { app, folder: instance.setup, emit, signal: stopping, session });
  if (!done.ok && !stopping.aborted)
    for (const diagnostic of done.diagnostics) emit({ event: "diagnostic", ...diagnostic });
  return done.ok;
}
