import type { LogEvent } from "../model/log-batch.ts";
import type { Streamed } from "../model/protocol.ts";

/** The footer shows them while they are under way; each ends with a line of its own. */
const UNDER_WAY: ReadonlySet<Streamed["event"]> = new Set<Streamed["event"]>([
  "setup.started",
  "setup.output",
  "infra.progress",
  "app.starting",
  "task.started",
]);

export const isUnderWay = ({ event }: Streamed): boolean => UNDER_WAY.has(event);

/** `"GET /health HTTP/1.1" 200`, as access logs have it; `GET /health 200` of the loggers of Node. */
const ACCESS = /\b(?:GET|HEAD) (\S+?)(?:\?\S*)?(?: HTTP\/[\d.]+)?"? +(\d{3})\b/;

/** The answer to a probe of devpm's, as the app logs it. One that failed is no noise. */
export function isProbe(
  { app, line }: Pick<LogEvent, "app" | "line">,
  probes: Readonly<Record<string, string>>,
): boolean {
  const path = probes[app];
  if (path === undefined || !line.includes(path)) return false;
  const [, asked, status = ""] = ACCESS.exec(line) ?? [];
  return asked === path && status < "400";
}
