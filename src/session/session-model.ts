import { crashReason } from "../model/crash-reason.ts";
import type { Project } from "../model/project.ts";
import { foldFaults } from "../errors/fold.ts";
import type { Stamped } from "../model/events.ts";
import type { Fault } from "../model/fault.ts";
import { isBroken } from "../model/service-status.ts";
import {
  idleApp,
  idleTask,
  type AppState,
  type AppStatus,
  type SessionState,
  type Status,
  type TaskStatus,
} from "../model/status.ts";

/** The state of a session, folded from its events: the source of `devpm status`. */
export interface SessionModel {
  state: SessionState;
  /** Something was started or set up. */
  began: boolean;
  apps: ReadonlyMap<string, AppModel>;
  tasks: ReadonlyMap<string, TaskStatus>;
  infra: Status["infra"];
  /** What is broken now, newest first. */
  errors: readonly Fault[];
}

export interface AppModel {
  status: AppStatus;
  /** The start time of the current process. */
  startedAt: string | null;
  /** The message of its last failure; null while it is healthy. */
  failure: string | null;
  /** The tasks whose failure that is: their logs have the reason. */
  failedTasks?: readonly string[] | undefined;
  /** The service that it, or one of its tasks, waits for: neither has run, and neither has a log. */
  failedService?: string | undefined;
}

export function initialModel(project: Pick<Project, "apps" | "tasks">): SessionModel {
  return {
    state: "starting",
    began: false,
    infra: [],
    errors: [],
    apps: new Map(
      project.apps.map(({ name, port, start }) => [
        name,
        { status: idleApp(name, start ? "pending" : "stopped", port), startedAt: null, failure: null },
      ]),
    ),
    tasks: new Map(project.tasks.map(({ name, start }) => [name, idleTask(name, start ? "pending" : "stopped")])),
  };
}

export function reduce(model: SessionModel, event: Stamped): SessionModel {
  switch (event.event) {
    case "log":
    case "diagnostic":
      return model;
    case "error.seen":
    case "error.gone":
      return { ...model, errors: foldFaults(model.errors, event) };
    case "infra.checked":
    case "infra.changed":
      return settled({ ...model, infra: event.services });
    case "setup.started":
    case "infra.progress":
    case "infra.started":
      return model.began ? model : { ...model, began: true };
    case "session.ready":
      return settled({ ...model, state: "ready" });
    case "session.stopping":
      return { ...model, state: "stopping" };
    case "task.pending":
    case "task.started":
    case "task.finished":
    case "task.skipped":
    case "task.stopped":
      return settled(withTask(model, event));
    default:
      return "app" in event && typeof event.app === "string" ? settled(withApp(model, event)) : model;
  }
}

type TaskEvent = Extract<Stamped, { event: `task.${string}` }>;

function withTask(model: SessionModel, event: TaskEvent): SessionModel {
  const task = model.tasks.get(event.task);
  return task ? { ...model, tasks: new Map(model.tasks).set(event.task, reduceTask(task, event)) } : model;
}

function reduceTask(task: TaskStatus, event: TaskEvent): TaskStatus {
  switch (event.event) {
    case "task.pending":
      return { ...task, state: "pending" };
    case "task.started":
      return { ...task, state: "running", pid: event.pid, skipped: false, startedAt: event.at };
    case "task.finished": {
      const { ok, exitCode, ms } = event;
      return { ...task, state: ok ? "done" : "failed", pid: null, exitCode, ms };
    }
    case "task.skipped":
      return { ...task, state: "done", skipped: true };
    case "task.stopped":
      return { ...task, state: "stopped", pid: null };
  }
}

type AppEvent = Extract<Stamped, { app: string }>;

function withApp(model: SessionModel, event: AppEvent): SessionModel {
  const app = model.apps.get(event.app);
  const next = app && reduceApp(app, event);
  if (!next || next === app) return model;
  const began = model.began || event.event === "app.starting";
  return { ...model, began, apps: new Map(model.apps).set(event.app, next) };
}

function reduceApp(app: AppModel, event: AppEvent): AppModel {
  const to = (state: AppState, more: Partial<AppStatus> = {}): AppModel => ({
    ...app,
    status: { ...app.status, state, ...more },
  });
  switch (event.event) {
    case "app.pending":
      return { ...to("pending"), failure: null };
    case "app.starting":
      return to("starting", { port: event.port, restarts: app.status.restarts + (app.startedAt === null ? 0 : 1) });
    case "app.running":
      return { ...to("running", { pid: event.pid }), startedAt: event.at };
    case "app.ready":
      return { ...to("ready", { url: event.url, ...portIn(event.url) }), failure: null };
    case "app.reloading":
      return to("reloading");
    case "app.reloaded": {
      const { ok, file, savedAt, ms, how } = event;
      const lastReload = { ok, file, savedAt, ms, how };
      const reloads = app.status.reloads + (ok ? 1 : 0);
      return { ...to(ok ? "ready" : "crashed", { lastReload, reloads }), failure: ok ? null : app.failure };
    }
    case "app.crashed":
      return {
        ...to("crashed", { pid: null }),
        failure: crashReason(event, event.excerpt.at(-1)),
      };
    case "app.failed":
      return { ...to("failed"), failure: event.reason, failedTasks: event.tasks, failedService: event.service };
    case "app.stopped":
      return { ...to("stopped", { pid: null, url: null }), failure: null };
    case "app.prompt": {
      const { text, file, line } = event;
      return { ...app, status: { ...app.status, prompt: { text, file, line } } };
    }
    case "app.resumed": {
      const { prompt: _, ...status } = app.status;
      return { ...app, status };
    }
    default:
      return app;
  }
}

/** The port it actually listens on may differ from the one it claims. */
const portIn = (url: string | null): { port?: number } => {
  const port = url === null ? null : /:(\d+)$/.exec(url)?.[1];
  return port ? { port: Number(port) } : {};
};

const BROKEN: ReadonlySet<AppState> = new Set<AppState>(["crashed", "failed"]);

/** A session that was ready is degraded while a part of it is broken, then ready again. What is off is not broken. */
function settled(model: SessionModel): SessionModel {
  if (model.state === "starting" || model.state === "stopping") return model;
  const broken =
    [...model.apps.values()].some(({ status }) => BROKEN.has(status.state)) ||
    [...model.tasks.values()].some(({ state }) => state === "failed") ||
    model.infra.some(isBroken);
  const state = broken ? "degraded" : "ready";
  return state === model.state ? model : { ...model, state };
}
