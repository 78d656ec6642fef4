import { randomBytes } from "node:crypto";
import path from "node:path";
import { namespaceOf, type Sockets } from "../../model/instance.ts";
import { claimedPorts, type Project } from "../../model/project.ts";
import type { RecordedApp, SessionRecord } from "../../model/session-record.ts";
import type { System } from "../../system/system.ts";
import type { EngineRequest } from "../engine-request.ts";

/** Written before the configuration is known, so that other commands see that a session is starting here. */
export function firstRecord(
  { processes, environment, clock }: System,
  { instance, detached, terminal }: Pick<EngineRequest, "instance" | "detached" | "terminal">,
  { id, sockets }: { id: string; sockets: Sockets },
): SessionRecord {
  const engine = processes.identify(environment.pid);
  if (!engine) throw new Error("this process does not find itself among the processes");
  return {
    version: 1,
    id,
    project: path.basename(instance.root),
    root: instance.root,
    namespace: namespaceOf(instance),
    engine,
    sentinel: null,
    shim: null,
    daemon: null,
    apps: [],
    startedAt: clock.now().toISOString(),
    ...whereShown({ detached, terminal }),
    state: "starting",
    ...sockets,
    secret: randomBytes(32).toString("hex"),
    ports: [],
  };
}

/** A terminal that is undefined is not written. */
export const whereShown = ({
  detached,
  terminal,
}: Pick<EngineRequest, "detached" | "terminal">): Pick<SessionRecord, "detached" | "terminal"> => ({
  detached,
  terminal: terminal ?? undefined,
});

/** Apps and tasks before any of them runs. What is off claims no port. */
export const recordedApps = ({ apps, tasks }: Project): RecordedApp[] =>
  [...apps, ...tasks].map((app) => ({
    name: app.name,
    pmId: null,
    pids: [],
    ports: app.start ? claimedPorts(app) : [],
    graceMs: app.graceMs,
  }));
