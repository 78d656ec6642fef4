import type { PageSnapshot, ShownVariable } from "../model/page.ts";
import type { Answer, Request } from "../model/protocol.ts";
import type { Peer } from "../system/engine/engine-server.ts";

/** What the page needs of its session. */
export interface PageSession {
  id: string;
  /** The project's folder. */
  root: string;
  /** The folder of its logs. */
  logs: string;
  /** Everything that happened up to now. */
  snapshot(): PageSnapshot;
  /** Sends every event from now on, lines of logs included. */
  follow(peer: Peer): void;
  /** The environment of an app; empty where there is no such app. */
  environment(app: string): ShownVariable[];
  /** Everything logged so far is in the files when it returns. */
  flushLogs(): void;
  /** As a request on the session's socket; `gone` is aborted when the browser no longer waits for the answer. */
  ask(request: Exclude<Request, { op: "events" }>, gone: AbortSignal): Promise<Answer>;
}
