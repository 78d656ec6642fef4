import type { App, Project } from "../../model/project.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { portClaims, restingPort } from "../../preflight/ports/check.ts";
import type { System } from "../../system/system.ts";
import type { SessionRecord } from "../../model/session-record.ts";
import type { EventStream } from "../stream.ts";
import type { SessionLock } from "../store/lock.ts";
import { refusedPort, mentionsTakenPort } from "./port-words.ts";
import { shellQuote } from "../../util/shell-quote.ts";

interface Refused {
  /** Contains only the app that could not listen. */
  project: Project;
  record: SessionRecord;
  /** What it printed. */
  excerpt: readonly string[];
}

interface Taken {
  project: Project;
  lock: Pick<SessionLock, "record">;
  stream: Pick<EventStream, "emit">;
  stopping: AbortSignal;
}

/** Adds the port's holder to a crash that the port caused. */
export async function reportPortTaken(
  system: System,
  app: App | undefined,
  excerpt: readonly string[],
  { project, lock, stream, stopping }: Taken,
): Promise<void> {
  if (!app || stopping.aborted || !mentionsTakenPort(excerpt)) return;
  const found = await takenPort(system, { project: { ...project, apps: [app] }, record: lock.record, excerpt });
  if (found && !stopping.aborted) stream.emit({ event: "diagnostic", ...found });
}

/**
 * The holder of the port that the one app of `project` could not take; null where there is none. Often it is not
 * the app's own but, for example, a debugger's. Then only that port is examined.
 */
async function takenPort(system: System, { project, record, excerpt }: Refused): Promise<Diagnostic | null> {
  const [app] = project.apps;
  if (!app) return null;
  const port = refusedPort(excerpt, [app.port, ...app.ports]);
  const other = port !== null && port !== app.port && !app.ports.includes(port);
  const asked = other ? { ...project, apps: [{ ...app, port, ports: [] }] } : project;
  const claims = await portClaims(system, { project: asked, session: record.id });
  const held = claims.flatMap(({ diagnostic }) => diagnostic ?? [])[0];
  const found = held ?? (other ? null : restingPort(system, project));
  if (!found) return null;
  const again = { label: "once it is free", command: `devpm restart ${shellQuote(app.name)}` };
  const fixes = found.fixes.filter(({ command }) => !command.startsWith("devpm dev"));
  const [, ...evidence] = found.evidence;
  return {
    ...found,
    evidence: other ? [["app", `${app.name} (its output names port ${port})`], ...evidence] : found.evidence,
    state: `${app.name} is not running; the rest of the session is.`,
    fixes: [...fixes, again],
  };
}
