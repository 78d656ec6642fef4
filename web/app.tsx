import { useEffect, useState } from "preact/hooks";
import { plural } from "../src/util/figures.ts";
import { KeysDialog, useKeys } from "./keys.tsx";
import { Logs } from "./logs/logs.tsx";
import { Machine } from "./machine.tsx";
import type { PageModel } from "./model.ts";
import { Now } from "./now/now.tsx";
import { Requests } from "./requests.tsx";
import { addressOf, routeOf, useRoute, VIEWS, type View } from "./route.ts";
import { nextTheme } from "./settings.ts";
import { act, dismiss, say, usePage } from "./store.ts";
import { Which, type Asked } from "./which.tsx";

const NAMES: Record<View, string> = { now: "Now", logs: "Logs", requests: "Requests", machine: "Machine" };

export function App() {
  const page = usePage();
  const { view, query } = useRoute();
  const [isHelp, showHelp] = useState(false);
  const [asked, ask] = useState<Asked | null>(null);
  const apps = [...page.session.apps.keys()];
  usePageKeys(apps, ask, () => showHelp(true));
  useEffect(() => {
    const errors = page.session.errors.length;
    document.title = `${errors > 0 ? `(${errors}) ` : ""}${page.project === "" ? "devpm" : page.project} · ${NAMES[view]}`;
  });
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        Skip to the content
      </a>
      <Head page={page} view={view} help={() => showHelp(true)} />
      <Connection page={page} />
      {asked !== null && (
        <Which asked={asked} apps={apps} choose={(app) => chosen(asked, app, page)} close={() => ask(null)} />
      )}
      <main id="main" tabIndex={-1}>
        {view === "now" && <Now page={page} />}
        {view === "logs" && <Logs page={page} query={query} />}
        {view === "requests" && <Requests page={page} query={query} />}
        {view === "machine" && <Machine />}
      </main>
      <Notices page={page} />
      {isHelp && <KeysDialog close={() => showHelp(false)} />}
    </>
  );
}

/** Not by its address: what stands there names the view. */
function skip(event: Event): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

function usePageKeys(apps: readonly string[], ask: (asked: Asked) => void, help: () => void): void {
  const go = (to: View, part?: string): void => {
    if (part === undefined || routeOf(location.hash).view !== to) location.hash = addressOf(to);
    if (part !== undefined) whenDrawn(`#${part}`, (title) => title.scrollIntoView());
  };
  const type = (to: View, field: string): void => {
    if (routeOf(location.hash).view !== to) go(to);
    // at once where it is there: what is typed next is for it
    whenDrawn(field, (input) => input.focus());
  };
  const digits = apps.slice(0, 9).map((app, at) => [String(at + 1), () => showLines(app)] as const);
  useKeys({
    ...Object.fromEntries(digits),
    "0": () => go("logs"),
    "/": () => type("logs", "input[type=search]"),
    e: () => go("now", "errors-title"),
    t: () => go("now", "saves-title"),
    u: () => go("now", "parts-title"),
    i: () => type("now", ".prompt-line"),
    r: () => ask("restart"),
    o: () => ask("open"),
    N: () => go("now"),
    L: () => go("logs"),
    R: () => go("requests"),
    M: () => go("machine"),
    T: () => say(`colours: ${nextTheme()}`),
    h: help,
    "?": help,
  });
}

/** A view is drawn a frame or two after its address; what never comes is given up after half a second. */
function whenDrawn(selector: string, use: (element: HTMLElement) => void, frames = 30): void {
  const found = document.querySelector<HTMLElement>(selector);
  if (found) use(found);
  else if (frames > 0) requestAnimationFrame(() => whenDrawn(selector, use, frames - 1));
}

const showLines = (app: string): void => {
  location.hash = addressOf("logs", new URLSearchParams({ app }));
};

/** `app` null: all of them, or the first one that has an address. */
function chosen(asked: Asked, app: string | null, { session }: PageModel): void {
  const named = [...session.apps.values()].filter(({ status }) => app === null || status.name === app);
  if (asked === "restart") return void act({ op: "restart", apps: named.map(({ status }) => status.name) });
  const url = named.map(({ status }) => status.url).find((one) => one !== null);
  if (url === undefined || url === null) say(`${app ?? "no app"} has ${app === null ? "an" : "no"} address`, true);
  else open(url, "_blank", "noopener");
}

function Head({ page, view, help }: { page: PageModel; view: View; help: () => void }) {
  const { session, project, root, connection, branch } = page;
  const errors = session.errors.length;
  const state = connection === "live" ? session.state : connection;
  return (
    <header>
      <div class="title">
        <h1>{project === "" ? "devpm" : project}</h1>
        <span class={`pill state-${state}`} data-testid="session-state">
          {state}
        </span>
        {errors > 0 && <span class="pill state-crashed">{plural(errors, "error")}</span>}
        {branch !== null && (
          <span class="branch" data-testid="branch" title="branch">
            {branch}
          </span>
        )}
        <span class="root" title={root}>
          {root}
        </span>
      </div>
      <nav aria-label="Views">
        {VIEWS.map((name) => (
          <a key={name} href={addressOf(name)} aria-current={name === view ? "page" : undefined}>
            {NAMES[name]}
          </a>
        ))}
        <button class="quiet" onClick={help} aria-label="Keys" title="Keys (?)">
          ?
        </button>
      </nav>
    </header>
  );
}

/** Where the page is not live, why, and what to do. */
function Connection({ page: { connection, receipt, project } }: { page: PageModel }) {
  switch (connection) {
    case "live":
      return null;
    case "connecting":
      return <Banner text="Connecting to the session …" />;
    case "lost":
      return (
        <Banner kind="warn" text="The connection was lost. What is shown is the last known state; trying again …" />
      );
    case "gone":
      return (
        <Banner
          kind="bad"
          text="The session has gone without a word: it was killed, or its machine sleeps. What is shown is its last state."
          command="devpm dev"
        />
      );
    case "refused":
      return <Banner kind="bad" text="The session does not know this browser any more." command="devpm ui" />;
    case "ended":
      return (
        <Banner
          kind="bad"
          text={`The session of ${project} has ended. ${plural(receipt?.ended.length ?? 0, "process", "processes")} stopped${
            receipt && receipt.leftovers.length > 0 ? `, ${receipt.leftovers.length} left over` : ", nothing left over"
          }.`}
          command="devpm dev"
        />
      );
  }
}

function Banner({ text, kind = "", command }: { text: string; kind?: string; command?: string }) {
  return (
    <div class={`banner ${kind}`} role="status" data-testid="connection">
      {text} {command !== undefined && <code>{command}</code>}
    </div>
  );
}

function Notices({ page: { notices } }: { page: PageModel }) {
  return (
    <div class="notices" role="status" aria-live="polite">
      {notices.map(({ id, text, isError }) => (
        <Notice key={id} id={id} text={text} isError={isError} />
      ))}
    </div>
  );
}

const NOTICE_MS = 8_000;

function Notice({ id, text, isError }: { id: number; text: string; isError: boolean }) {
  useEffect(() => {
    const timer = setTimeout(() => dismiss(id), isError ? NOTICE_MS * 3 : NOTICE_MS);
    return () => clearTimeout(timer);
  }, [id]);
  return (
    <div class={`notice${isError ? " bad" : ""}`}>
      <span>{text}</span>
      <button class="quiet" aria-label="Dismiss" onClick={() => dismiss(id)}>
        ×
      </button>
    </div>
  );
}
