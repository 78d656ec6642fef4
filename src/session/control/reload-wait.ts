import path from "node:path";
import { nestedWorktrees } from "../../checkout/nested.ts";
import { coldFilesOf, inputsOfSetup, type App } from "../../model/project.ts";
import { literal } from "../../model/save-rules.ts";
import { savesOf, type Save } from "../../reload/newest-save.ts";
import type { System } from "../../system/system.ts";
import { shellQuote } from "../../util/shell-quote.ts";
import { duration } from "../../util/text.ts";
import { servedBy } from "../faults/recheck.ts";
import type { ControlOptions } from "./options.ts";
import { servedNow } from "./vite-wait.ts";
import { untilRestarted, type RestartWait } from "./restart-wait.ts";
import { judgeReady, waitFor, type Judge, type Waited } from "./wait.ts";
import { waitForWarm, type WarmWait } from "./warm-wait.ts";

export interface ReloadWait {
  /** Apps and tasks. */
  names: readonly string[];
  /** They were named by the caller, who wants to know about each of them. */
  explicit: boolean;
  /** Absolute: only this save counts; null: the newest of each app. */
  file: string | null;
  timeoutMs: number;
  /** Aborted when the client no longer waits for the answer. */
  gone: AbortSignal;
}

/** Until the newest save is what answers, each app in the way it takes a save. null: it does; else why not. */
export async function waitForReload(system: System, options: ControlOptions, wish: ReloadWait): Promise<string | null> {
  if (wish.file !== null && (await system.files.kind(wish.file)) !== "file") return `there is no file ${wish.file}`;
  // one may have been added since the configuration was read
  const others = (await nestedWorktrees(system.files, options.project()?.root ?? "/")).map(literal);
  const asked: Asked = { system, options, wish, others };
  const found = await Promise.all(wish.names.map((name) => partOf(asked, name)));
  const parts = found.filter((part) => part !== null);
  if (parts.length === 0) return nothingWaits(options, wish);
  return firstProblem(parts.map((part) => part()));
}

/** A wait, and the session that answers it. */
interface Asked {
  system: System;
  options: ControlOptions;
  wish: ReloadWait;
  /** Worktrees inside of this one, whose saves are none of its own. */
  others: readonly string[];
}

/** Waits for one app or task. */
type Part = () => Promise<string | null>;

/** An app whose set-up installs what was saved is waited for once that is done. null: it has nothing to do with the save. */
async function partOf(asked: Asked, name: string): Promise<Part | null> {
  const { options, wish } = asked;
  const app = options.project()?.apps.find((one) => one.name === name);
  if (!app) return taskPart(asked, name);
  const part = await appPart(asked, app);
  const isConcerned = wish.file === null || coldFilesOf(app).includes(wish.file);
  return part && isConcerned ? () => untilInstalled(asked, app, part) : part;
}

/** Waits for its packages first, unless a warm Python looks after them itself; at the end says whether they could be installed. */
async function untilInstalled(
  { system: { clock }, options, wish: { timeoutMs, gone } }: Asked,
  { name, setup }: App,
  part: Part,
): Promise<string | null> {
  const apps = options.apps();
  if (apps && setup.length > 0 && !apps.isWarm(name)) {
    const settled = apps.installed.settled().then(() => true);
    if ((await clock.within(settled, timeoutMs, gone)) === null)
      return `not within ${duration(timeoutMs)}: what ${name} needs is being installed`;
  }
  const problem = await part();
  if (problem !== null || apps?.installed.isOutdated(name) !== true) return problem;
  return `${name} runs with what was installed before: its set-up failed (devpm restart ${shellQuote(name)})`;
}

/** null: it has nothing to do with the save. */
async function appPart(asked: Asked, app: App): Promise<Part | null> {
  const { system, options, wish, others } = asked;
  const { name } = app;
  if (options.apps()?.reloadsItself(name) === true) return () => followsItself(asked, name);
  const reloads = app.reload !== false;
  const catchingUp = reloads ? options.apps()?.catchingUp(name) : null;
  // what does not reload is asked for the saves below its folder
  const watched = reloads
    ? (options.apps()?.watched(app) ?? app)
    : { ...app, reload: "restart" as const, watch: [app.cwd] };
  const counted = { ...watched, ignore: [...watched.ignore, ...others] };
  const saves = (): Promise<Save[]> => savesOf(system.files, counted, wish.file);
  // an app that can be asked need not be searched for saves
  if (catchingUp && wish.file === null)
    return () => caughtUp(asked, { name, catchingUp, newest: async () => newestOf(await saves()) });
  const own = await saves();
  if (wish.file !== null && own.length === 0 && (catchingUp ? coldFilesOf : inputsOfSetup)(app).includes(wish.file)) {
    const savedAt = Math.floor(await system.files.savedAt(wish.file));
    if (!catchingUp) return () => waitUntil(asked, name, judgeReady);
    return () => caughtUp(asked, { name, catchingUp, newest: () => Promise.resolve(savedAt) });
  }
  if (wish.file !== null && own.length === 0) {
    const problem = `${shown(options, wish.file)} does not reload ${name}`;
    return wish.explicit ? () => Promise.resolve(problem) : null;
  }
  const newest = newestOf(own);
  if (catchingUp) return () => caughtUp(asked, { name, catchingUp, newest: () => Promise.resolve(newest) });
  if (reloads) return () => untilRestarted(restart(asked), app, own);
  return () => withoutReload(asked, app, own);
}

