import type { App, Project } from "../../model/project.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { portProblems, restingPort } from "../../preflight/ports/check.ts";
import type { System } from "../../system/system.ts";
import type { SessionRecord } from "../../model/session-record.ts";
import type { EventStream } from "../stream.ts";
import type { SessionLock } from "../store/lock.ts";
import { everySession } from "../store/all-sessions.ts";

/** As Node, Python, Go and Java word EADDRINUSE. */
const saysPortTaken = (lines: readonly string[]): boolean =>
  lines.some((line) => /EADDRINUSE|address already in use|BindException/i.test(line));

interface Taken {
  project: Project;
  lock: Pick<SessionLock, "record">;
  stream: Pick<EventStream, "emit">;
  stopping: AbortSignal;
}

/** A crash whose reason is the port says whose the port is. */
export async function sayPortTaken(
  system: System,
  app: App | undefined,
  excerpt: readonly string[],
  { project, lock, stream, stopping }: Taken,
): Promise<void> {
  if (!app || stopping.aborted || !saysPortTaken(excerpt)) return;
  const found = await takenPort(system, { project: { ...project, apps: [app] }, record: lock.record });
  if (found && !stopping.aborted) stream.emit({ event: "diagnostic", ...found });
}

/** Whose the port of the one app of `project` is, now that the app could not have it; null where nothing is to be said. */
async function takenPort(
  system: System,
  { project, record }: { project: Project; record: SessionRecord },
): Promise<Diagnostic | null> {
  const request = {
    project,
    record,
    consent: "none" as const,
    everySession: await everySession(system.files, system.environment),
    // a session's leftovers were swept when it began
    sweep: () => Promise.resolve({ ended: [] }),
    say: () => {},
  };
  const found = (await portProblems(system, request))[0] ?? restingPort(system, project);
  const app = project.apps[0]?.name ?? "";
  if (!found) return null;
  const again = { label: "once it is free", command: `devpm restart ${app}` };
  const fixes = found.fixes.filter(({ command }) => !command.startsWith("devpm dev"));
  return { ...found, state: `${app} is not running; the rest of the session is.`, fixes: [...fixes, again] };
}
