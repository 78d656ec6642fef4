import path from "node:path";
import type { App } from "../model/project.ts";
import { NEVER_SAVED, literal } from "../model/save-rules.ts";

/** What PM2 has to watch: paths relative to the app's folder, and globs of what it must not look into. */
export interface WatchOptions {
  paths: string[];
  ignore: string[];
  /** PM2's `watch_options`: without it a folder above called "[app]" or "{app}" is read as a glob, and nothing is seen. */
  options: { disableGlobbing: true };
}

/** The rules of a save for chokidar 3, as PM2 uses it: a name anywhere below what is watched. */
export function watchOptions({
  cwd,
  watch,
  ignore,
  venv,
}: Pick<App, "cwd" | "watch" | "ignore" | "venv">): WatchOptions {
  const roots = [cwd, ...watch.filter((folder) => !folder.startsWith(cwd + path.sep) && folder !== cwd)];
  const own = roots.flatMap((root) => NEVER_SAVED.map((name) => `${literal(root)}/**/${name}`));
  const theirs = ignore.flatMap((glob) => below(cwd, glob));
  const paths = watch.map((folder) => path.relative(cwd, folder) || ".");
  const options = { disableGlobbing: true } as const;
  return { paths, options, ignore: [...own, ...(venv === null ? [] : [literal(venv)]), ...theirs] };
}

/** A glob without a slash means the name at any depth, as in .gitignore; what matches a folder leaves out all in it. */
function below(cwd: string, glob: string): string[] {
  if (path.isAbsolute(glob)) return [glob, `${literal(cwd)}${glob.replace(/\/$/, "")}`];
  const plain = glob.replace(/^\.\//, "").replace(/\/$/, "");
  return [`${literal(cwd)}/${plain.includes("/") ? "" : "**/"}${plain}`];
}
