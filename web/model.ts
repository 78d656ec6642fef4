import type { PageSnapshot, PageSave } from "../src/model/page.ts";
import type { Receipt, Stamped } from "../src/model/events.ts";
import { reduce, type SessionModel } from "../src/session/session-model.ts";
import type { Status } from "../src/model/status.ts";

/** `lost`: the stream broke and is tried again. `gone`: nothing listens any more. */
export type Connection = "connecting" | "live" | "lost" | "gone" | "ended" | "refused";

/** Everything that the views show, folded from the event stream with the engine's own function. */
export interface PageModel {
  connection: Connection;
  project: string;
  root: string;
  sessionId: string;
  startedAt: string;
  /** The git branch of the project's folder, where it has one. */
  branch: string | null;
  session: SessionModel;
  needs: Readonly<Record<string, readonly string[]>>;
  groups: Readonly<Record<string, readonly string[]>>;
  editor: string;
  usage: ReadonlyMap<string, { memoryBytes: number | null; cpuPercent: number | null }>;
  saves: readonly PageSave[];
  /** Begun and not yet answered: by app, the file. */
  saving: ReadonlyMap<string, string>;
  notices: readonly { id: number; text: string; isError: boolean }[];
  /** By app or task: what was asked for and is not confirmed. */
  busy: ReadonlyMap<string, string>;
  receipt: Receipt | null;
}

export const EMPTY: PageModel = {
  connection: "connecting",
  project: "",
  root: "",
  sessionId: "",
  startedAt: "",
  branch: null,
  session: { state: "starting", began: false, apps: new Map(), tasks: new Map(), infra: [], errors: [] },
  needs: {},
  groups: {},
  editor: "vscode",
  usage: new Map(),
  saves: [],
  saving: new Map(),
  notices: [],
  busy: new Map(),
  receipt: null,
};

const MOST_SAVES = 500;
const MOST_NOTICES = 4;

export function withSnapshot(page: PageModel, { status, errors, needs, editor }: PageSnapshot): PageModel {
  const { session, project, root, groups = {} } = status;
  return {
    ...page,
    connection: "live",
    project,
    root,
    sessionId: session?.id ?? "",
    startedAt: session?.startedAt ?? "",
    session: sessionOf(status, errors),
    needs,
    groups,
    editor,
    saving: new Map(),
  };
}

/** The engine's own state, from what it reported. */
function sessionOf({ session, apps, tasks = [], infra }: Status, errors: PageSnapshot["errors"]): SessionModel {
  const state = session?.state ?? "starting";
  return {
    state: state === "unresponsive" ? "starting" : state,
    began: true,
    apps: new Map(apps.map((status) => [status.name, { status, startedAt: null, failure: null }])),
    tasks: new Map(tasks.map((task) => [task.name, task])),
    infra,
    errors,
  };
}

export function withEvent(page: PageModel, event: Stamped): PageModel {
  const next = { ...page, session: reduce(page.session, event) };
  switch (event.event) {
    case "app.reloading":
      return { ...next, saving: new Map(page.saving).set(event.app, event.file) };
    case "app.reloaded": {
      const saving = new Map(page.saving);
      saving.delete(event.app);
      return { ...next, saving, saves: [...page.saves, event].slice(-MOST_SAVES) };
    }
    case "notice":
      return withNotice(next, event.text, false);
    case "session.stopped":
      return { ...next, connection: "ended", receipt: event };
    default:
      return next;
  }
}

export const withUsage = (page: PageModel, { apps }: Status): PageModel => ({
  ...page,
  usage: new Map(apps.map(({ name, memoryBytes, cpuPercent }) => [name, { memoryBytes, cpuPercent }])),
});

let notices = 0;

export const withNotice = (page: PageModel, text: string, isError: boolean): PageModel => ({
  ...page,
  notices: [...page.notices, { id: ++notices, text, isError }].slice(-MOST_NOTICES),
});

/** What starts first comes first: each after everything that it depends on, else in the order of the configuration. */
export function startOrder(names: readonly string[], needs: PageModel["needs"]): string[] {
  const ordered: string[] = [];
  const visit = (name: string, trail: readonly string[]): void => {
    if (ordered.includes(name) || trail.includes(name)) return;
    for (const need of needs[name] ?? []) visit(need, [...trail, name]);
    if (names.includes(name)) ordered.push(name);
  };
  for (const name of names) visit(name, []);
  return ordered;
}
