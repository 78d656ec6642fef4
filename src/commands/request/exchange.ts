import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { failed, ok, type Outcome } from "../../diagnostics/outcome.ts";
import type { HttpAnswer } from "../../system/http-request.ts";
import { duration } from "../../util/text.ts";
import type { CommandContext } from "../shared/context.ts";
import type { AskedApp } from "./asked-app.ts";
import { createListener, type LoggedLine } from "./logged.ts";
import type { RequestTarget } from "./target.ts";

/** What came back, and what the app logged meanwhile. */
export interface RequestExchange {
  app: string;
  method: string;
  url: string;
  ms: number;
  answer: Exclude<HttpAnswer, { error: string }>;
  logged: LoggedLine[];
}

/** What is kept of an answer; an app may send without end. */
const MOST_BYTES = 1024 * 1024;

const TLS_MS = 2_000;

export interface ExchangeOptions {
  app: string;
  asked: AskedApp;
  timeoutMs: number;
}

/** Sends the request, once more where it reached no app or did not speak its protocol. */
export async function exchangeWith(
  context: CommandContext,
  { url, request, pid }: RequestTarget,
  { app, asked, timeoutMs }: ExchangeOptions,
): Promise<Outcome<RequestExchange>> {
  const { clock } = context.system;
  const listener = await createListener(context, app);
  const network = await context.system.network();
  const port = Number(url.port);
  const first = clock.monotonic();
  let began = first;
  const send = (within: number, secure = request.secure): Promise<HttpAnswer> => {
    began = clock.monotonic();
    return network.request(port, { ...request, secure, timeoutMs: within, mostBytes: MOST_BYTES });
  };
  let answer = await send(timeoutMs);
  if ("error" in answer && (await isAnother(asked, { pid, method: request.method, refused: answer.refused })))
    answer = await send(Math.max(1, Math.ceil(asked.leftMs())));
  // TLS that only the app knows of: it has refused what was sent
  if ("error" in answer && !answer.refused && !request.secure && (await network.speaksTls(port, TLS_MS))) {
    url.protocol = "https:";
    answer = await send(timeoutMs, true);
  }
  const took = (since: number): number => Math.round(clock.monotonic() - since);
  const [ms, total] = [took(began), took(first)];
  const logged = await listener.rest();
  if ("error" in answer) return failed(noAnswer({ app, url, ms: total, logged }, answer.error));
  return ok({ app, method: request.method, url: String(url), ms, answer, logged });
}

const READING: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Whether another process of the app answers now. One that restarts has closed its port, and may not have told so yet; what was sent
 * to a process that ended may be sent twice if it only reads.
 */
async function isAnother(
  asked: AskedApp,
  { pid, method, refused }: { pid: number | null; method: string; refused: boolean },
): Promise<boolean> {
  if (asked.leftMs() === 0 || (!refused && !READING.has(method))) return false;
  await asked.settled();
  return asked.leftMs() > 0 && (refused || (await asked.status())?.pid !== pid);
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
