import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { PageLine } from "../../src/model/page.ts";
import { useKeys } from "../keys.tsx";
import type { PageModel } from "../model.ts";
import { replaceRoute, routeOf } from "../route.ts";
import { read, write } from "../settings.ts";
import { say } from "../store.ts";
import { copyLines, downloadLines } from "./export.ts";
import { filterOf, parametersOf, patternProblem, type Filter } from "./filter.ts";
import { LineList } from "./line-list.tsx";
import { Period } from "./period.tsx";
import { LogReader } from "./reader.ts";

/** The history and what comes, of all apps or some. */
export function Logs({ page, query }: { page: PageModel; query: URLSearchParams }) {
  const key = query.toString();
  const filter = useMemo(() => filterOf(query), [key]);
  const [, redraw] = useState(0);
  const [isFollowing, follow] = useState(true);
  const [hasTimes, showTimes] = useState(read("times") !== "off");
  const search = useRef<HTMLInputElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const problem = patternProblem(filter);
  const reader = useMemo(() => new LogReader(filter, () => redraw((count) => count + 1)), [key]);
  useEffect(() => {
    if (problem === "") void reader.start();
    return () => reader.close();
  }, [reader]);
  const change = (part: Partial<Filter>): void => {
    // from the address: a text that is being typed must not undo what was changed meanwhile
    replaceRoute("logs", parametersOf({ ...filterOf(routeOf(location.hash).query), ...part }));
    follow(true);
  };
  useKeys({
    Escape: () => {
      if (search.current) search.current.value = "";
      change({ find: "" });
    },
    E: () => change({ level: filter.level === "error" ? "" : "error" }),
    c: () => change({ since: new Date().toISOString() }),
    p: () => follow(!isFollowing),
    s: () => showTimes(toggled("times")),
    End: () => follow(true),
    Home: () => {
      follow(false);
      void reader.toStart().then(() => requestAnimationFrame(() => box.current?.scrollTo({ top: 0 })));
    },
  });
  const lastSave = page.saves.at(-1)?.savedAt ?? null;
  return (
    <section class={`logs${hasTimes ? "" : " no-times"}`} aria-label="Logs">
      <Tools filter={filter} change={change} page={page} lastSave={lastSave} search={search} problem={problem} />
      {problem !== "" ? (
        <p class="empty bad" role="alert">
          {problem}
        </p>
      ) : (
        <LineList box={box} reader={reader} isFollowing={isFollowing} follow={follow} />
      )}
      <div class="row foot">
        <span class="dim" data-testid="line-count">
          {reader.window.lines.length.toLocaleString("en")} {reader.window.lines.length === 1 ? "line" : "lines"}
          {reader.window.isStart || problem !== "" ? "" : " loaded, older above"}
        </span>
        <span class="grow" />
        {!isFollowing && <button onClick={() => follow(true)}>Newest</button>}
        <button onClick={() => void copy(reader.window.lines)}>Copy</button>
        <button onClick={() => downloadLines(page.project, reader.window.lines)}>Download</button>
      </div>
    </section>
  );
}

/** What this browser keeps of a switch, the other way round. */
function toggled(name: string): boolean {
  const isOn = read(name) === "off";
  write(name, isOn ? "on" : "off");
  return isOn;
}

const copy = async (lines: readonly PageLine[]): Promise<void> => say(await copyLines(lines));

interface ToolsProps {
  filter: Filter;
  change: (part: Partial<Filter>) => void;
  page: PageModel;
  lastSave: string | null;
  search: { current: HTMLInputElement | null };
  problem: string;
}

const TYPING_MS = 250;

function Tools({ filter, change, page, lastSave, search, problem }: ToolsProps) {
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const type = (find: string): void => {
    clearTimeout(timer.current ?? undefined);
    timer.current = setTimeout(() => change({ find }), TYPING_MS);
  };
  const { level, isRegex, find } = filter;
  return (
    <div class="tools" role="search">
      <AppChoice apps={filter.apps} page={page} choose={(apps) => change({ apps })} />
      <input
        ref={search}
        type="search"
        aria-label="Search"
        aria-invalid={problem !== ""}
        placeholder={isRegex ? "regular expression" : "text"}
        defaultValue={find}
        onInput={({ currentTarget: { value } }) => type(value)}
        onKeyDown={({ key, currentTarget }) => {
          if (key === "Escape") currentTarget.blur();
        }}
      />
      <label>
        <input
          type="checkbox"
          checked={isRegex}
          onChange={({ currentTarget: { checked } }) => change({ isRegex: checked })}
        />{" "}
        regex
      </label>
      <select
        aria-label="Level"
        value={level}
        onChange={({ currentTarget: { value } }) => change({ level: value as Filter["level"] })}
      >
        <option value="">every level</option>
        <option value="error">errors</option>
        <option value="warn">warnings</option>
        <option value="info">information</option>
      </select>
      <Period filter={filter} lastSave={lastSave} change={change} />
    </div>
  );
}

/** No app has this name: it is of several, which an address can ask for. */
const SEVERAL = " ";

interface AppChoiceProps {
  /** Empty: all. */
  apps: readonly string[];
  page: PageModel;
  choose: (apps: string[]) => void;
}

function AppChoice({ apps, page: { session }, choose }: AppChoiceProps) {
  // an address may name an app that is no longer there
  const names = [...new Set([...session.apps.keys(), ...session.tasks.keys(), ...apps])];
  return (
    <select
      aria-label="App"
      value={apps.length > 1 ? SEVERAL : (apps[0] ?? "")}
      onChange={({ currentTarget: { value } }) => choose(value === "" ? [] : [value])}
    >
      <option value="">all apps</option>
      {apps.length > 1 && (
        <option value={SEVERAL} disabled>
          {apps.join(", ")}
        </option>
      )}
      {names.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}
