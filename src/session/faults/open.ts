import type { Infra } from "../../infra/infra.ts";
import type { Project } from "../../model/project.ts";
import type { System } from "../../system/system.ts";
import type { SessionModel } from "../session-model.ts";
import type { EventStream } from "../stream.ts";
import { followContainers } from "./containers.ts";
import { FaultTracker } from "./fault-tracker.ts";
import { originalLine, recheck, servedBy } from "./recheck.ts";

export interface SessionFaults {
  /** Resolves when everything that has happened so far is reported. */
  settled(): Promise<void>;
  /** From now on the logs of the services count too. */
  watch(infra: Infra): void;
}

export interface SessionFaultsOptions {
  stream: EventStream;
  /** null until the configuration is loaded. */
  project: () => Project | null;
  model: () => SessionModel;
  stopping: AbortSignal;
}

/** The error tracker of a session; from now on it follows the stream. */
export function openFaults(system: System, { stream, project, model, stopping }: SessionFaultsOptions): SessionFaults {
  const tracker = new FaultTracker(system, {
    stream,
    project,
    stopping,
    recheck: (app, file) => recheck(system, servedBy(model(), app), file),
    original: (app, file, at) => originalLine(system, servedBy(model(), app), file, at),
  });
  return {
    settled: () => tracker.settled(),
    watch(infra) {
      const known = project();
      if (known) followContainers(system, { tracker, infra, project: known, stream, stopping });
    },
  };
}
