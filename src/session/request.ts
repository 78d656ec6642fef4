import type { Outcome } from "../diagnostics/outcome.ts";
import type { Instance } from "../model/instance.ts";
import type { Project } from "../model/project.ts";
import type { PortConsent } from "../preflight/preflight.ts";

/** One session, as it is asked for. */
export interface EngineRequest {
  instance: Instance;
  /** Loads and checks the configuration; called once, while PM2's daemon is already coming up. */
  load: () => Promise<Outcome<Project>>;
  detached: boolean;
  /** What `--free-ports` allows. */
  consent: PortConsent;
}
