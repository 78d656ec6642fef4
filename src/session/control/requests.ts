import { jsonString } from "../../logs/record.ts";
import type { Peer } from "../../system/engine-server.ts";
import type { Stamped, Receipt } from "../../model/events.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { Answer, Request, Stopped, WarmReport } from "../../model/protocol.ts";
import type { Status } from "../../model/status.ts";
import type { Listener } from "../stream.ts";

/** What the socket can ask of a session. */
export interface Served {
  id: string;
  status(): Promise<Status>;
  subscribe(listener: Listener): () => void;
  /** Everything logged so far is in the files when it returns. */
  flushLogs(): void;
  /** Ends the session; resolves with what was done. */
  down(force: boolean): Promise<Receipt>;
  /** null: done; else why not. */
  restart(apps: string[]): Promise<string | null>;
  wait(apps: string[], what: "ready" | "reload", timeoutMs: number): Promise<string | null>;
  /** Turns apps, tasks and groups on, with what they need; back when they are ready. `error` null: they are. */
  start(names: string[]): Promise<{ error: string | null; diagnostics: Diagnostic[] }>;
  /** Ends apps and tasks. */
  stop(names: string[]): Promise<Stopped | { error: string }>;
  report(app: string, report: WarmReport, peer: Peer): void;
}

/** One message from the socket. A message that is no request is answered with what is wrong with it. */
export function receive(session: Served, message: unknown, peer: Peer): void {
  const request = message as Request;
  switch (request.op) {
    case "events":
      session.flushLogs();
      peer.send({ ok: true } satisfies Answer);
      peer.onClosed(session.subscribe(sender(peer, request.logs)));
      return;
    case "report":
      if (request.session === session.id) session.report(request.app, request.report, peer);
      return;
    case "status":
    case "down":
    case "restart":
    case "wait":
    case "start":
    case "stop":
      void answer(session, request).then((said) => peer.send(said));
      return;
    default:
      peer.send({ ok: false, error: `unknown request ${JSON.stringify(message)}` } satisfies Answer);
  }
}

async function answer(session: Served, request: Exclude<Request, { op: "events" | "report" }>): Promise<Answer> {
  switch (request.op) {
    case "status":
      return { ok: true, status: await session.status() };
    case "down":
      return { ok: true, receipt: await session.down(request.force) };
    case "restart": {
      const error = await session.restart(request.apps);
      return error === null ? { ok: true, status: await session.status() } : { ok: false, error };
    }
    case "start": {
      const { error, diagnostics } = await session.start(request.names);
      return error === null ? { ok: true, status: await session.status() } : { ok: false, error, diagnostics };
    }
    case "stop": {
      const done = await session.stop(request.names);
      return "error" in done ? { ok: false, error: done.error } : { ok: true, stopped: done };
    }
    case "wait": {
      const error = await session.wait(request.apps, request.for, request.timeoutMs);
      return error === null ? { ok: true, status: await session.status() } : { ok: false, error };
    }
  }
}

/** Each event is encoded once, however many readers there are. */
let encoded: { event: Stamped; line: string } | null = null;

function sender(peer: Peer, logs: boolean): Listener {
  return (event) => {
    if (!logs && event.event === "log") return;
    if (encoded?.event !== event) encoded = { event, line: encodedEvent(event) };
    peer.sendLine(encoded.line);
  };
}

function encodedEvent(event: Stamped): string {
  if (event.event !== "log") return `${JSON.stringify(event)}\n`;
  const { at, app, stream, line, n } = event;
  return `{"event":"log","at":"${at}","n":${n ?? null},"app":${jsonString(app)},"stream":"${stream}","line":${jsonString(line)}}\n`;
}
