import { jsonString } from "../../logs/record.ts";
import type { Peer } from "../../system/engine/engine-server.ts";
import type { Stamped, Receipt } from "../../model/events.ts";
import { MOST_REQUESTS } from "../../model/limits.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { Fault } from "../../model/fault.ts";
import type { Evaluated, Input, Prompt } from "../../model/prompt.ts";
import type { Answer, Joined, Report, Request, Stopped, WarmReport } from "../../model/protocol.ts";
import type { Status } from "../../model/status.ts";
import type { Listener, Subscription } from "../stream.ts";
import { eventsOf, type LogBatch } from "../../model/log-batch.ts";

/** The operations of a session that the socket offers. */
export interface Served {
  id: string;
  /** Memory and CPU: measured `patient`ly, over a moment from now if need be, `now`, or not at all, which takes no time. */
  status(usage: "patient" | "now" | "none"): Promise<Status>;
  /** What is broken now, newest first. */
  errors(): Promise<{ errors: readonly Fault[]; notes: string[] }>;
  /** Resolves once the configuration is known, as it is on disk now; `error`: the session ends, or it cannot be used. */
  join(gone: AbortSignal): Promise<Joined | { error: string; diagnostics: Diagnostic[] }>;
  subscribe(listener: Listener, options?: Subscription): () => void;
  /** These files are printed into by a client: their saves are nobody's. */
  printedInto(files: readonly string[]): void;
  /** This process of a client prints, until what it returns is called; other programs may write that into files. */
  printedBy(pid: number): () => void;
  /** Everything logged so far is in the files when it returns. */
  flushLogs(): void;
  /** Ends the session; resolves with the receipt. */
  down(force: boolean): Promise<Receipt>;
  /** null: done; else why not. */
  restart(apps: string[], gone: AbortSignal): Promise<string | null>;
  /** As `restart`; `gone` is aborted when the client no longer waits for the answer. */
  wait(request: Extract<Request, { op: "wait" }>, gone: AbortSignal): Promise<string | null>;
  /** Turns apps, tasks and groups on with their dependencies; resolves when they are ready. `error` null: they are. */
  start(names: string[], gone: AbortSignal): Promise<{ error: string | null; diagnostics: Diagnostic[] }>;
  /** Ends apps and tasks. */
  stop(names: string[]): Promise<Stopped | { error: string }>;
  /** Somebody looks at the prompts of the app, or of all, until `gone`. */
  attend(request: Extract<Request, { op: "attend" }>, gone: AbortSignal): { prompt: Prompt | null } | { error: string };
  /** null: sent; else why not. */
  input(app: string, input: Input): string | null;
  evaluate(request: Extract<Request, { op: "evaluate" }>, gone: AbortSignal): Promise<Evaluated | { error: string }>;
  /** A link to the page of the session, which is served from then on. */
  ui(): Promise<string>;
  report(app: string, report: WarmReport, peer: Peer): void;
}

/** One message from the socket, already checked for its shape. */
export type Receive = (message: Request | Report, peer: Peer) => void;

/** The requests in progress of one connection. */
interface PeerState {
  requests: number;
  streams: boolean;
  gone: AbortController;
}

export function receiver(session: Served): Receive {
  const states = new WeakMap<Peer, PeerState>();
  const stateOf = (peer: Peer): PeerState => {
    const known = states.get(peer);
    if (known) return known;
    const initial: PeerState = { requests: 0, streams: false, gone: new AbortController() };
    states.set(peer, initial);
    peer.onClosed(() => initial.gone.abort());
    return initial;
  };
  return (message, peer) => {
    if (message.op === "report") {
      if (message.session === session.id) session.report(message.app, message.report, peer);
      return;
    }
    const own = stateOf(peer);
    if (own.streams) return refuse(peer, "events are sent here: ask on another connection");
    if (message.op === "events") return stream(session, message, own, peer);
    if (own.requests >= MOST_REQUESTS) return refuse(peer, `${MOST_REQUESTS} requests are under way already`);
    own.requests++;
    void answer(session, message, own.gone.signal)
      .catch((error: unknown): Answer => ({ ok: false, error: `devpm failed to answer: ${String(error)}` }))
      .then((given) => {
        own.requests--;
        peer.send(given);
      });
  };
}

