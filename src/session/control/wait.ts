import type { Clock } from "../../system/clock.ts";
import { promptPlace } from "../../model/prompt.ts";
import type { TaskStatus } from "../../model/status.ts";
import type { SessionModel, AppModel } from "../session-model.ts";
import { shellQuote } from "../../util/shell-quote.ts";
import { duration } from "../../util/text.ts";

export interface Waited {
  clock: Clock;
  model: () => SessionModel;
  subscribe: (listener: () => void) => () => void;
  stopping: AbortSignal;
  /** Aborted when the client no longer waits for the answer. */
  gone: AbortSignal;
}

/** null: not decided yet. */
type Verdict = { done: true; error: string | null } | null;

/**
 * Waits until `judge` accepts every named app and every named task is done, or until one of them cannot get there.
 * Evaluated again at each event, so that nothing is polled. Resolves with null, or with the error.
 */
export function waitFor(
  { clock, model, subscribe, stopping, gone }: Waited,
  apps: readonly string[],
  judge: Judge,
  timeoutMs: number,
): Promise<string | null> {
  return new Promise((resolve) => {
    const over = new AbortController();
    const settle = (error: string | null): void => {
      over.abort();
      unsubscribe();
      stopping.removeEventListener("abort", ending);
      gone.removeEventListener("abort", leave);
      resolve(error);
    };
    const ending = (): void => settle("the session is ending");
    const leave = (): void => settle("the client has stopped waiting");
    const look = (): void => {
      const verdicts = apps.map((name) => verdictOf(model(), name, judge));
      const failed = verdicts.find((verdict) => verdict !== null && verdict.error !== null);
      if (failed) settle(failed.error);
      else if (verdicts.every((verdict) => verdict !== null)) settle(null);
    };
    const unsubscribe = subscribe(look);
    stopping.addEventListener("abort", ending);
    gone.addEventListener("abort", leave);
    void clock.sleep(timeoutMs, over.signal).then(() => {
      if (!over.signal.aborted) settle(`not within ${duration(timeoutMs)}: ${pending(apps, model(), judge)}`);
    });
    look();
  });
}

export type Judge = (app: AppModel) => Verdict;

function verdictOf({ apps, tasks }: SessionModel, name: string, judge: Judge): Verdict {
  const app = apps.get(name);
  if (app) return judge(app);
  const task = tasks.get(name);
  return task ? judgeTask(task) : { done: true, error: `nothing is called "${name}"` };
}

const pending = (names: readonly string[], model: SessionModel, judge: Judge): string =>
  names
    .filter((name) => verdictOf(model, name, judge) === null)
    .map((name) => stateOf(model, name))
    .join(", ");

function stateOf({ apps, tasks }: SessionModel, name: string): string {
  const status = apps.get(name)?.status;
  if (status?.prompt === undefined) return `${name} is ${(status ?? tasks.get(name))?.state}`;
  const place = promptPlace(status.prompt);
  return `${name} waits at a prompt${place === "" ? "" : `, ${place}`}: devpm attach ${shellQuote(name)}`;
}

function judgeTask({ name, state, exitCode }: TaskStatus): Verdict {
  switch (state) {
    case "done":
      return { done: true, error: null };
    case "failed":
      return {
        done: true,
        error: `${name} failed${exitCode === null ? "" : ` with exit code ${exitCode}`} (devpm logs ${shellQuote(name)})`,
      };
    case "stopped":
      return { done: true, error: `${name} is off: devpm start ${shellQuote(name)}` };
    default:
      return null;
  }
}

export function judgeReady({ status: { name, state }, failure, failedTasks, failedService }: AppModel): Verdict {
  if (state === "ready") return { done: true, error: null };
  if (state === "stopped") return { done: true, error: `${name} is stopped: devpm start ${shellQuote(name)}` };
  if (state !== "crashed" && state !== "failed") return null;
  // a failed reload is reported right before its reason
  if (failure === null) return null;
  const failed = state === "failed";
  const logs = `devpm logs ${shellQuote(...((failed && failedTasks) || [name]))}`;
  const where = failed && failedService !== undefined ? "devpm errors" : logs;
  return { done: true, error: `${name} is ${state}: ${failure} (${where})` };
}

/** Saves up to this time are in what answers; ms of the wall clock. */
export const answeredAt = ({ startedAt, status: { lastReload } }: AppModel): number =>
  Math.max(startedAt === null ? 0 : Date.parse(startedAt), lastReload === null ? 0 : Date.parse(lastReload.savedAt));

/** The newest save answers: the current process started after it, and is ready. `newest` in ms of the wall clock. */
export const judgeReload =
  (newest: ReadonlyMap<string, number>) =>
  (app: AppModel): Verdict => {
    const saved = newest.get(app.status.name) ?? 0;
    const { state } = app.status;
    if (answeredAt(app) < saved || state === "reloading" || state === "starting" || state === "running") return null;
    return judgeReady(app);
  };
