import { useEffect, useState } from "preact/hooks";
import type { PageLine, PageMessage } from "../src/model/page.ts";
import type { Request } from "../src/model/protocol.ts";
import { ask, branchOf, probe, savesOf } from "./api.ts";
import { Drawing } from "./drawing.ts";
import { EMPTY, withEvent, withNotice, withSnapshot, withUsage, type PageModel } from "./model.ts";

type LineListener = (lines: readonly PageLine[] | "missed" | "reconnected") => void;

let page: PageModel = EMPTY;
const readers = new Set<() => void>();
const lineReaders = new Set<LineListener>();
let waiting: PageLine[] = [];
let source: EventSource | null = null;
let lostAt: number | null = null;

export function usePage(): PageModel {
  const [shown, show] = useState(page);
  useEffect(() => {
    const look = (): void => show(page);
    readers.add(look);
    look();
    return () => void readers.delete(look);
  }, []);
  return shown;
}

/** Lines as they come, many at a time. Returns the function that ends it. */
export function onLines(listener: LineListener): () => void {
  lineReaders.add(listener);
  return () => void lineReaders.delete(listener);
}

const drawing = new Drawing(showPage, () => {
  const lines = waiting;
  waiting = [];
  if (lines.length > 0) for (const listener of lineReaders) listener(lines);
  showPage();
});

function showPage(): void {
  for (const reader of readers) reader();
}

function set(next: PageModel): void {
  page = next;
  drawing.later();
}

function notifyLineReaders(what: "missed" | "reconnected"): void {
  for (const listener of lineReaders) listener(what);
}

function receive(message: PageMessage): void {
  if (message.event === "log") {
    const { n } = message;
    if (typeof n === "number") waiting.push({ ...message, n });
    return drawing.later();
  }
  if (message.event === "log.missed") return notifyLineReaders("missed");
  if (message.event === "page.snapshot") return connected(message);
  page = withEvent(page, message);
  drawing.now();
  if (message.event === "session.stopped") source?.close();
}

function connected(snapshot: Extract<PageMessage, { event: "page.snapshot" }>): void {
  const away = lostAt === null ? null : Math.round((performance.now() - lostAt) / 1_000);
  lostAt = null;
  set(withSnapshot(page, snapshot));
  if (away !== null) {
    set(withNotice(page, `connected again after ${away} s: what was missed is loaded`, false));
    notifyLineReaders("reconnected");
  }
  void savesOf().then((saves) => set({ ...page, saves: saves.length >= page.saves.length ? saves : page.saves }));
  void measure();
}

/** Follows the session; tries again by itself until the session has ended. */
export function connect(): void {
  open();
  document.addEventListener("visibilitychange", () => void measure());
  setInterval(() => void measure(), MEASURE_MS);
}

function open(): void {
  source = new EventSource("events");
  source.addEventListener("message", ({ data }) => receive(JSON.parse(data as string) as PageMessage));
  source.addEventListener("error", () => void broken());
}

const RETRY_MS = 1_000;
const MEASURE_MS = 5_000;

async function broken(): Promise<void> {
  if (page.connection === "ended") return;
  lostAt ??= performance.now();
  source?.close();
  const state = await probe();
  set({ ...page, connection: state === "unknown browser" ? "refused" : state === "gone" ? "gone" : "lost" });
  if (state === "unknown browser") return;
  setTimeout(open, RETRY_MS);
}

/** Memory, CPU and the branch, which no event reports; only while the page is visible. */
async function measure(): Promise<void> {
  if (document.hidden || page.connection !== "live") return;
  const [answer, branch] = await Promise.all([ask({ op: "status" }), branchOf()]);
  if (answer.ok) set({ ...withUsage(page, answer.status), branch });
}

/** A line for a program that waits at a prompt; what it does with it comes as events. */
export async function answerPrompt(app: string, text: string): Promise<boolean> {
  const answer = await ask({ op: "input", app, what: "line", text });
  if (!answer.ok) say(answer.error, true);
  return answer.ok;
}

type Action = Extract<Request, { op: "restart" | "start" | "stop" }>;

const DONE = { restart: "restarted", start: "started", stop: "stopped" };

/** Asks for it; the answer comes when it is done, and its events show the way there. */
export async function act(action: Action): Promise<void> {
  const names = action.op === "restart" ? action.apps : action.names;
  const mark = (what: string | null): void => {
    const busy = new Map(page.busy);
    for (const name of names) {
      if (what === null) busy.delete(name);
      else busy.set(name, what);
    }
    set({ ...page, busy });
  };
  mark({ restart: "restarting", start: "starting", stop: "stopping" }[action.op]);
  const answer = await ask(action);
  mark(null);
  set(withNotice(page, answer.ok ? `${names.join(", ")} ${DONE[action.op]}` : answer.error, !answer.ok));
}

export function dismiss(id: number): void {
  set({ ...page, notices: page.notices.filter((notice) => notice.id !== id) });
}

export const say = (text: string, isError = false): void => set(withNotice(page, text, isError));
