import path from "node:path";
import type { App } from "../model/project.ts";
import { folderAbove, isGlob, isNeverSaved, matcher } from "../model/save-rules.ts";
import type { Files } from "../system/files.ts";

type Deps = Pick<Files, "entries" | "kind" | "savedAt">;

/** Which files of a folder count, and which of its folders are searched. */
interface Rules {
  counts: (file: string) => boolean;
  enters: (folder: string) => boolean;
  /** Any virtual environment is left out, not only the app's. */
  skipsVenvs: boolean;
}

/**
 * Save time of the newest file that reloads an app: ms of the wall clock, whole; 0 where there are none. The rules are
 * those of the watchers: a wait for a file that no watcher takes for a save would never end.
 */
export async function newestSave(files: Deps, app: App): Promise<number> {
  const rules = app.reload === "warm" ? preforkRules(app) : watchRules(app);
  const own = app.reload === "warm" ? ENVIRONMENT_FILES.map((name) => path.join(app.cwd, name)) : [];
  const found = await Promise.all([...app.watch, ...own].map((entry) => newestOf(files, app, entry, rules)));
  return Math.floor(Math.max(0, ...found));
}

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

async function newestOf(files: Deps, app: App, entry: string, rules: Rules): Promise<number> {
  // a path that is named itself counts for every change, whatever its kind
  const isIgnored = matcher(app.cwd, app.ignore);
  if (isGlob(entry) && (await files.kind(entry)) === null) {
    const matches = matcher("/", [entry]);
    return newestIn(files, folderAbove(entry), { ...rules, counts: (file) => matches(file) && !isIgnored(file) });
  }
  if ((await files.kind(entry)) === "folder") return newestIn(files, entry, rules);
  return isIgnored(entry) ? 0 : files.savedAt(entry);
}

async function newestIn(files: Deps, folder: string, rules: Rules): Promise<number> {
  const entries = files.entries(folder);
  if ("error" in entries) return 0;
  const times = await Promise.all(
    entries.map(async ({ name, kind }) => {
      const file = path.join(folder, name);
      if (kind === "folder") return (await isEntered(files, file, rules)) ? newestIn(files, file, rules) : 0;
      if (kind === "other" || !rules.counts(file)) return 0;
      return kind === "link" && (await files.kind(file)) !== "file" ? 0 : files.savedAt(file);
    }),
  );
  return Math.max(0, ...times);
}

async function isEntered(files: Deps, folder: string, rules: Rules): Promise<boolean> {
  if (!rules.enters(folder)) return false;
  return !rules.skipsVenvs || (await files.kind(path.join(folder, "pyvenv.cfg"))) === null;
}
