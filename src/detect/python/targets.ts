import path from "node:path";
import type { Said } from "../commands/said.ts";
import { type PythonFiles, foldersAbove } from "./index.ts";
import { locate } from "./locate.ts";
import { consoleTarget, scriptTarget } from "./programs.ts";
import { type Target, type VariablesOf, numberOf, objectsIn, targetOf } from "./target.ts";

/** What the commands of a repository start, as far as it is a Python web application. */
export function targetsOf(files: PythonFiles, commands: readonly Said[], variables: VariablesOf): Target[] {
  return commands.flatMap((said) => {
    const { intent } = said;
    switch (intent.kind) {
      case "server":
        return serverTarget(files, said, intent, variables);
      case "flask":
        return flaskTarget(
          files,
          said,
          intent.app ?? said.env.FLASK_APP ?? null,
          intent.port ?? numberOf(said.env.FLASK_RUN_PORT),
          variables,
        );
      case "fastapi":
        return fastapiTarget(files, said, intent.path, intent.object, intent.port);
      case "python":
        return scriptTarget(files, said, intent, variables);
      case "other":
        return consoleTarget(files, said, intent.words, variables);
      default:
        return [];
    }
  });
}

type Server = Extract<Said["intent"], { kind: "server" }>;

function serverTarget(
  files: PythonFiles,
  said: Said,
  { target, factory, port, appFolder }: Server,
  variables: VariablesOf,
): Target[] {
  const [module = "", rest = "app"] = target.split(":");
  const object = rest.replace(/\(.*\)$/, "");
  const folders = said.folders.flatMap((folder) => [
    ...(appFolder === null ? [] : [path.posix.join(folder, appFolder)]),
    folder,
  ]);
  const found = locate(files, module, folders);
  const folder = said.folders[0] ?? ".";
  const set =
    port ??
    numberOf(said.env.PORT) ??
    (said.words.some((word) => /\$\{?PORT/.test(word)) ? numberOf(variables(folder).PORT) : null);
  return found ? targetOf(files, said, { ...found, object, factory, port: set, codePort: null }) : [];
}

function flaskTarget(
  files: PythonFiles,
  said: Said,
  named: string | null,
  port: number | null,
  variables: VariablesOf,
): Target[] {
  const folder =
    said.folders.find(
      (one) => named !== null || variables(one).FLASK_APP !== undefined || flaskDefault(files, one) !== null,
    ) ??
    said.folders[0] ??
    ".";
  const set = variables(folder);
  const spelled = named ?? set.FLASK_APP ?? flaskDefault(files, folder);
  return spelled === null ? [] : flaskApp(files, said, spelled, port ?? numberOf(set.FLASK_RUN_PORT), said.folders);
}

const flaskDefault = (files: PythonFiles, folder: string): string | null =>
  ["wsgi", "app"].find((module) => files.fileIn(folder, module) !== null) ?? null;

/** What FLASK_APP may be: `app`, `app.py`, `src/app.py`, `pkg:create_app('dev')`. */
export function flaskApp(
  files: PythonFiles,
  said: Said,
  spelled: string,
  port: number | null,
  folders: readonly string[],
): Target[] {
  const [place = "", call] = spelled.replace(/^["']|["']$/g, "").split(":");
  const module = place.replace(/^\.\//, "").replace(/\.py$/, "").replaceAll(/[/\\]/g, ".").replace(/\.$/, "");
  const located = locate(files, module, folders);
  if (!located) return [];
  // of a path Flask imports the file from its own folder, of a dotted name from the folder it runs in
  const found = place.includes("/") ? { ...located, root: packageRoot(files, located.file) } : located;
  const objects = call === undefined ? ["app", "application", "create_app", "make_app"] : [call.replace(/\(.*\)$/, "")];
  for (const object of objects) {
    const [target] = targetOf(files, said, { ...found, object, factory: false, port, codePort: null });
    if (target) return [target];
  }
  const [only] = call === undefined ? objectsIn(files, found.file) : [];
  return only === undefined
    ? []
    : targetOf(files, said, { ...found, object: only, factory: false, port, codePort: null });
}

const FASTAPI_DEFAULTS = ["main", "app", "api", "app.main", "app.app", "app.api"];

function fastapiTarget(
  files: PythonFiles,
  said: Said,
  written: string | null,
  object: string | null,
  port: number | null,
): Target[] {
  const place = written?.replaceAll("\\", "/").replace(/^\.\//, "") ?? null;
  for (const folder of said.folders) {
    const file =
      place === null
        ? firstOf(FASTAPI_DEFAULTS.map((module) => files.fileIn(folder, module)))
        : fileAt(files, folder, place);
    if (file === null) continue;
    const name =
      object ?? objectsIn(files, file).toSorted((a, b) => Number(b === "app") - Number(a === "app"))[0] ?? "app";
    const targets = targetOf(files, said, {
      file,
      root: packageRoot(files, file),
      object: name,
      factory: false,
      port,
      codePort: null,
    });
    if (targets.length > 0) return targets;
  }
  return [];
}

const firstOf = <T>(values: readonly (T | null)[]): T | null => values.find((value) => value !== null) ?? null;

function fileAt({ repository }: PythonFiles, folder: string, place: string): string | null {
  const at = path.posix.join(folder, place);
  return (
    [at, `${at}/__init__.py`, `${at}.py`, `${at}/main.py`, `${at}/app.py`].find(
      (file) => file.endsWith(".py") && repository.has(file),
    ) ?? null
  );
}

/** `fastapi dev` starts above the packages of its file. */
function packageRoot({ repository }: PythonFiles, file: string): string {
  return foldersAbove(file).find((folder) => !repository.has(path.posix.join(folder, "__init__.py"))) ?? ".";
}