const newestOf = (saves: readonly Save[]): number => saves.reduce((newest, { at }) => Math.max(newest, at), 0);

/** What keeps it warm knows which save answers. */
function caughtUp(asked: Asked, warm: Pick<WarmWait, "name" | "catchingUp" | "newest">): Promise<string | null> {
  const { options, wish } = asked;
  const { file, timeoutMs } = wish;
  const unread = `${shown(options, file ?? "")} is written by ${warm.name} itself: its last save did not reload it`;
  return waitForWarm(waitedOn(asked), { ...warm, file, timeoutMs, unread });
}

/** Its own reloader takes the saves, and reports none of them. */
async function followsItself(asked: Asked, name: string): Promise<string | null> {
  const problem = await waitUntil(asked, name, judgeReady);
  if (problem !== null || !asked.wish.explicit) return problem;
  return `${name} is reloaded by its own reloader: devpm does not see which save answers`;
}

const restart = (asked: Asked): RestartWait => ({
  waited: waitedOn(asked),
  ignored: (app) => asked.options.apps()?.watched(app).ignore ?? [],
  timeoutMs: asked.wish.timeoutMs,
});

/** A front end of Vite takes saves by itself, and is asked; nothing else is known to. */
async function withoutReload(asked: Asked, app: App, saves: readonly Save[]): Promise<string | null> {
  const { system, options, wish } = asked;
  const problem = await waitUntil(asked, app.name, judgeReady);
  if (problem !== null) return problem;
  const served = servedBy(options.model(), app.name);
  const startedAt = Date.parse(options.model().apps.get(app.name)?.startedAt ?? "") || 0;
  const since = saves.filter(({ at }) => at > startedAt).toSorted((a, b) => b.at - a.at);
  const saved = since.map(({ file }) => file);
  const named = wish.explicit && wish.file !== null;
  const printed = (): readonly string[] => options.apps()?.recent(app.name) ?? [];
  const root = options.project()?.root ?? app.cwd;
  const answer = await servedNow(system, { app, served, saved, printed, named, root, ...wish });
  if (answer === null || typeof answer === "string") return answer;
  const [newest] = since;
  if (newest)
    return `${app.name} does not reload: it runs what was there before ${shown(options, newest.file)} was saved (devpm restart ${shellQuote(app.name)})`;
  return wish.explicit && wish.file === null
    ? `${app.name} does not reload at a save (reload: false): devpm restart ${shellQuote(app.name)} runs new code`
    : null;
}

/** A task that is due runs first; what it works with is compared by content. */
function taskPart({ system, options, wish }: Asked, name: string): Part | null {
  const task = options.project()?.tasks.find((one) => one.name === name);
  const tasks = options.apps()?.tasks;
  if (!task || !tasks) return null;
  const concerned = wish.file === null || task.inputs.some((input) => isWithin(wish.file ?? "", input));
  if (!concerned)
    return wish.explicit
      ? () => Promise.resolve(`${shown(options, wish.file ?? "")} is not an input of ${name}`)
      : null;
  return async () => {
    if (!tasks.isOn(name)) return `${name} is off: devpm start ${shellQuote(name)}`;
    const done = await system.clock.within(tasks.look(name, "due"), wish.timeoutMs, wish.gone);
    if (done === null) return `not within ${duration(wish.timeoutMs)}: ${name} runs`;
    return done ? null : `${name} failed (devpm logs ${shellQuote(name)})`;
  };
}

const isWithin = (file: string, input: string): boolean =>
  file === input || file.startsWith(`${input.replace(/\/$/, "")}/`) || /[*?]/.test(input);

const waitUntil = (asked: Asked, name: string, judge: Judge): Promise<string | null> =>
  waitFor(waitedOn(asked), [name], judge, asked.wish.timeoutMs);

const waitedOn = ({ system: { clock }, options: { model, stream, stop }, wish: { gone } }: Asked): Waited => ({
  clock,
  model,
  subscribe: stream.subscribe,
  stopping: stop.signal,
  gone,
});

function nothingWaits(options: ControlOptions, { file }: ReloadWait): string {
  return file === null ? "no app that is on reloads at a save" : `${shown(options, file)} reloads no app that is on`;
}

const shown = (options: ControlOptions, file: string): string => path.relative(options.project()?.root ?? "/", file);

/** The first problem as soon as there is one; null once there is none. */
function firstProblem(parts: readonly Promise<string | null>[]): Promise<string | null> {
  return new Promise((resolve, reject) => {
    for (const part of parts)
      part.then((problem) => {
        if (problem !== null) resolve(problem);
      }, reject);
    void Promise.all(parts).then(() => resolve(null), reject);
  });
}
