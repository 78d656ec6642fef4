import path from "node:path";
import type { App } from "../config/project.ts";

/** What PM2 is told to watch: absolute paths, and globs of what it must not look into. */
export interface WatchOptions {
  paths: string[];
  ignore: string[];
}

/**
 * Folders that no save of a person lands in, and files that programs write while they run. PM2's own default leaves out
 * `__pycache__` and `venv`: a Flask app restarts twice for one save, and 20 000 files of a venv take 5 s to watch.
 */
export const NEVER_WATCHED: readonly string[] =
  // .* is .git, .venv, .pytest_cache, .idea …, and files such as .env, whose change needs more than a reload
  (
    `__pycache__ venv node_modules site-packages *.egg-info htmlcov .* ` +
    `*.pyc *.pyo *.log *.db *.db-journal *.db-wal *.db-shm *.sqlite *.sqlite3 ` +
    // what editors write beside the file they save
    `*~ *.swp *.swx *.tmp 4913`
  ).split(" ");

/** The same list for chokidar 3, as PM2 uses it: a name anywhere below the app's folder. */
export function watchOptions({
  cwd,
  watch,
  ignore,
  venv,
}: Pick<App, "cwd" | "watch" | "ignore" | "venv">): WatchOptions {
  const own = NEVER_WATCHED.map((name) => anywhere(cwd, name));
  const theirs = ignore.map((glob) => below(cwd, glob));
  return { paths: watch, ignore: [...own, ...(venv === null ? [] : [escaped(venv)]), ...theirs] };
}

const anywhere = (cwd: string, name: string): string => `${escaped(cwd)}/**/${name}`;

/** `data` and `data/**` mean the folder and all in it; a glob without a slash means the name at any depth. */
function below(cwd: string, glob: string): string {
  if (path.isAbsolute(glob)) return glob;
  const plain = glob.replace(/^\.\//, "");
  return plain.includes("/") ? `${escaped(cwd)}/${plain}` : anywhere(cwd, plain);
}

/** Folders of the user's may hold letters that a glob would read as its own. */
const escaped = (folder: string): string => folder.replaceAll(/[\\*?[\]{}()!+@|]/g, String.raw`\$&`);
