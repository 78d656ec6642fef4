import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { failed, ok, type Outcome } from "../../diagnostics/outcome.ts";
import type { AppStatus } from "../../model/status.ts";
import type { EngineClient } from "../../system/engine/engine-client.ts";
import type { HttpAnswer, HttpRequest } from "../../system/http-request.ts";
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

/** The engine itself keeps the deadline; its answer needs a moment to arrive. */
const ANSWER_MARGIN = 1_000;

/** `devpm request APP PATH`: 0 where the app answers, whatever the status; 1 where it does not. */
export function request(context: CommandContext, options: RequestOptions): Promise<number> {
  return withNamed(context, "request", [options.app], async (engine) => {
    const limit = limitOf(context, engine, options);
    const target = await targetOf(limit, options);
    if (!target.ok) return report(context, target.diagnostics);
    const exchange = await exchanged(context, options, limit, target.value);
    if (!exchange.ok) return report(context, exchange.diagnostics);
    if (options.json) printJson(context, jsonAnswer(exchange.value));
    else print(context.terminal.out, answerLines(exchange.value));
    return 0;
  });
}

/** The app within what `--timeout` leaves. */
interface Limit {
  leftMs(): number;
  status(): Promise<AppStatus | undefined>;
  /** Until its newest save answers, or it is known that it will not. */
  settled(): Promise<void>;
}

function limitOf(
  { system: { clock } }: CommandContext,
  engine: EngineClient,
  { app, timeoutMs }: RequestOptions,
): Limit {
  const deadline = clock.monotonic() + timeoutMs;
  const leftMs = (): number => Math.max(0, deadline - clock.monotonic());
  return {
    leftMs,
    async status() {
      const answer = await engine.ask({ op: "status", bare: true });
      return answer?.ok === true ? answer.status.apps.find(({ name }) => name === app) : undefined;
    },
    async settled() {
      const ms = leftMs();
      await engine.ask({ op: "wait", apps: [app], for: "reload", timeoutMs: ms }, ms + ANSWER_MARGIN);
    },
  };
}

interface Target {
  url: URL;
  /** The process that is asked. */
  pid: number | null;
  request: Omit<HttpRequest, "timeoutMs" | "mostBytes">;
}

/** The app as it is once it does not start any more. */
async function started(limit: Limit): Promise<AppStatus | undefined> {
  const app = await limit.status();
  if (!app?.url || !STARTING.has(app.state)) return app;
  await limit.settled();
  return limit.status();
}

/** The request to the app as it answers now, or all problems of it. */
async function targetOf(limit: Limit, options: RequestOptions): Promise<Outcome<Target>> {
  const app = await started(limit);
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
  return ok({ url, pid: app.pid, request: { ...wanted, headers: [...type, ...given] } });
}

/** A save that restarts an app is followed by the request that is to see it. */
const STARTING: ReadonlySet<AppStatus["state"]> = new Set<AppStatus["state"]>(["pending", "starting"]);

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
  limit: Limit,
  { url, request: wanted, pid }: Target,
): Promise<Outcome<RequestExchange>> {
  const { clock } = context.system;
  const listener = await createListener(context, options.app);
  const network = await context.system.network();
  const port = Number(url.port);
  const first = clock.monotonic();
  let began = first;
  const send = (timeoutMs: number, secure = wanted.secure): Promise<HttpAnswer> => {
    began = clock.monotonic();
    return network.request(port, { ...wanted, secure, timeoutMs, mostBytes: MOST_BYTES });
  };
  let answer = await send(options.timeoutMs);
  if ("error" in answer && (await isAnother(limit, { pid, wanted, refused: answer.refused })))
    answer = await send(Math.max(1, Math.ceil(limit.leftMs())));
  // TLS that only the app knows of: it has refused what was sent
  if ("error" in answer && !answer.refused && !wanted.secure && (await network.speaksTls(port, TLS_MS))) {
    url.protocol = "https:";
    answer = await send(options.timeoutMs, true);
  }
  const took = (since: number): number => Math.round(clock.monotonic() - since);
  const [ms, total] = [took(began), took(first)];
  const logged = await listener.rest();
  const { app } = options;
  if ("error" in answer) return failed(noAnswer({ app, url, ms: total, logged }, answer.error));
  return ok({ app, method: wanted.method, url: String(url), ms, answer, logged });
}

/** An app that restarts has closed its port, and may not have told so yet; what was sent to one that ended may be sent twice if it only reads. */
async function isAnother(
  limit: Limit,
  { pid, wanted, refused }: Pick<Target, "pid"> & { wanted: Target["request"]; refused: boolean },
): Promise<boolean> {
  if (limit.leftMs() === 0 || (!refused && !READING.has(wanted.method))) return false;
  await limit.settled();
  const now = (await started(limit))?.pid ?? null;
  return limit.leftMs() > 0 && (refused || (now !== null && now !== pid));
}

const READING: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

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
