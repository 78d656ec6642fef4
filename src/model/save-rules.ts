import { globSource, inPattern } from "./glob.ts";

/**
 * What does not count as a save: folders without user edits, and files that programs write while they run.
 * The single list for PM2's watch (plan/watch.ts), the supervisor's watcher (`--skip`), and the newest save that
 * `devpm wait --for reload` waits for. Each entry names a file or folder below a watched one, and may begin or end
 * with `*`. PM2's default does not have `__pycache__` and `venv`: a Flask app would restart twice for one save, and
 * 20 000 files of a venv take 5 s to watch.
 */
export const NEVER_SAVED: readonly string[] =
  // .* is .git, .venv, .pytest_cache, .idea …, and files such as .env, whose change needs more than a reload
  (
    `__pycache__ venv node_modules site-packages dist-packages bower_components *.egg-info htmlcov .* ` +
    `*.pyc *.pyo *.log *.db *.db-journal *.db-wal *.db-shm *.sqlite *.sqlite3 ` +
    // what `nohup devpm dev` prints: a restart would be the cause of the next one
    `nohup.out ` +
    // what editors write next to the file they save
    `*~ *.swp *.swx *.tmp 4913`
  ).split(" ");

const EXACT = new Set(NEVER_SAVED.filter((name) => !name.includes("*")));
const BEGINNINGS = NEVER_SAVED.filter((name) => name.endsWith("*")).map((name) => name.slice(0, -1));
const ENDINGS = NEVER_SAVED.filter((name) => name.startsWith("*")).map((name) => name.slice(1));

/** Whether a file or folder of this name is skipped, with all its contents. */
export const isNeverSaved = (name: string): boolean =>
  EXACT.has(name) || BEGINNINGS.some((start) => name.startsWith(start)) || ENDINGS.some((end) => name.endsWith(end));

/** A pattern as in `.gitignore`: `*`, `?`, `**`; one without a slash matches a name at any depth. */
export function matcher(root: string, globs: readonly string[]): (file: string) => boolean {
  const patterns = globs.flatMap((glob) => (glob.trim() === "" ? [] : compiled(root, glob.trim())));
  return (file) => patterns.some((pattern) => pattern.test(file));
}

/** The nearest parent folder of a glob without wildcards in its name. */
export function folderAbove(glob: string): string {
  const certain = glob.split(/[*?]/, 1)[0] ?? "";
  return certain.slice(0, certain.lastIndexOf("/")) || "/";
}

/** A folder inside a glob. chokidar turns a backslash into a slash, so what a glob would read as its own becomes `?`. */
export const literal = (folder: string): string => folder.replaceAll(/[\\*[\]{}()!+@|]/g, "?");

export const isGlob = (entry: string): boolean => /[*?]/.test(entry);

/** For absolute paths. A matching folder includes all its contents. */
function compiled(root: string, glob: string): RegExp[] {
  const isAtAnyDepth = !glob.replace(/\/+$/, "").includes("/");
  const body = globSource(glob.replace(/^\/+|\/+$/g, "").replace(/^\.\//, ""));
  const within = (folder: string, depth: string): RegExp =>
    new RegExp(`^${inPattern(folder)}/${depth}${body}(?:/.*)?$`);
  const below = within(root.replace(/\/+$/, ""), isAtAnyDepth ? "(?:.*/)?" : "");
  // absolute, or relative to the root as in .gitignore
  return glob.startsWith("/") ? [below, within("", "")] : [below];
}
