import type { Command } from "../model/project.ts";
import { startsPython } from "./python.ts";
import { valuesOf } from "../util/option-values.ts";

/** What a command names to its framework's own reloader, as devpm's keys take it. */
export interface ReloaderFlags {
  /** The folders in the place of the app's own; empty: none are named. */
  folders: string[];
  /** Files and globs beside them. */
  watch: string[];
  ignore: string[];
}

/** `uvicorn --reload-dir src --reload-include '*.html'`, `flask run --extra-files a.yml:b.yml`. */
export function reloaderFlags(command: Command): ReloaderFlags {
  const words = command.shell || !startsPython(command) ? [] : command.argv;
  const folders = valuesOf(words, "--reload-dir");
  const included = valuesOf(words, "--reload-include");
  const extra = [...paths(valuesOf(words, "--extra-files")), ...valuesOf(words, "--extra-file")];
  const excluded = [...valuesOf(words, "--reload-exclude"), ...valuesOf(words, "--exclude-pattern")];
  const places = folders.length === 0 ? ["."] : folders;
  return {
    folders,
    watch: [...extra, ...places.flatMap((folder) => included.map((glob) => below(folder, glob)))],
    ignore: [...excluded, ...paths(valuesOf(words, "--exclude-patterns"))].map(anywhere),
  };
}

const paths = (lists: readonly string[]): string[] => lists.flatMap((list) => list.split(":")).filter(Boolean);

/** uvicorn's patterns match a name, or the end of a path; one without a pattern is a folder or a file. */
const below = (folder: string, glob: string): string =>
  /[*?]/.test(glob) ? `${folder === "." ? "" : `${folder}/`}**/${glob}` : glob;

/** Both tools match the end of a path; Werkzeug's `*` also matches folders. */
const anywhere = (pattern: string): string =>
  pattern.startsWith("/") || !pattern.includes("/") ? pattern : `**/${pattern.replace(/^(\*+\/)+/, "")}`;
