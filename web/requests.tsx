import { useEffect, useState } from "preact/hooks";
import type { TracedRequest } from "../src/model/traced-request.ts";
import { requestsOf, SILENT } from "./api.ts";
import { editorLink } from "./editors.ts";
import { fineDuration, timeOfDay } from "./format.ts";
import { KnownRequests } from "./known-requests.ts";
import { plainText } from "./logs/ansi.ts";
import { LineText } from "./logs/line-text.tsx";
import type { PageModel } from "./model.ts";
import { replaceRoute } from "./route.ts";
import { read } from "./settings.ts";
import { onLines } from "./store.ts";

const SHOWN = 500;
/** Lines show that there may be a new one; at most this often the engine is asked. */
const ASK_MS = 1_000;
/** A server that prints no access lines has requests too. */
const LOOK_MS = 3_000;
const CHECK_MS = 250;

/** The last requests to the apps, the newest on top; one opens what it printed. */
export function Requests({ page, query }: { page: PageModel; query: URLSearchParams }) {
  const { requests, isSilent } = useRequests();
  const app = query.get("app") ?? "";
  const isFailed = query.get("failed") === "1";
  const change = (next: { app?: string; failed?: boolean }): void => {
    const wanted = { app, failed: isFailed, ...next };
    const parameters = new URLSearchParams(wanted.app === "" ? {} : { app: wanted.app });
    if (wanted.failed) parameters.set("failed", "1");
    replaceRoute("requests", parameters);
  };
  const shown = (requests ?? [])
    .filter((one) => (app === "" || one.app === app) && (!isFailed || one.status >= 400))
    .slice(-SHOWN)
    .toReversed();
  return (
    <section aria-labelledby="requests-title">
      <div class="tools">
        <h2 id="requests-title">Requests</h2>
        <select aria-label="App" value={app} onChange={({ currentTarget: { value } }) => change({ app: value })}>
          <option value="">all apps</option>
          {[...page.session.apps.keys()].map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
        <label>
          <input
            type="checkbox"
            checked={isFailed}
            onChange={({ currentTarget: { checked } }) => change({ failed: checked })}
          />{" "}
          failed only
        </label>
      </div>
      {shown.length > 0 && (
        <p class="dim">
          Warm Flask, Django, uvicorn, waitress and Daphne are measured; other servers are known by their access lines.
          Of requests that overlap, a line may be shown with another one.
        </p>
      )}
      {shown.length === 0 ? (
        <p class="empty">
          {requests === null ? (isSilent ? SILENT : "Loading …") : requests.length > 0 ? NONE_OF_THESE : NONE_YET}
        </p>
      ) : (
        <ol class="plain requests" reversed>
          {shown.map((request) => (
            <Item key={request.id} request={request} page={page} />
          ))}
        </ol>
      )}
    </section>
  );
}

const NONE_YET = "No request yet. A warm Python measures its own; others are read from the access lines in the logs.";
const NONE_OF_THESE = "None of the requests is one of these.";

interface Known {
  /** null: not known yet. */
  requests: readonly TracedRequest[] | null;
  /** The last question had no answer. */
  isSilent: boolean;
}

function useRequests(): Known {
  const [known, show] = useState<Known>({ requests: null, isSilent: false });
  useEffect(() => {
    const gone = new AbortController();
    void askOn(gone.signal, (requests) =>
      show((before) => ({ requests: requests ?? before.requests, isSilent: requests === null })),
    );
    return () => gone.abort();
  }, []);
  return known;
}

/** One question after the other, while the view is shown. */
async function askOn(gone: AbortSignal, show: (requests: readonly TracedRequest[] | null) => void): Promise<void> {
  const known = new KnownRequests();
  while (!gone.aborted) {
    const began = performance.now();
    const after = known.after(began);
    const found = await requestsOf(after, gone);
    if (gone.aborted) return;
    if (found) known.take(found, after, performance.now());
    show(found && known.all);
    // what searches long is asked seldom
    await untilWorthIt(Math.max(ASK_MS, (performance.now() - began) * 10), gone);
  }
}

/** After this pause, once a line came or some time has passed, and the page is visible. */
function untilWorthIt(pauseMs: number, gone: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const began = performance.now();
    let hasNews = false;
    const leave = onLines(() => (hasNews = true));
    const regular = setInterval(() => {
      const passed = performance.now() - began;
      const isTime = passed >= pauseMs && (hasNews || passed >= LOOK_MS) && !document.hidden;
      if (!isTime && !gone.aborted) return;
      clearInterval(regular);
      leave();
      resolve();
    }, CHECK_MS);
  });
}

function Item({ request, page }: { request: TracedRequest; page: PageModel }) {
  const { at, app, method, path, route, status, ms, exception, lines } = request;
  const kind = status >= 500 ? "bad" : status >= 400 ? "warn" : "good";
  return (
    <li data-testid="request">
      <details>
        <summary>
          <span class="dim">{timeOfDay(at)}</span> <span class={kind}>{status}</span> {method}{" "}
          <bdi class="file">{plainText(path)}</bdi> <span class="dim">{app}</span>{" "}
          {ms !== null && <span class="took">{fineDuration(ms)}</span>}
          {exception && <bdi class="bad"> {plainText(exception.message)}</bdi>}
        </summary>
        {route !== null && <p class="dim route">route {plainText(route)}</p>}
        {exception && <Cause exception={exception} page={page} />}
        <pre tabIndex={0} aria-label={`what ${app} printed`}>
          {lines.map(({ line }, index) => (
            <div key={index}>
              <LineText line={line} />
            </div>
          ))}
        </pre>
      </details>
    </li>
  );
}

function Cause({ exception, page }: { exception: NonNullable<TracedRequest["exception"]>; page: PageModel }) {
  const { file, line, frame } = exception;
  const link = editorLink(read("editor") ?? page.editor, page.root, file, line);
  return (
    <>
      {link !== null && (
        <a href={link}>
          {file}
          {line === null ? "" : `:${line}`}
        </a>
      )}
      {frame.length > 0 && (
        <pre tabIndex={0} aria-label="the code there">
          {frame.map(plainText).join("\n")}
        </pre>
      )}
    </>
  );
}
