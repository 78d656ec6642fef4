import { useEffect, useState } from "preact/hooks";
import type { ListedSession } from "../src/model/page.ts";
import { openOther, sessionsOf, SILENT } from "./api.ts";
import { AppLink } from "./app-link.tsx";
import { timeOfDay } from "./format.ts";
import { say } from "./store.ts";

const LOOK_MS = 5_000;

/** Every session of this user; another one's page is opened by its own engine. */
export function Machine() {
  const [sessions, show] = useState<ListedSession[] | null>(null);
  const [isSilent, setSilent] = useState(false);
  useEffect(() => {
    const look = async (): Promise<void> => {
      if (document.hidden) return;
      const found = await sessionsOf();
      setSilent(found === null);
      if (found !== null) show(found);
    };
    void look();
    const timer = setInterval(() => void look(), LOOK_MS);
    return () => clearInterval(timer);
  }, []);
  if (sessions === null) return <p class="empty">{isSilent ? SILENT : "Looking for sessions …"}</p>;
  const ordered = sessions.toSorted(
    (a, b) => Number(b.isThis) - Number(a.isThis) || a.project.localeCompare(b.project),
  );
  return (
    <section aria-labelledby="machine-title">
      <h2 id="machine-title">Sessions of this machine</h2>
      <ul class="cards">
        {ordered.map((session) => (
          <Card key={session.id} session={session} />
        ))}
      </ul>
    </section>
  );
}

function Card({ session }: { session: ListedSession }) {
  const { id, project, root, branch, state, apps, startedAt, isThis } = session;
  const [isOpening, setOpening] = useState(false);
  const open = async (): Promise<void> => {
    setOpening(true);
    const answer = await openOther(id);
    setOpening(false);
    if ("url" in answer) location.assign(answer.url);
    else say(answer.error, true);
  };
  return (
    <li class="card" aria-current={isThis ? "true" : undefined}>
      <div class="row">
        <strong>{project}</strong>
        <span class={`pill state-${state}`}>{state === "unresponsive" ? "does not answer" : state}</span>
        {branch !== null && <span class="branch">{branch}</span>}
        <span class="grow" />
        {isThis ? (
          <span class="dim">this page</span>
        ) : (
          <button disabled={isOpening || state === "dead" || state === "unresponsive"} onClick={() => void open()}>
            Open
            <span class="hidden">
              {" "}
              the page of {project} in {root}
            </span>
          </button>
        )}
      </div>
      <div class="dim path">{root}</div>
      <div class="dim">since {timeOfDay(startedAt)}</div>
      <ul class="plain">
        {apps.map(({ name, state: appState, url }) => (
          <li key={name}>
            <span class={`dot state-${appState}`} aria-hidden="true" /> {name} <span class="dim">{appState}</span>{" "}
            {url !== null && <AppLink url={url} />}
          </li>
        ))}
      </ul>
    </li>
  );
}
