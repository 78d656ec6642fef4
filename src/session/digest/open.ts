import type { Infra } from "../../infra/infra.ts";
import type { Project } from "../../model/project.ts";
import type { System } from "../../system/system.ts";
import type { SessionModel } from "../model.ts";
import type { EventStream } from "../stream.ts";
import { followContainers } from "./containers.ts";
import { Digest } from "./digest.ts";
import { originalLine, recheck, servedBy } from "./recheck.ts";

export interface SessionDigest {
  /** Resolves when everything that has happened so far is reported. */
  settled(): Promise<void>;
  /** From now on the logs of the services count too. */
  watch(infra: Infra): void;
}

export interface SessionDigestOptions {
  stream: EventStream;
  /** null until the configuration is loaded. */
  project: () => Project | null;
  model: () => SessionModel;
  stopping: AbortSignal;
}

/** The error digest of a session; from now on it follows the stream. */
export function openDigest(system: System, { stream, project, model, stopping }: SessionDigestOptions): SessionDigest {
  const digest = new Digest(system, {
    stream,
    project,
    stopping,
    recheck: (app, file) => recheck(system, servedBy(model(), app), file),
    original: (app, file, at) => originalLine(system, servedBy(model(), app), file, at),
  });
  return {
    settled: () => digest.settled(),
    watch(infra) {
      const known = project();
      if (known) followContainers(system, { digest, infra, project: known, stream, stopping });
    },
  };
}
