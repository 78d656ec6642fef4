import type { Infra } from "../../infra/infra.ts";
import type { App, Task } from "../../model/project.ts";
import { needed } from "../../model/groups.ts";
import type { Pm2Event } from "../../system/pm2/pm2-relay.ts";
import type { System } from "../../system/system.ts";
import { unlessAborted } from "../../util/abort.ts";
import type { SessionContext } from "../context.ts";
import { crashExcerpt } from "../apps/crash/excerpt.ts";
import type { Explainer } from "../apps/crash/explainer.ts";
import { taskFailed } from "./failed.ts";
import { TaskLife, type Urgency } from "./task-life.ts";
import { TaskProcess, type TaskFailure, type TaskProcessOptions } from "./task-process.ts";

export interface TasksOptions extends SessionContext, TaskProcessOptions {
  infra: Infra;
  explainer: Explainer;
  /** What the tasks need from the apps. */
  apps: {
    /** Resolves when it is ready. */
    ready(name: string): Promise<void>;
    /** It is on, and has not been started yet. */
    isWaiting(name: string): boolean;
  };
}

interface Member {
  life: TaskLife;
  process: TaskProcess;
}

/** The tasks of a session; each runs when its dependencies are met and its last run is no longer valid. */
export class Tasks {
  readonly #system: System;
  readonly #options: TasksOptions;
  readonly #members: ReadonlyMap<string, Member>;

  constructor(system: System, options: TasksOptions) {
    this.#system = system;
    this.#options = options;
    this.#members = new Map(options.project.tasks.map((task) => [task.name, this.#member(task)]));
    options.stream.subscribe((event) => {
      // it may be a new container, or the same one with its data
      if (event.event === "infra.recovered") this.#lookAgain(event.service);
    });
  }

  has(name: string): boolean {
    return this.#members.has(name);
  }

  isOn(name: string): boolean {
    return this.#members.get(name)?.life.on ?? false;
  }

  /** Resolves when every task that is on is done. */
  async start(): Promise<void> {
    const on = [...this.#members.values()].map(({ life }) => life).filter((life) => life.on);
    for (const life of on) void life.look();
    await unlessAborted(Promise.all(on.map((life) => life.untilDone())), this.#options.stopping);
  }

  /** Runs it where it is due, or as `urgency` demands, and turns it on. True where it is done then. */
  async look(name: string, urgency: Urgency): Promise<boolean> {
    return (await this.#members.get(name)?.life.look(urgency)) ?? false;
  }

  /** Runs the due tasks among an app's dependencies; true where all of them are done then. */
  async ensure(app: App, urgency: Urgency): Promise<boolean> {
    const names = this.#needed(app).filter((one) => this.isOn(one));
    return (await Promise.all(names.map((one) => this.look(one, urgency)))).every(Boolean);
  }

  /** Resolves once all of them are done. */
  async untilDone(app: App): Promise<void> {
    await unlessAborted(this.#allDone(this.#needed(app)), this.#options.stopping);
  }

  #allDone(names: readonly string[]): Promise<unknown> {
    return Promise.all(names.map((name) => this.#members.get(name)?.life.untilDone() ?? Promise.resolve()));
  }

  #needed({ dependsOn }: App): string[] {
    return [...needed(this.#options.project, dependsOn.tasks)].filter((one) => this.has(one));
  }

  async stop(name: string): Promise<void> {
    await this.#members.get(name)?.life.stop();
  }

  /** What takes the lines of this task. */
  printer(name: string): TaskProcess | undefined {
    return this.#members.get(name)?.process;
  }

  pm2({ app, id, event }: Pm2Event): void {
    if (event === "exit") this.#members.get(app)?.process.exited(id);
  }

  #member(task: Task): Member {
    const { instance, lock, infra, stream, references, project, stopping } = this.#options;
    const process = new TaskProcess(this.#system, task, this.#options);
    const life = new TaskLife(this.#system, task, {
      instance,
      session: lock.record.id,
      infra,
      emit: stream.emit,
      process,
      references,
      configFile: project.configFile,
      stopping,
      met: () => this.#met(task),
      failed: (failure) => this.#failed(task, failure),
    });
    return { life, process };
  }

  /** Waits for a task's dependencies: other tasks, services, apps. */
  async #met({ name, dependsOn }: Task): Promise<boolean> {
    const { apps, stopping } = this.#options;
    const services = dependsOn.services.map((service) => this.#usable(name, service));
    const running = dependsOn.apps.map((app) => apps.ready(app));
    await unlessAborted(Promise.all([this.#allDone(dependsOn.tasks), ...services, ...running]), stopping);
    return !stopping.aborted;
  }

  /** A failed service may be fixed while the session runs. */
  async #usable(task: string, service: string): Promise<void> {
    const { infra, stream, stopping } = this.#options;
    const usable = await infra.ready(service);
    if (usable.ok || stopping.aborted) return;
    const reason = `it waits for ${task}, which waits for ${service}`;
    for (const app of this.#waiting(task)) stream.emit({ event: "app.failed", app, reason, tasks: [task], service });
    await infra.recovered(service);
  }

  /** What runs already continues as it is; its reloads wait (apps/reload-gate.ts). */
  async #failed(task: Task, failure: TaskFailure | null): Promise<void> {
    const { stream, explainer } = this.#options;
    const { name } = task;
    const advice = failure ? await explainer.advice(task, crashExcerpt(failure.output)) : null;
    const waiting = this.#waiting(name);
    if (failure && advice) stream.emit({ event: "diagnostic", ...taskFailed({ task, ...failure, waiting, advice }) });
    const { exitCode, ms } = failure ?? { exitCode: null, ms: 0 };
    stream.emit({ event: "task.finished", task: name, ok: false, exitCode, ms });
    for (const app of waiting)
      stream.emit({ event: "app.failed", app, reason: `it waits for ${name}, which failed`, tasks: [name] });
  }

  /** Apps that do not start before it is done: those that name it, or a task that needs it. */
  #waiting(task: string): string[] {
    const { project, apps } = this.#options;
    const tasks = project.tasks.map(({ name }) => name).filter((name) => needed(project, [name]).has(task));
    return project.apps
      .filter(({ name, dependsOn }) => apps.isWaiting(name) && dependsOn.tasks.some((one) => tasks.includes(one)))
      .map(({ name }) => name);
  }

  #lookAgain(service: string): void {
    for (const { life } of this.#members.values())
      if (life.on && life.task.dependsOn.services.includes(service)) void life.look();
  }
}
