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
export const NEVER_WATCHED: readonly string[] = [
  ...["__pycache__", "venv", "env", "node_modules", "site-packages", "*.egg-info", "htmlcov", "instance"],
  // .git, .venv, .pytest_cache, .idea …; and files such as .env, whose change needs more than a reload
  ".*",
  ...["*.pyc", "*.pyo", "*.log", "*.db", "*.db-journal", "*.db-wal", "*.db-shm", "*.sqlite", "*.sqlite3"],
  // what editors write beside the file they save
  ...["*~", "*.swp", "*.swx", "*.tmp", "4913", "#*#"],
];

/** The same list for chokidar 3, as PM2 uses it: a name anywhere below the app's folder. */
export function watchOptions({ cwd, watch, ignore }: Pick<App, "cwd" | "watch" | "ignore">): WatchOptions {
  return {
    paths: watch,
    ignore: [...NEVER_WATCHED.map((name) => anywhere(cwd, name)), ...ignore.map((glob) => below(cwd, glob))],
  };
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
