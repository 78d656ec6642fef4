import type { LoadedProject } from "../config/project-loader.ts";
import type { Instance } from "../model/instance.ts";
import type { PortConsent } from "../preflight/preflight.ts";
import type { Prompts } from "./prompts/prompts.ts";

/** The request for one session. */
export interface EngineRequest {
  instance: Instance;
  /** Loads and checks the configuration: while PM2's daemon is already starting, and again when what it depends on changes. */
  load: () => Promise<LoadedProject>;
  detached: boolean;
  /** Hears when it is detached later, or shown in its terminal again. Absent: that does not happen. */
  onMoved?: (listener: (where: Pick<EngineRequest, "detached" | "terminal">) => void) => void;
  /** The file of the terminal that has its footer; null: none has. */
  terminal: string | null;
  /** The permissions that `--free-ports` gives. */
  consent: PortConsent;
  /** Where what its programs ask is answered. */
  prompts: Prompts;
  /** Its page is served from the start. */
  ui: boolean;
}
