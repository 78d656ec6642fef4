import type { Diagnostic, Fix } from "../../diagnostics/diagnostic.ts";
import { promptPlace } from "../../model/prompt.ts";
import type { AppStatus } from "../../model/status.ts";
import { shellQuote } from "../../util/shell-quote.ts";
import { duration } from "../../util/text.ts";
import type { LoggedLine } from "./logged.ts";

/** An app that is not running, or that has no port; a task, or an app whose session has ended meanwhile. */
export function notAsked(app: string, status: AppStatus | undefined, problem: string | null): Diagnostic {
  const isServer = status !== undefined && (status.port !== null || status.url !== null);
  const why = status === undefined ? "is no app of a running session" : isServer ? `is ${status.state}` : "has no port";
  return {
    code: "DEVPM_APP_NOT_READY",
    severity: "error",
    summary: `${app} ${why}, so it cannot be asked`,
    evidence:
      isServer && status.prompt === undefined && problem !== null
        ? [["because", problem.split("; ")]]
        : promptOf(status),
    state: "Nothing was sent.",
    fixes: isServer ? fixesOf(app, status) : [{ label: "see what can be asked", command: "devpm status" }],
  };
}

interface Unanswered {
  app: string;
  url: URL;
  ms: number;
  /** What the app logged meanwhile. */
  logged: readonly LoggedLine[];
  error: string;
  /** After the request. */
  status: AppStatus | undefined;
}

/** An app that was asked in vain. */
export const noAnswer = ({ app, url, ms, logged, error, status }: Unanswered): Diagnostic => ({
  code: "DEVPM_APP_NOT_READY",
  severity: "error",
  summary: `${app} did not answer`,
  evidence: [["asked", String(url)], ["after", duration(ms)], ["error", error], ...promptOf(status)],
  app,
  excerpt: logged.map(({ line }) => line).slice(-6),
  fixes: fixesOf(app, status),
});

function promptOf(status: AppStatus | undefined): [string, string][] {
  if (status?.prompt === undefined) return [];
  const place = promptPlace(status.prompt);
  return [["waits", `at a prompt${place === "" ? "" : `, ${place}`}`]];
}

function fixesOf(app: string, status: AppStatus | undefined): Fix[] {
  const name = shellQuote(app);
  if (status?.prompt !== undefined) return [{ label: "answer it", command: `devpm attach ${name}` }];
  switch (status?.state) {
    case undefined:
      return [{ label: "see what runs", command: "devpm status" }];
    case "stopped":
      return [{ label: "start it", command: `devpm start ${name}` }];
    case "ready":
      return [{ label: "what it says", command: `devpm logs ${name}` }];
    default:
      return [
        { label: "see what is wrong", command: "devpm errors" },
        { label: "or wait for it", command: `devpm wait ${name}` },
      ];
  }
}
