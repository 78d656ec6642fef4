import path from "node:path";
import type { App } from "../model/project.ts";

/** What PM2 is told to watch: paths relative to the app's folder, and globs of what it must not look into. */
export interface WatchOptions {
  paths: string[];
  ignore: string[];
  /** PM2's `watch_options`: without it a folder above called "[app]" or "{app}" is read as a glob, and nothing is seen. */
  options: { disableGlobbing: true };
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

/** The same list for chokidar 3, as PM2 uses it: a name anywhere below what is watched. */
export function watchOptions({
  cwd,
  watch,
  ignore,
  venv,
}: Pick<App, "cwd" | "watch" | "ignore" | "venv">): WatchOptions {
  const roots = [cwd, ...watch.filter((folder) => !folder.startsWith(cwd + path.sep) && folder !== cwd)];
  const own = roots.flatMap((root) => NEVER_WATCHED.map((name) => `${literal(root)}/**/${name}`));
  const theirs = ignore.flatMap((glob) => below(cwd, glob));
  const paths = watch.map((folder) => path.relative(cwd, folder) || ".");
  const options = { disableGlobbing: true } as const;
  return { paths, options, ignore: [...own, ...(venv === null ? [] : [literal(venv)]), ...theirs] };
}

/** A glob without a slash means the name at any depth, as in .gitignore; what matches a folder leaves out all in it. */
function below(cwd: string, glob: string): string[] {
  if (path.isAbsolute(glob)) return [glob];
  const plain = glob.replace(/^\.\//, "").replace(/\/$/, "");
  return [`${literal(cwd)}/${plain.includes("/") ? "" : "**/"}${plain}`];
}

/** A folder inside a glob. chokidar turns a backslash into a slash, so what a glob would read as its own becomes `?`. */
const literal = (folder: string): string => folder.replaceAll(/[\\*[\]{}()!+@|]/g, "?");
