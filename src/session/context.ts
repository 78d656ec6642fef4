import type { Instance } from "../model/instance.ts";
import type { Project } from "../model/project.ts";
import type { SessionLock } from "./store/lock.ts";
import type { EventStream } from "./stream.ts";

/** What every part of a running session works with. */
export interface SessionContext {
  project: Project;
  instance: Instance;
  lock: SessionLock;
  stream: EventStream;
  /** Aborted when the session begins to end. */
  stopping: AbortSignal;
}
