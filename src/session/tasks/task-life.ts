import { reasonOf } from "../../config/problem.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { ok, type Outcome } from "../../diagnostics/outcome.ts";
import type { Infra } from "../../infra/infra.ts";
import type { TaskReason } from "../../model/events.ts";
import type { References, Task } from "../../model/project.ts";
import { taskStampFile } from "../../preflight/setup/stamp.ts";
import type { System } from "../../system/system.ts";
import { deferred } from "../../util/deferred.ts";
import { abortsWith } from "../../util/abort.ts";
import { unwritable } from "../diagnostics.ts";
import { setUp, type SetUpOptions } from "../set-up.ts";
import { parseStamp, whyDue, type TaskStamp, type Worked } from "./due.ts";
import { readInputs, type Inputs } from "./inputs.ts";
import { onSaves, onSourceSave } from "./saves.ts";
import { notRun, type TaskEnd, type TaskFailure, type TaskProcess } from "./task-process.ts";
import { workedWith } from "./worked.ts";

export interface TaskLifeOptions extends SetUpOptions {
  infra: Infra;
  process: TaskProcess;
  references: () => References;
  /** For what is wrong with it; null: the project was detected. */
  configFile: string | null;
  /** Resolves with true once its dependencies are met, with false where they will not be. */
  met: () => Promise<boolean>;
  /** It failed; null: its set-up failed, which was reported. */
  failed: (failure: TaskFailure | null) => Promise<void>;
}

/** `due`: where it has to run. `retry`: also where it failed and nothing has changed since. `run`: in any case. The most urgent is last. */
export type Urgency = "due" | "retry" | "run";

const URGENCIES: readonly Urgency[] = ["due", "retry", "run"];

const moreUrgent = (a: Urgency, b: Urgency): Urgency => (URGENCIES.indexOf(a) > URGENCIES.indexOf(b) ? a : b);

const MOST_AGAIN = 2;

interface Look {
  reason: TaskReason | null;
  worked: Worked;
  inputs: Inputs;
}

/**
 * One task in a session. Its dependents call `look`: it waits for its own dependencies, and runs where its last run is
 * no longer valid. Saves of its inputs trigger a look as well; after a failure, a save of any source below its folder.
 */
export class TaskLife {
  readonly task: Task;
  readonly #system: System;
  readonly #options: TaskLifeOptions;
  #on: boolean;
  #state: "waiting" | "done" | "failed" = "waiting";
  /** Resolves at its next success. */
  #next = deferred();
  /** What it worked with when it failed: with the same it would fail again. */
  #failedWith: string | null = null;
  #looking: Promise<boolean> = Promise.resolve(false);
  /** The urgency of a look that is queued and has not begun yet. */
  #queued: Urgency | null = null;
  #watch = new AbortController();
  /** How often in a row it ran again because its inputs changed while it ran. */
  #again = 0;

  constructor(system: System, task: Task, options: TaskLifeOptions) {
    this.#system = system;
    this.task = task;
    this.#options = options;
    this.#on = task.start;
  }

  get on(): boolean {
    return this.#on;
  }

