import { urlOf, type App } from "../model/project.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { unreachable } from "../util/unreachable.ts";
import { shellQuote } from "../util/shell-quote.ts";

const SHOWN_LINES = 6;

/** Its process lives, and what the config calls ready has not come. */
export function notReady(app: App, lines: readonly string[], listening: readonly number[]): Diagnostic {
  return {
    code: "DEVPM_APP_NOT_READY",
    severity: "warning",
    summary: `${app.name} runs, but is not ready after ${Math.round(app.ready.timeoutMs / 1000)} s`,
    evidence: [
      ["waited for", expectation(app)],
      ...(app.port === null ? [] : [["listens on", portsOf(listening)] as const]),
      ["set by", `apps.${app.name}.ready`],
    ],
    excerpt: lines.slice(-SHOWN_LINES),
    state: `${app.name} is left running, and counts as ready as soon as it is.`,
    fixes: [
      { label: "see its output", command: `devpm logs ${shellQuote(app.name)}` },
      { label: "try again", command: `devpm restart ${shellQuote(app.name)}` },
    ],
  };
}

const portsOf = (ports: readonly number[]): string =>
  ports.length === 0 ? "no port" : ports.toSorted((a, b) => a - b).join(", ");

function expectation(app: App): string {
  const { ready, port } = app;
  switch (ready.kind) {
    case "http":
      return `GET ${urlOf(app)}${ready.path} to answer below 400`;
    case "tcp":
      return `port ${ready.port} to accept a connection`;
    case "log":
      return `a line that matches ${String(ready.pattern)}`;
    case "default":
      return port === null ? "its process" : `port ${port} to accept a connection`;
    default:
      return unreachable(ready);
  }
}
