import type { Stamped } from "../model/events.ts";
import type { LogFiles } from "../system/logs/log-files.ts";
import { appsWithLogs, sessionSegments } from "./segments.ts";

/** What the log folder alone shows about earlier sessions: it outlives the session file and the configuration. */
export interface Past {
  /** null: no session has run here. */
  project: string | null;
  namespace: string | null;
  apps: string[];
  tasks: string[];
  groups: Readonly<Record<string, readonly string[]>>;
  /** Compose services and the containers they ran in when they were last looked at. */
  services: Map<string, string | null>;
  /** The id of the last session, where the log has no end of it: it runs, or it was killed. */
  interrupted: string | null;
  /** Why the last session ended after it was ready, where nobody had asked for its end. */
  broken: "guardian-lost" | "failed" | null;
}

export function readPast(logFiles: LogFiles, folder: string): Past {
  const services = new Map<string, string | null>();
  let isEnded = false;
  let wasReady = false;
  let broken: Past["broken"] = null;
  for (const event of newestFirst(logFiles, folder)) {
    if (event.event === "infra.checked" || event.event === "infra.changed") {
      for (const { service, container } of event.services) if (!services.has(service)) services.set(service, container);
    }
    if (event.event === "session.stopping" || event.event === "session.stopped") isEnded = true;
    if (event.event === "session.stopping")
      broken = event.reason === "guardian-lost" || event.reason === "failed" ? event.reason : null;
    if (event.event === "session.ready") wasReady = true;
    if (event.event === "session.starting") {
      const { project, namespace, apps, tasks = [], groups = {} } = event;
      const logged = [...new Set([...apps, ...loggedApps(logFiles, folder)])];
      const interrupted = isEnded ? null : event.session;
      const own = logged.filter((name) => !tasks.includes(name));
      return { project, namespace, apps: own, tasks, groups, services, interrupted, broken: wasReady ? broken : null };
    }
  }
  const apps = loggedApps(logFiles, folder);
  return { project: null, namespace: null, apps, tasks: [], groups: {}, services, interrupted: null, broken: null };
}

const loggedApps = (logFiles: LogFiles, folder: string): string[] => appsWithLogs(logFiles.names(folder));

/** The time of the newest save that reloaded one of these apps (any app, where none is named). */
export function lastSave(logFiles: LogFiles, folder: string, apps: readonly string[]): string | null {
  for (const event of newestFirst(logFiles, folder)) {
    const reload = event.event === "app.reloading" || event.event === "app.reloaded";
    if (reload && (apps.length === 0 || apps.includes(event.app))) return event.savedAt;
  }
  return null;
}

/** What the log of sessions has, the newest event first. */
export function* newestFirst(logFiles: LogFiles, folder: string): Generator<Stamped> {
  const { current, previous } = sessionSegments(folder);
  for (const line of logFiles.backwards([current, previous])) {
    try {
      yield JSON.parse(line) as Stamped;
    } catch {
      // truncated by a full disk
    }
  }
}
