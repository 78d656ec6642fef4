import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { SessionRecord } from "./record.ts";

/** A second `devpm dev` in the same project. */
export function sessionRunning(record: SessionRecord): Diagnostic {
  const apps = record.apps.map(({ name, ports }) =>
    ports[0] === undefined ? name : `${name} http://localhost:${ports[0]}`,
  );
  return {
    code: "DEVPM_SESSION_RUNNING",
    severity: "error",
    summary: `${record.project} is already running here`,
    evidence: [
      ["session", `pid ${record.engine.pid}, started ${record.startedAt}${record.detached ? ", detached" : ""}`],
      ["folder", record.root],
      ...(apps.length > 0 ? [["apps", apps] as const] : []),
    ],
    state: "Nothing was started; the running session is untouched.",
    fixes: [
      { label: "follow it", command: "devpm logs" },
      { label: "or look at it", command: "devpm status" },
      { label: "or end it", command: "devpm down" },
    ],
  };
}
