import { reasonOf } from "../../config/problem.ts";
import { ok, type Outcome } from "../../diagnostics/outcome.ts";
import type { References, Task } from "../../model/project.ts";
import { exitFileOf } from "../../pm2/session-app.ts";
import type { Pm2Client } from "../../system/pm2/pm2.ts";
import type { System } from "../../system/system.ts";
import { unlessAborted } from "../../util/abort.ts";
import { deferred, type Deferred } from "../../util/deferred.ts";
import { RecentLines } from "../../logs/recent-lines.ts";
import type { LogBatch } from "../../model/log-batch.ts";
import { KEPT_LINES } from "../apps/crash/excerpt.ts";
import { drained } from "../apps/drained.ts";
import { environmentFileOf, type Launcher } from "../apps/launcher.ts";
import { recordApp, recordEnd } from "../apps/recorder.ts";
import type { SessionContext } from "../context.ts";
import { howEnded } from "./failed.ts";

export interface TaskProcessOptions extends Pick<SessionContext, "instance" | "lock" | "stopping"> {
  client: Pm2Client;
  launcher: Launcher;
  references: () => References;
}

/** How a run ended. `stopped`: on purpose, by `devpm stop` or with the session. */
export type TaskEnd = { how: "done"; ms: number } | { how: "stopped" } | TaskFailure;

export interface TaskFailure {
  how: "failed";
  ms: number;
  /** null where it could not be started. */
  exitCode: number | null;
  why: string;
  output: readonly string[];
}

/** It could not even be started. */
export const notRun = (why: string): TaskFailure => ({ how: "failed", ms: 0, exitCode: null, why, output: [] });

/** A shell's code for SIGKILL: nothing else ends the launcher before it can write. */
const KILLED = 137;

/** In addition to its own grace period. */
const REMOVE_MS = 2_000;

/**
 * The process of a task. It runs under PM2 and not as a child of devpm, as set-up steps do: PM2's daemon is below the
 * guardian, so that everything a migration starts, with the session's mark or without, ends with the session also where
 * devpm itself is killed; and its lines, pid and exit arrive in the same way as an app's.
 */
export class TaskProcess {
  readonly #system: System;
  readonly #task: Task;
  readonly #options: TaskProcessOptions;
  readonly #exitFile: string;
  readonly #tail = new RecentLines(KEPT_LINES);
  #pmId: number | null = null;
  /** What PM2 is starting has no number yet. */
  #starting: Promise<unknown> = Promise.resolve();
  /** PM2's number of the last run that was removed; the next ones have higher numbers. */
  #removed = -1;
  #lastOutput = 0;
  #exit: Deferred<void> = deferred();
  #ended = new AbortController();

  constructor(system: System, task: Task, options: TaskProcessOptions) {
    this.#system = system;
    this.#task = task;
    this.#options = options;
    this.#exitFile = exitFileOf(environmentFileOf(options.instance, options.lock.record.id, task.name));
  }

  line(text: string): void {
    this.#tail.add(text);
    this.#lastOutput = this.#system.clock.monotonic();
  }

  lines(batch: LogBatch): void {
    this.#tail.addBatch(batch);
    this.#lastOutput = this.#system.clock.monotonic();
  }

  /** PM2 reports that a process of it has ended: behind all output of all apps, maybe once the next run has begun. */
  exited(id: number): void {
    if (id > this.#removed) this.#exit.resolve();
  }

  /** Ends the current run; resolves when PM2 has ended its process. */
  async end(): Promise<void> {
    this.#ended.abort();
    await this.#starting;
    await this.#forget();
  }

  /** From its start to its exit. `started`: called with its pid. */
  async run(started: (pid: number) => void): Promise<TaskEnd> {
    const { clock } = this.#system;
    this.#ended = new AbortController();
    const over = [this.#ended.signal, this.#options.stopping];
    const isOver = (): boolean => over.some((signal) => signal.aborted);
    const began = clock.monotonic();
    try {
      const launched = await this.#launch(started);
      if (!launched.ok && !isOver()) return notRun(reasonOf(launched.diagnostics));
      await unlessAborted(this.#exit.promise, ...over);
    } catch (error) {
      if (!isOver()) return notRun(error instanceof Error ? error.message : String(error));
    }
    if (isOver()) return { how: "stopped" };
    return this.#howEnded(Math.round(clock.monotonic() - began));
  }

  async #launch(started: (pid: number) => void): Promise<Outcome<void>> {
    const { launcher, client, lock, references } = this.#options;
    const ended = this.#ended.signal;
    await this.#forget();
    await this.#system.files.remove(this.#exitFile);
    this.#tail.clear();
    this.#exit = deferred();
    const prepared = await launcher.prepare(this.#task, references());
    if (!prepared.ok) return prepared;
    if (ended.aborted) return ok(undefined);
    const starting = client.start(prepared.value).then(({ id, pid }) => {
      this.#pmId = id;
      started(pid ?? 0);
      return { id, pid };
    });
    this.#starting = starting.catch(() => null);
    const { id, pid } = await starting;
    if (ended.aborted) return ok(undefined);
    await recordApp(this.#system, lock, { name: this.#task.name, pmId: id, pid: pid ?? 0 });
    return ok(undefined);
  }

  async #howEnded(ms: number): Promise<TaskEnd> {
    await recordEnd(this.#options.lock, this.#task.name);
    await drained(this.#system.clock, () => this.#lastOutput);
    const text = (await this.#system.files.read(this.#exitFile)) ?? "";
    const exitCode = /^\d+\s*$/.test(text) ? Number(text) : KILLED;
    if (exitCode === 0) return { how: "done", ms };
    return { how: "failed", ms, exitCode, why: howEnded(exitCode), output: this.#tail.lines };
  }

  /** PM2 ends its process, if there is one, and removes it from its list. */
  async #forget(): Promise<void> {
    const id = this.#pmId;
    this.#pmId = null;
    if (id === null) return;
    this.#removed = id;
    await this.#options.client.remove(id, this.#task.graceMs + REMOVE_MS);
  }
}
