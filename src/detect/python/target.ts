import path from "node:path";
import type { FoundCommand } from "../commands/found-command.ts";
import { type WebApp, appNamed, appReturned } from "./frameworks.ts";
import type { PythonFiles } from "./code/files.ts";
import type { Located } from "./locate.ts";
import type { CodePort, Variables } from "./settings/port.ts";

/** An application that a command starts. */
export interface Target {
  file: string;
  object: string;
  factory: boolean;
  app: WebApp;
  /** The folder that the command's module path starts from. */
  root: string;
  /** Where the command runs. */
  folder: string;
  port: number | null;
  /** A port that is written in the code the command runs. */
  codePort: (CodePort & { file: string; line: number }) | null;
  /** The words that run it, where no server can be given the application: a program makes it with values of its own. */
  program: string | null;
  command: FoundCommand;
}

export type VariablesOf = (folder: string) => Variables;

/** The application of a name in a file, or what a function of that name returns; none where it is neither. */
export function targetOf(
  files: PythonFiles,
  command: FoundCommand,
  {
    file,
    root,
    object,
    port,
    codePort,
  }: Located & { object: string; port: number | null; codePort: Target["codePort"] },
): Target[] {
  const module = files.module(file);
  if (!module) return [];
  const target = (found: Pick<Target, "file" | "object" | "factory" | "app">): Target[] => [
    { ...found, root, folder: command.folders[0] ?? ".", port, codePort, program: null, command },
  ];
  const named = appNamed(files, file, object);
  if (named) return target({ file, object, factory: false, app: named });
  const made = factoryNamed(files, file, object);
  return made ? target({ ...made, factory: true }) : [];
}

/** A function of a module, or one that it imports, that returns an application. */
export function factoryNamed(
  files: PythonFiles,
  file: string,
  object: string,
): { file: string; object: string; app: WebApp } | null {
  const module = files.module(file);
  const own = module?.functions.find(({ name, scope }) => name === object && scope === "");
  if (module && own) {
    const app = appReturned(files, module, own);
    return app ? { file, object, app } : null;
  }
  for (const one of module?.imports ?? []) {
    const taken = one.names?.find(({ as }) => as === object);
    const from = taken && files.resolve(file, one.module, one.level);
    const found = from && from !== file ? factoryNamed(files, from, taken.name) : null;
    // of a package's `__main__.py` the server is given what that has imported
    if (found) return path.posix.basename(file) === "__main__.py" ? found : { ...found, file, object };
  }
  return null;
}

/** Names of a module that are applications. */
export function objectsIn(files: PythonFiles, file: string): string[] {
  const module = files.module(file);
  const names = [
    ...new Set(
      module?.assigns
        .filter(({ scope, main, target }) => scope === "" && !main && !target.includes("."))
        .map(({ target }) => target) ?? [],
    ),
  ];
  return names.filter((name) => appNamed(files, file, name) !== null);
}

export const numberOf = (text: string | undefined): number | null =>
  text !== undefined && /^\d{2,5}$/.test(text) ? Number(text) : null;
