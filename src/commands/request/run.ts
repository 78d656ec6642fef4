import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { failed, ok, type Outcome } from "../../diagnostics/outcome.ts";
import { urlOf } from "../../model/project.ts";
import type { AppStatus } from "../../model/status.ts";
import type { EngineClient } from "../../system/engine/engine-client.ts";
import type { HttpAnswer, HttpRequest } from "../../system/http-request.ts";
import { duration } from "../../util/text.ts";
import { print, printJson, report, type CommandContext } from "../shared/context.ts";
import { withNamed } from "../shared/with-session.ts";
import type { RequestExchange } from "./exchange.ts";
import { createListener } from "./logged.ts";
import { answerLines, jsonAnswer } from "./print.ts";
import { noAnswer, notAsked } from "./unanswered.ts";

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
  /** Until it is ready, or until its newest save answers; or it is known that it will not. */
  settled(what: "ready" | "reload"): Promise<void>;
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
    async settled(what) {
      const ms = leftMs();
      await engine.ask({ op: "wait", apps: [app], for: what, timeoutMs: ms }, ms + ANSWER_MARGIN);
    },
  };
}

interface Target {
  url: URL;
  /** The process that is asked. */
  pid: number | null;
  request: Omit<HttpRequest, "timeoutMs" | "mostBytes">;
}

/** The request to the app as it answers now, or all problems of it. */
async function targetOf(limit: Limit, options: RequestOptions): Promise<Outcome<Target>> {
  let app = await limit.status();
  if (app && isStarting(app)) {
    await limit.settled("ready");
    app = await limit.status();
  }
  if (!app) return failed(notAsked(options.app, app));
  const base = app.url ?? urlOf(app);
  if (base === null || !ANSWERING.has(app.state) || isStarting(app)) return failed(notAsked(options.app, app));
  const url = addressOf(base, options.path);
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

/** The command or the save that starts an app is followed by the request that is to see it. Its address is known once it has been ready. */
const isStarting = ({ state, port, url }: AppStatus): boolean =>
  port !== null && (state === "pending" || state === "starting" || (state === "running" && url === null));

/** While it reloads a request waits in its socket; a warm app that crashed answers with its traceback. */
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
  const send = (secure = wanted.secure): Promise<HttpAnswer> => {
    began = clock.monotonic();
    const timeoutMs = Math.max(1, Math.ceil(limit.leftMs()));
    return network.request(port, { ...wanted, secure, timeoutMs, mostBytes: MOST_BYTES });
  };
  let answer = await send();
  if ("error" in answer && !answer.late && (await isAnother(limit, { pid, wanted, refused: answer.refused })))
    answer = await send();
  // TLS that only the app knows of: it has refused what was sent
  const unwanted = "error" in answer && !answer.late && !answer.refused && !wanted.secure;
  if (unwanted && (await network.speaksTls(port, TLS_MS))) {
    url.protocol = "https:";
    answer = await send(true);
  }
  const took = (since: number): number => Math.round(clock.monotonic() - since);
  const [ms, total] = [took(began), took(first)];
  const logged = await listener.rest();
  const { app, timeoutMs } = options;
  if ("error" in answer) {
    const error = answer.late ? `no complete answer within ${duration(timeoutMs)}` : answer.error;
    return failed(noAnswer({ app, url, ms: total, logged, error, status: await limit.status() }));
  }
  return ok({ app, method: wanted.method, url: String(url), ms, answer, logged });
}

/**
 * An app that restarts has closed its port, and may not have told so yet; what was sent to one that ended may be sent to the
 * next one if it only reads. Where none runs, the request itself may be what ended it.
 */
async function isAnother(
  limit: Limit,
  { pid, wanted, refused }: Pick<Target, "pid"> & { wanted: Target["request"]; refused: boolean },
): Promise<boolean> {
  if (limit.leftMs() === 0 || (!refused && !READING.has(wanted.method))) return false;
  await limit.settled("reload");
  if (limit.leftMs() === 0 || refused) return limit.leftMs() > 0;
  const now = (await limit.status())?.pid ?? null;
  return now !== null && now !== pid;
}

const READING: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

const usage = (summary: string): Diagnostic => ({
  code: "DEVPM_USAGE",
  severity: "error",
  summary,
  evidence: [],
  fixes: [{ label: "", command: "devpm request --help" }],
});
