import path from "node:path";
import type { App } from "../model/project.ts";
import { folderAbove, isGlob, isNeverSaved, matcher } from "../model/save-rules.ts";
import type { Files } from "../system/files/files.ts";

type Deps = Pick<Files, "entries" | "kind" | "times">;

/** Which files of a folder count, and which of its folders are searched. */
interface Rules {
  counts: (file: string) => boolean;
  enters: (folder: string) => boolean;
  /** Any virtual environment is left out, not only the app's. */
  skipsVenvs: boolean;
}

/** A file that reloads an app. Times are ms of the wall clock. */
export interface Save {
  file: string;
  /** When it was saved, whole. */
  at: number;
  /** The same; one that was moved there keeps the time of its save, and is changed. */
  changed: number;
}

/**
 * Every file that reloads an app, or `only` this one if it does; nothing beside its own folders is looked at then. The rules are those
 * of the watchers: a wait for a file that no watcher takes for a save would never end.
 */
export async function savesOf(files: Deps, app: App, only: string | null = null): Promise<Save[]> {
  const all = app.reload === "warm" ? preforkRules(app) : watchRules(app);
  const rules = only === null ? all : { ...all, ...onTheWayTo(only, all) };
  const own = app.reload === "warm" ? ENVIRONMENT_FILES.map((name) => path.join(app.cwd, name)) : [];
  const found = await Promise.all([...app.watch, ...own].map((entry) => savesBelow(files, app, entry, rules)));
  return found.flat().filter(({ file }) => only === null || file === only);
}

const onTheWayTo = (only: string, { counts, enters }: Rules): Pick<Rules, "counts" | "enters"> => ({
  counts: (file) => file === only && counts(file),
  enters: (folder) => only.startsWith(folder + path.sep) && enters(folder),
});

/** Save time of the newest file that reloads an app; 0 where there are none. */
export const newestSave = async (files: Deps, app: App): Promise<number> =>
  (await savesOf(files, app)).reduce((newest, { at }) => Math.max(newest, at), 0);

/** Files that frameworks read themselves. */
const ENVIRONMENT_FILES = [".env", ".flaskenv"];

/** The same as in src/reload/prefork/supervisor/watch/watcher.py. */
function preforkRules(app: App): Rules {
  const isIgnored = matcher(app.cwd, app.ignore);
  return {
    counts: (file) => file.endsWith(".py") && !isNeverSaved(path.basename(file)) && !isIgnored(file),
    enters: (folder) => !isNeverSaved(path.basename(folder)),
    skipsVenvs: true,
  };
}

/** The same as PM2's watch (plan/watch.ts). */
function watchRules(app: App): Rules {
  const isIgnored = matcher(app.cwd, app.ignore);
  const isWatched = (file: string): boolean =>
    !isNeverSaved(path.basename(file)) && !isIgnored(file) && file !== app.venv;
  return { counts: isWatched, enters: isWatched, skipsVenvs: false };
}

async function savesBelow(files: Deps, app: App, entry: string, rules: Rules): Promise<Save[]> {
  // a path that is named itself counts for every change, whatever its kind
  const isIgnored = matcher(app.cwd, app.ignore);
  if (isGlob(entry) && (await files.kind(entry)) === null) {
    const matches = matcher("/", [entry]);
    return savesIn(files, folderAbove(entry), { ...rules, counts: (file) => matches(file) && !isIgnored(file) });
  }
  if ((await files.kind(entry)) === "folder") return savesIn(files, entry, rules);
  return isIgnored(entry) ? [] : saveOf(files, entry);
}

async function savesIn(files: Deps, folder: string, rules: Rules): Promise<Save[]> {
  const entries = files.entries(folder);
  if ("error" in entries) return [];
  const saves = await Promise.all(
    entries.map(async ({ name, kind }) => {
      const file = path.join(folder, name);
      if (kind === "folder") return (await isEntered(files, file, rules)) ? savesIn(files, file, rules) : [];
      if (kind === "other" || !rules.counts(file)) return [];
      return kind === "link" && (await files.kind(file)) !== "file" ? [] : saveOf(files, file);
    }),
  );
  return saves.flat();
}

async function saveOf(files: Deps, file: string): Promise<Save[]> {
  const { saved, changed } = await files.times(file);
  const at = Math.floor(saved);
  return at === 0 ? [] : [{ file, at, changed }];
}

async function isEntered(files: Deps, folder: string, rules: Rules): Promise<boolean> {
  if (!rules.enters(folder)) return false;
  return !rules.skipsVenvs || (await files.kind(path.join(folder, "pyvenv.cfg"))) === null;
}
