import { plural, printableLine } from "../../util/text.ts";
import type { RequestExchange } from "./exchange.ts";

/** What people look at; `--json` has all headers. */
const SHOWN = new Set(
  "content-type content-length location set-cookie www-authenticate allow retry-after cache-control etag".split(" "),
);
/** A page of errors that a framework renders has thousands of lines; what is logged below it names the cause. */
const MOST_CHARACTERS = 6_000;
const MOST_LINES = 60;

const shownLine = (line: string): string => printableLine(line, { level: 0 });

/** For `--json`; `body` is null where it is no text. */
export function jsonAnswer({ app, method, url, ms, answer, logged }: RequestExchange): Record<string, unknown> {
  const { status, reason, headers, body, cut } = answer;
  return {
    app,
    method,
    url,
    status,
    reason,
    ms,
    headers: headers.map(([name, value]) => ({ name: name.toLowerCase(), value })),
    body: textOf(body),
    bytes: body.length,
    cut,
    log: logged,
  };
}

export function answerLines({ app, method, url, ms, answer, logged }: RequestExchange): string[] {
  const { status, reason, headers, body, cut } = answer;
  const shown = headers.filter(([name]) => SHOWN.has(name.toLowerCase()));
  return [
    `HTTP ${status}${reason === "" ? "" : ` ${reason}`}  ${method} ${url}  ${ms} ms`,
    ...shown.map(([name, value]) => `${name.toLowerCase()}: ${shownLine(value)}`),
    ...(body.length > 0 ? ["", ...bodyLines(body)] : []),
    ...(cut ? ["", `(the rest of the body is left out: it is longer than ${body.length} bytes)`] : []),
    "",
    logged.length === 0 ? `${app} logged nothing` : `${app} logged:`,
    ...logged.map(({ line }) => `  ${shownLine(line)}`),
  ];
}

function bodyLines(body: Buffer): string[] {
  const text = textOf(body);
  if (text === null) return [`(${plural(body.length, "byte")}, not text)`];
  const lines = text.trimEnd().split("\n");
  const shown = text.slice(0, MOST_CHARACTERS).trimEnd().split("\n").slice(0, MOST_LINES);
  const rest = text.trimEnd().length - shown.join("\n").length;
  return [
    ...shown.map((line) => shownLine(line.replace(/\r$/, ""))),
    ...(rest > 0 ? [`(${plural(lines.length, "line")}; ${rest} more characters: --json has all of them)`] : []),
  ];
}

function textOf(body: Buffer): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body, { stream: true });
  } catch {
    return null;
  }
}
