import { failed, ok, type Outcome } from "../../diagnostics/outcome.ts";
import type { HttpAnswer } from "../../system/http-request.ts";
import { duration } from "../../util/text.ts";
import type { CommandContext } from "../shared/context.ts";
import type { AskedApp } from "./asked-app.ts";
import { createListener, type LoggedLine } from "./logged.ts";
import type { RequestTarget } from "./target.ts";
import { noAnswer } from "./unanswered.ts";

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
  const left = (): number => Math.max(1, Math.ceil(asked.leftMs()));
  const send = (secure = request.secure): Promise<HttpAnswer> => {
    began = clock.monotonic();
    return network.request(port, { ...request, secure, timeoutMs: left(), mostBytes: MOST_BYTES });
  };
  let answer = await send();
  if (isUnanswered(answer) && (await isAnother(asked, { pid, method: request.method, refused: answer.refused })))
    answer = await send();
  // TLS that only the app knows of: it has refused what was sent
  const mayBeTls = isUnanswered(answer) && !answer.refused && !request.secure;
  if (mayBeTls && (await network.speaksTls(port, Math.min(TLS_MS, left())))) {
    url.protocol = "https:";
    answer = await send(true);
  }
  const took = (since: number): number => Math.round(clock.monotonic() - since);
  const [ms, total] = [took(began), took(first)];
  const logged = await listener.rest();
  if ("error" in answer) {
    const error = answer.late ? `no complete answer within ${duration(timeoutMs)}` : answer.error;
    return failed(noAnswer({ app, url, ms: total, logged, error, status: await asked.status() }));
  }
  return ok({ app, method: request.method, url: String(url), ms, answer, logged });
}

type Failed = Extract<HttpAnswer, { error: string }>;

/** It has failed before its time was over. */
const isUnanswered = (answer: HttpAnswer): answer is Failed => "error" in answer && !answer.late;

const READING: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Whether another process of the app answers now. One that restarts has closed its port, and may not have told so yet; what was sent
 * to one that ended is sent to the next one if it only reads. Where none runs, the request itself may be what ended it.
 */
async function isAnother(
  asked: AskedApp,
  { pid, method, refused }: { pid: number | null; method: string; refused: boolean },
): Promise<boolean> {
  if (!refused && !READING.has(method)) return false;
  await asked.reloaded();
  const now = (await asked.started()).app?.pid ?? null;
  return asked.leftMs() > 0 && (refused || (now !== null && now !== pid));
}
