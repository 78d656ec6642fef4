import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { failed, ok, type Outcome } from "../../diagnostics/outcome.ts";
import type { AppStatus } from "../../model/status.ts";
import type { EngineClient } from "../../system/engine/engine-client.ts";
import type { HttpRequest } from "../../system/http-request.ts";
import { duration } from "../../util/text.ts";
import { print, printJson, report, type CommandContext } from "../shared/context.ts";
import { withNamed } from "../shared/with-session.ts";
import type { RequestExchange } from "./exchange.ts";
import { createListener } from "./logged.ts";
import { answerLines, jsonAnswer } from "./print.ts";

export interface RequestOptions {
  app: string;
  path: string;
  /** Absent: GET, or POST with a body. */
  method: string | undefined;
  body: string | null;
  /** As typed: `Name: value`. */
  headers: string[];
  timeoutMs: number;
  json: boolean;
}

/** What is kept of an answer; an app may send without end. */
const MOST_BYTES = 1024 * 1024;

const TLS_MS = 2_000;

/** `devpm request APP PATH`: 0 where the app answers, whatever the status; 1 where it does not. */
export function request(context: CommandContext, options: RequestOptions): Promise<number> {
  return withNamed(context, "request", [options.app], async (engine) => {
    const target = await targetOf(engine, options);
    if (!target.ok) return report(context, target.diagnostics);
    const exchange = await exchanged(context, options, target.value);
    if (!exchange.ok) return report(context, exchange.diagnostics);
    if (options.json) printJson(context, jsonAnswer(exchange.value));
    else print(context.terminal.out, answerLines(exchange.value));
    return 0;
  });
}

interface Target {
  url: URL;
  request: Omit<HttpRequest, "timeoutMs" | "mostBytes">;
}

/** The request to the app as it answers now, or all problems of it. */
async function targetOf(engine: EngineClient, options: RequestOptions): Promise<Outcome<Target>> {
  const answer = await engine.ask({ op: "status", bare: true });
  const apps = answer?.ok === true ? answer.status.apps : [];
  const app = apps.find(({ name }) => name === options.app);
  if (!app || app.url === null || !ANSWERING.has(app.state)) return failed(notAnswering(options.app, app));
  const url = addressOf(app.url, options.path);
  const headers = options.headers.map((line) => /^([!#$%&'*+.^_`|~\w-]+):\s*([^\r\n]*)$/.exec(line));
  const method = (options.method ?? (options.body === null ? "GET" : "POST")).toUpperCase();
  const wrong = [
    ...(url === null
      ? [usage(`"${options.path}" is not a path of ${options.app}: expected one such as /api/items`)]
      : []),
    ...options.headers.flatMap((line, at) =>
      headers[at] ? [] : [usage(`-H: "${line}" is not a header: expected 'Name: value'`)],
    ),
    ...(/^[A-Z]{1,20}$/.test(method) ? [] : [usage(`-X: "${options.method}" is not a method`)]),
  ];
  if (url === null || wrong.length > 0) return failed(...wrong);
  const given = headers.map((found) => [found?.[1] ?? "", found?.[2] ?? ""] as const);
  const typed = given.some(([name]) => name.toLowerCase() === "content-type");
  const type: (readonly [string, string])[] =
    options.body === null || typed ? [] : [["content-type", contentType(options.body)]];
  const wanted = { method, path: url.pathname + url.search, body: options.body, secure: url.protocol === "https:" };
  return ok({ url, request: { ...wanted, headers: [...type, ...given] } });
}

/** While it reloads a request waits in its socket. */
const ANSWERING: ReadonlySet<AppStatus["state"]> = new Set<AppStatus["state"]>([
  "ready",
  "reloading",
  "running",
  "crashed",
]);

/** null: it is not on this app. */
function addressOf(base: string, path: string): URL | null {
  if (!path.startsWith("/") || path.startsWith("//")) return null;
  const url = URL.canParse(base + path) ? new URL(base + path) : null;
  return url?.origin === new URL(base).origin ? url : null;
}

function contentType(body: string): string {
  try {
    JSON.parse(body);
    return "application/json";
  } catch {
    return "application/x-www-form-urlencoded";
  }
}

async function exchanged(
  context: CommandContext,
  options: RequestOptions,
  { url, request: wanted }: Target,
): Promise<Outcome<RequestExchange>> {
  const { clock } = context.system;
  const listener = await createListener(context, options.app);
  const network = await context.system.network();
  const began = clock.monotonic();
  const bounded = { ...wanted, timeoutMs: options.timeoutMs, mostBytes: MOST_BYTES };
  const port = Number(url.port);
  let answer = await network.request(port, bounded);
  // TLS that only the app knows of: it has refused what was sent
  if ("error" in answer && !answer.refused && !wanted.secure && (await network.speaksTls(port, TLS_MS))) {
    url.protocol = "https:";
    answer = await network.request(port, { ...bounded, secure: true });
  }
  const ms = Math.round(clock.monotonic() - began);
  const logged = await listener.rest();
  const { app } = options;
  if ("error" in answer) return failed(noAnswer({ app, url, ms, logged }, answer.error));
  return ok({ app, method: wanted.method, url: String(url), ms, answer, logged });
}

function notAnswering(app: string, status: AppStatus | undefined): Diagnostic {
  const isServer = status?.url !== null || status?.port !== null;
  return {
    code: "DEVPM_APP_NOT_READY",
    severity: "error",
    summary: isServer
      ? `${app} is ${status?.state ?? "unknown"}, so it cannot be asked`
      : `${app} has no port, so it cannot be asked`,
    evidence: [],
    state: "Nothing was sent.",
    fixes: isServer
      ? [
          { label: "see what is wrong", command: "devpm errors" },
          { label: "or wait for it", command: `devpm wait ${app}` },
        ]
      : [{ label: "see which app has one", command: "devpm status" }],
  };
}

const noAnswer = (
  { app, url, ms, logged }: Pick<RequestExchange, "app" | "ms" | "logged"> & { url: URL },
  error: string,
): Diagnostic => ({
  code: "DEVPM_APP_NOT_READY",
  severity: "error",
  summary: `${app} did not answer`,
  evidence: [
    ["asked", String(url)],
    ["after", duration(ms)],
    ["error", error],
  ],
  app,
  excerpt: logged.map(({ line }) => line).slice(-6),
  fixes: [{ label: "what it says", command: `devpm logs ${app}` }],
});

const usage = (summary: string): Diagnostic => ({
  code: "DEVPM_USAGE",
  severity: "error",
  summary,
  evidence: [],
  fixes: [{ label: "", command: "devpm request --help" }],
});
