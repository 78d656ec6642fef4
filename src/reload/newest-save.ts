import path from "node:path";
import type { App } from "../model/project.ts";
import { folderAbove, isGlob, isNeverSaved, matcher } from "../model/save-rules.ts";
import type { Files } from "../system/files.ts";

type Outside = Pick<Files, "entries" | "kind" | "savedAt">;

/** Which files of a folder count, and which folders in it are looked into. */
interface Rules {
  counts: (file: string) => boolean;
  enters: (folder: string) => boolean;
  /** Any virtual environment is left out, not only the app's. */
  skipsVenvs: boolean;
}

/**
 * When the newest of the files that reload an app was saved: ms of the wall clock, whole; 0 where there are none. Judged
 * by the same rules as what reloads it: a file that no watcher takes for a save would be waited for without end.
 */
export async function newestSave(files: Outside, app: App): Promise<number> {
  const rules = app.reload === "warm" ? preforkRules(app) : watchRules(app);
  const own = app.reload === "warm" ? ENVIRONMENT_FILES.map((name) => path.join(app.cwd, name)) : [];
  const found = await Promise.all([...app.watch, ...own].map((entry) => newestOf(files, app, entry, rules)));
  return Math.floor(Math.max(0, ...found));
}

/** Read by frameworks themselves. */
const ENVIRONMENT_FILES = [".env", ".flaskenv"];

/** As src/reload/prefork/supervisor/watch/watcher.py has it. */
function preforkRules(app: App): Rules {
  const isIgnored = matcher(app.cwd, app.ignore);
  return {
    counts: (file) => file.endsWith(".py") && !isNeverSaved(path.basename(file)) && !isIgnored(file),
    enters: (folder) => !isNeverSaved(path.basename(folder)),
    skipsVenvs: true,
  };
}

/** As PM2's watch has it (plan/watch.ts). */
function watchRules(app: App): Rules {
  const isIgnored = matcher(app.cwd, app.ignore);
  const isWatched = (file: string): boolean =>
    !isNeverSaved(path.basename(file)) && !isIgnored(file) && file !== app.venv;
  return { counts: isWatched, enters: isWatched, skipsVenvs: false };
}

async function newestOf(files: Outside, app: App, entry: string, rules: Rules): Promise<number> {
  // of what is named itself every change counts, whatever its kind
  const isIgnored = matcher(app.cwd, app.ignore);
  if (isGlob(entry) && (await files.kind(entry)) === null) {
    const matches = matcher("/", [entry]);
    return newestIn(files, folderAbove(entry), { ...rules, counts: (file) => matches(file) && !isIgnored(file) });
  }
  if ((await files.kind(entry)) === "folder") return newestIn(files, entry, rules);
  return isIgnored(entry) ? 0 : files.savedAt(entry);
}

async function newestIn(files: Outside, folder: string, rules: Rules): Promise<number> {
  const entries = await files.entries(folder);
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

async function isEntered(files: Outside, folder: string, rules: Rules): Promise<boolean> {
  if (!rules.enters(folder)) return false;
  return !rules.skipsVenvs || (await files.kind(path.join(folder, "pyvenv.cfg"))) === null;
}