  /** Runs it where it is due; true where it is done then. Turns it on. */
  look(urgency: Urgency = "due"): Promise<boolean> {
    if (!this.#on || urgency === "run") this.#options.emit({ event: "task.pending", task: this.task.name });
    this.#on = true;
    const isQueued = this.#queued !== null;
    this.#queued = this.#queued === null ? urgency : moreUrgent(this.#queued, urgency);
    // one after another: each request is answered by a look that began after the request
    if (!isQueued)
      this.#looking = this.#looking.then(() => {
        const most = this.#queued ?? urgency;
        this.#queued = null;
        return this.#look(most);
      });
    return this.#looking;
  }

  /** Resolves when it is done: after the current look, or the next that succeeds. */
  async untilDone(): Promise<void> {
    await this.#looking;
    if (this.#state !== "done") await this.#next.promise;
  }

  /** Ends it where it runs; it stays off until it is requested. */
  async stop(): Promise<void> {
    this.#on = false;
    this.#watch.abort();
    this.#state = "waiting";
    await this.#options.process.end();
    this.#options.emit({ event: "task.stopped", task: this.task.name });
  }

  async #look(urgency: Urgency): Promise<boolean> {
    this.#watch.abort();
    if (!(await this.#options.met()) || !this.#goesOn()) return false;
    if (!(await setUp(this.#system, this.task, this.#options))) return this.#failed(null);
    const found = await this.#now();
    // by `devpm stop`, while it was set up
    if (!this.#goesOn()) return false;
    if (!found.ok) return this.#failed(notRun(reasonOf(found.diagnostics)));
    const now = found.value;
    const reason = urgency === "run" ? "asked for" : now.reason;
    if (urgency === "due" && JSON.stringify(now.worked) === this.#failedWith) return this.#untilMended();
    if (reason === null) return this.#done(now.inputs, "skipped");
    const end = await this.#run(reason, now);
    if (end.how === "stopped" || !this.#goesOn()) return false;
    if (end.how === "failed") {
      this.#failedWith = JSON.stringify(now.worked);
      await this.#failed(end);
    }
    const inputs = await readInputs(this.#system.files, this.task);
    if (end.how === "done") this.#done(inputs, end);
    this.#againFor(inputs.digest !== now.inputs.digest);
    return end.how === "done";
  }

  /** What was saved while it ran: nothing watched then. One that writes its own inputs comes to an end. */
  #againFor(isChanged: boolean): void {
    if (!this.#goesOn()) return;
    this.#again = isChanged ? this.#again + 1 : 0;
    if (this.#again > MOST_AGAIN) this.#again = 0;
    else if (isChanged) void this.look();
  }

  readonly #goesOn = (): boolean => this.#on && !this.#options.stopping.aborted;

  async #run(reason: TaskReason, now: Look): Promise<TaskEnd> {
    const { process, emit } = this.#options;
    const unwritten = await this.#write({ state: "began" });
    if (unwritten) return notRun(unwritten.summary);
    if (!this.#goesOn()) return { how: "stopped" };
    const end = await process.run((pid) => emit({ event: "task.started", task: this.task.name, pid, reason }));
    // it did not work with what was saved while it ran: the next look finds it due
    if (end.how === "done") await this.#write({ state: "done", ...now.worked });
    return end;
  }

  #done(inputs: Inputs, how: "skipped" | { ms: number }): true {
    const { emit } = this.#options;
    const { name } = this.task;
    if (how !== "skipped") emit({ event: "task.finished", task: name, ok: true, exitCode: 0, ms: how.ms });
    else if (this.#state !== "done") emit({ event: "task.skipped", task: name });
    this.#state = "done";
    this.#failedWith = null;
    this.#next.resolve();
    this.#next = deferred();
    this.#untilChanged((signal) => onSaves(this.#system, inputs.folders, () => void this.look(), signal));
    return true;
  }

  async #failed(failure: TaskFailure | null): Promise<false> {
    this.#state = "failed";
    if (!this.#goesOn()) return false;
    this.#untilMended();
    await this.#options.failed(failure);
    return false;
  }

  #untilMended(): false {
    const again = (): void => void this.look("retry");
    this.#untilChanged((signal) => void onSourceSave(this.#system, this.task, again, signal));
    return false;
  }

  #untilChanged(watch: (signal: AbortSignal) => void): void {
    if (!this.#goesOn()) return;
    this.#watch = new AbortController();
    watch(abortsWith(this.#watch.signal, this.#options.stopping).signal);
  }

  async #now(): Promise<Outcome<Look>> {
    const { files } = this.#system;
    const { infra, references, configFile } = this.#options;
    const { output } = this.task;
    const inputs = await readInputs(files, this.task);
    const worked = await workedWith(this.#system, this.task, {
      inputs: inputs.digest,
      infra,
      references: references(),
      configFile,
    });
    if (!worked.ok) return worked;
    const missing = output !== null && (await files.kind(output)) === null;
    const last = parseStamp(await files.read(this.#stampFile));
    const reason = whyDue(last, worked.value, missing);
    // without inputs, its success in this session is the only sign that it is still done
    const due = reason === "no inputs" && this.#state === "done" ? null : reason;
    return ok({ reason: due, worked: worked.value, inputs });
  }

  get #stampFile(): string {
    return taskStampFile(this.#options.instance.setup, this.task.name);
  }

  /** Why it could not be written, as on a full disk; null: it was. */
  async #write(stamp: TaskStamp): Promise<Diagnostic | null> {
    const written = this.#system.files.write(this.#stampFile, JSON.stringify(stamp)).then(() => null);
    return written.catch((error: unknown) => unwritable(this.#options.instance, error));
  }
}