const refuse = (peer: Peer, error: string): void => peer.send({ ok: false, error } satisfies Answer);

type EventsRequest = Extract<Request, { op: "events" }>;

function stream(session: Served, { logs, outputs, printer }: EventsRequest, own: PeerState, peer: Peer): void {
  own.streams = true;
  if (outputs) session.printedInto(outputs);
  if (printer !== undefined) peer.onClosed(session.printedBy(printer));
  session.flushLogs();
  peer.send({ ok: true } satisfies Answer);
  follow(session, logs, peer);
}

/** Every event from now on, until the peer is gone. */
export function follow({ subscribe }: Pick<Served, "subscribe">, logs: boolean, peer: Peer): void {
  const lines = (batch: LogBatch): void => encodedLines(batch).forEach(peer.sendLog);
  peer.onClosed(subscribe(sender(peer, logs), logs ? { lines } : {}));
}

export async function answer(
  session: Served,
  request: Exclude<Request, { op: "events" }>,
  gone: AbortSignal,
): Promise<Answer> {
  switch (request.op) {
    case "status":
      return { ok: true, status: await session.status(request.bare ? "none" : "patient") };
    case "errors":
      return { ok: true, ...(await session.errors()) };
    case "join": {
      const joined = await session.join(gone);
      return "config" in joined ? { ok: true, joined } : { ok: false, ...joined };
    }
    case "down":
      return { ok: true, receipt: await session.down(request.force) };
    case "restart": {
      const error = await session.restart(request.apps, gone);
      return error === null ? { ok: true, status: await session.status("now") } : { ok: false, error };
    }
    case "start": {
      const { error, diagnostics } = await session.start(request.names, gone);
      return error === null ? { ok: true, status: await session.status("now") } : { ok: false, error, diagnostics };
    }
    case "stop": {
      const done = await session.stop(request.names);
      return "error" in done ? { ok: false, error: done.error } : { ok: true, stopped: done };
    }
    case "attend": {
      const attended = session.attend(request, gone);
      return "error" in attended ? { ok: false, error: attended.error } : { ok: true, prompt: attended.prompt };
    }
    case "input": {
      const error = session.input(request.app, { what: request.what, text: request.text });
      return error === null ? { ok: true } : { ok: false, error };
    }
    case "evaluate": {
      const done = await session.evaluate(request, gone);
      return "error" in done ? { ok: false, error: done.error } : { ok: true, evaluated: done };
    }
    case "ui":
      return { ok: true, url: await session.ui() };
    case "wait": {
      const error = await session.wait(request, gone);
      return error === null ? { ok: true, status: await session.status("none") } : { ok: false, error };
    }
  }
}

/** Each event is encoded once, whatever the number of readers. */
let encoded: { event: Stamped; line: string } | null = null;

let encodedBatch: { batch: LogBatch; lines: string[] } | null = null;

function encodedLines(batch: LogBatch): string[] {
  if (encodedBatch?.batch !== batch) encodedBatch = { batch, lines: eventsOf(batch).map(encodedEvent) };
  return encodedBatch.lines;
}

function sender(peer: Peer, logs: boolean): Listener {
  return (event) => {
    const isLog = event.event === "log";
    if (isLog && !logs) return;
    if (encoded?.event !== event) encoded = { event, line: encodedEvent(event) };
    if (isLog) peer.sendLog(encoded.line);
    else peer.sendLine(encoded.line);
  };
}

/** As JSON.stringify, except for the order of a log line's keys; a line that needs no escape is not escaped. */
export function encodedEvent(event: Stamped): string {
  if (event.event !== "log") return `${JSON.stringify(event)}\n`;
  const { at, app, stream: from, line, n } = event;
  return `{"event":"log","at":"${at}","n":${n ?? null},"app":${jsonString(app)},"stream":"${from}","line":${jsonString(line)}}\n`;
}
