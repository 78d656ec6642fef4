import type { LogStore } from "../../logs/store.ts";
import type { Project } from "../../model/project.ts";
import type { Following } from "../apps/reconfigure.ts";
import type { Apps } from "../apps/apps.ts";
import type { SessionFaults } from "../faults/open.ts";
import type { Prompts } from "../prompts/prompts.ts";
import type { SessionModel } from "../session-model.ts";
import type { Stop } from "../stop.ts";
import type { EngineRequest } from "../engine-request.ts";
import type { SessionLock } from "../store/lock.ts";
import type { EventStream } from "../stream.ts";

/** What the socket needs from its session. */
export interface ControlOptions {
  lock: SessionLock;
  stream: EventStream;
  stop: Stop;
  logs: LogStore;
  request: Pick<EngineRequest, "instance" | "ui" | "detached">;
  model: () => SessionModel;
  /** These are null until the session has created them. */
  project: () => Project | null;
  apps: () => Apps | null;
  configuration: () => Following | null;
  prompts: Prompts;
  faults: Pick<SessionFaults, "settled">;
}
