import type { SessionEvent, Stamped } from "../model/events.ts";
import type { Fault } from "../model/fault.ts";
import type { Streamed } from "../model/protocol.ts";
import { isUp } from "../model/service-status.ts";
import { idleApp, idleTask, type AppState, type Status } from "../model/status.ts";
import { reduce, type SessionModel } from "../session/session-model.ts";

/** What the footer shows: the session's state, and what is under way. */
export interface LiveState {
  project: string;
  /** When the session began; null: not known yet. ISO 8601. */
  since: string | null;
  model: SessionModel;
  /** When each broken app last crashed or failed. ISO 8601. */
  brokenAt: ReadonlyMap<string, string>;
  /** Steps that are under way, the newest last. */
  steps: readonly Step[];
}

export interface Step {
  /** The app, task or service. */
  of: string;
  /** `setup` has a name of its own: the command. */
  kind: "setup" | "infra" | "task";
  detail: string;
  /** ISO 8601. */
  since: string;
}

export const nothingYet = (project: string): LiveState => ({
  project,
  since: null,
  model: { state: "starting", began: false, apps: new Map(), tasks: new Map(), infra: [], errors: [] },
  brokenAt: new Map(),
  steps: [],
});

/** The state of a session that runs already, for a terminal that comes later. */
export function liveStateOf(
  { project, apps, tasks = [], infra, session }: Status,
  errors: readonly Fault[],
): LiveState {
  const state = session === null || session.state === "unresponsive" ? "starting" : session.state;
  return {
    ...nothingYet(project),
    since: session?.startedAt ?? null,
    model: {
      state,
      began: true,
      apps: new Map(apps.map((status) => [status.name, { status, startedAt: null, failure: null }])),
      tasks: new Map(tasks.map((task) => [task.name, task])),
      infra,
      errors,
    },
  };
}

export function stateAfter(state: LiveState, event: Streamed): LiveState {
  if (event.event === "log" || event.event === "log.missed") return state;
  const { project, since, model } = event.event === "session.starting" ? begun(state, event) : state;
  return {
    project,
    since,
    model: reduce(model, event),
    brokenAt: broken(state, event).brokenAt,
    steps: steps(state.steps, event),
  };
}

function begun(
  { model }: LiveState,
  { project, at, apps, tasks = [], off = [] }: Stamped<Extract<SessionEvent, { event: "session.starting" }>>,
): Pick<LiveState, "project" | "since" | "model"> {
  const state = (name: string): "pending" | "stopped" => (off.includes(name) ? "stopped" : "pending");
  const known = apps.map(
    (name) => [name, { status: idleApp(name, state(name)), startedAt: null, failure: null }] as const,
  );
  return {
    project,
    since: at,
    // what is known of a session that is joined is newer than its beginning
    model:
      model.apps.size > 0
        ? model
        : { ...model, apps: new Map(known), tasks: new Map(tasks.map((name) => [name, idleTask(name, state(name))])) },
  };
}

/** Since when an app is broken; of what happened before the state was known this is all that counts. */
export const broken = (state: LiveState, event: Streamed): LiveState =>
  event.event === "app.crashed" || event.event === "app.failed"
    ? { ...state, brokenAt: new Map(state.brokenAt).set(event.app, event.at) }
    : state;

function steps(before: readonly Step[], event: SessionEvent & { at: string }): readonly Step[] {
  const without = (of: string, kind: Step["kind"]): Step[] =>
    before.filter((step) => step.of !== of || step.kind !== kind);
  const since = (of: string, kind: Step["kind"]): string =>
    before.find((step) => step.of === of && step.kind === kind)?.since ?? event.at;
  const under = (of: string, kind: Step["kind"], detail: string): Step[] => [
    ...without(of, kind),
    { of, kind, detail, since: since(of, kind) },
  ];
  switch (event.event) {
    case "setup.started":
      return under(event.app, "setup", event.step);
    case "setup.finished":
      return without(event.app, "setup");
    case "infra.progress":
      return under(event.service, "infra", event.detail);
    case "infra.started":
    case "infra.failed":
      return without(event.service, "infra");
    case "infra.changed":
      return before.filter(
        ({ of, kind }) =>
          kind !== "infra" || !event.services.some(({ service, state }) => service === of && isUp(state)),
      );
    case "task.started":
      return under(event.task, "task", "runs");
    case "task.finished":
    case "task.stopped":
      return without(event.task, "task");
    case "session.ready":
      return before.filter(({ kind }) => kind === "task");
    case "session.stopping":
      return [];
    default:
      return before;
  }
}

const MOVING: ReadonlySet<AppState> = new Set<AppState>(["pending", "starting", "running", "reloading"]);

/** Something is under way whose seconds count. */
export const isMoving = ({ steps: under, model }: LiveState): boolean =>
  under.length > 0 ||
  [...model.apps.values()].some(({ status }) => MOVING.has(status.state) && status.state !== "running");
