import path from "node:path";
import type { FoundCommand } from "../commands/found-command.ts";
import { portIn, valueOf } from "../commands/intent.ts";
import { at, textsOf, toml } from "../parse/data.ts";
import { type PythonFiles, foldersAbove } from "./code/files.ts";
import { locate } from "./locate.ts";
import { consoleTarget, scriptTarget } from "./programs.ts";
import { portOfAddress } from "./launch.ts";
import type { Variables } from "./settings/port.ts";
import { type Target, type VariablesOf, numberOf, objectsIn, targetOf } from "./target.ts";

/** What the commands of a repository start, as far as it is a Python web application. */
export function targetsOf(files: PythonFiles, commands: readonly FoundCommand[], variables: VariablesOf): Target[] {
  return commands.flatMap((command) => {
    const { intent } = command;
    switch (intent.kind) {
      case "server":
        return serverTarget(files, command, intent, variables);
      case "flask":
        return flaskTarget(
          files,
          command,
          intent.app ?? command.env.FLASK_APP ?? command.env.QUART_APP ?? null,
          intent.port ?? namedPort(command, variables) ?? numberOf(command.env.FLASK_RUN_PORT),
          variables,
        );
      case "fastapi":
        return fastapiTarget(files, command, intent.path, intent.object, intent.port ?? namedPort(command, variables));
      case "python":
        return scriptTarget(files, command, intent, variables);
      case "other":
        return consoleTarget(files, command, intent.words, variables);
      default:
        return [];
    }
  });
}

type Server = Extract<FoundCommand["intent"], { kind: "server" }>;

function serverTarget(
  files: PythonFiles,
  command: FoundCommand,
  { server, target, port, appFolder }: Server,
  variables: VariablesOf,
): Target[] {
  const [module = "", rest = "app"] = target.split(":");
  const object = rest.replace(/\(.*\)$/, "");
  const folders = command.folders.flatMap((folder) => [
    ...(appFolder === null ? [] : [path.posix.join(folder, appFolder)]),
    folder,
  ]);
  const found = locate(files, module, folders);
  const folder = command.folders[0] ?? ".";
  const set =
    port ??
    (server === "hypercorn" ? configuredBind(files, command) : null) ??
    (server === "gunicorn" ? gunicornBind(files, command, variables(folder)) : null) ??
    namedPort(command, variables) ??
    numberOf(command.env[server === "uvicorn" ? "UVICORN_PORT" : "PORT"]) ??
    numberOf(command.env.PORT);
  return found ? targetOf(files, command, { ...found, object, port: set, codePort: null }) : [];
}

/** `--port $API_PORT`, `-b 0.0.0.0:$(API_PORT)`: as a file of variables sets it. */
function namedPort({ words, folders, env }: FoundCommand, variables: VariablesOf): number | null {
  const value = valueOf(words, ["--port", "-p", "--bind", "-b"]);
  const [, shell, windows] = /\$[({]?(\w+)[^:]*$|%(\w+)%$/.exec(value?.slice(0, 200) ?? "") ?? [];
  const name = shell ?? windows;
  if (name === undefined) return null;
  return numberOf(env[name]) ?? numberOf(variables(folders[0] ?? ".")[name]);
}

/** `gunicorn -c gunicorn_conf.py`; without a name it reads `gunicorn.conf.py` where it runs. */
function gunicornBind(files: PythonFiles, { words, folders }: FoundCommand, variables: Variables): number | null {
  if (valueOf(words, ["--bind", "-b"]) !== undefined) return null;
  const name = valueOf(words, ["--config", "-c"])?.replace(/^file:/, "") ?? "gunicorn.conf.py";
  const file = folders
    .flatMap((folder) => [path.posix.join(folder, name), path.posix.join(folder, path.posix.basename(name))])
    .find((one) => files.repository.text(one) !== null);
  const module = file === undefined ? null : files.module(file);
  const bind = module?.assigns.findLast(({ target, scope }) => target === "bind" && scope === "")?.value;
  return module && bind ? (portOfAddress(files, module, bind, variables)?.port ?? null) : null;
}

/** `hypercorn --config hypercorn.toml` */
function configuredBind({ repository }: PythonFiles, { words, folders }: FoundCommand): number | null {
  const name = valueOf(words, ["--config", "-c"])?.replace(/^file:/, "");
  const file = folders
    .map((folder) => path.posix.join(folder, name ?? ""))
    .find((one) => repository.text(one) !== null);
  const [bind] = file === undefined ? [] : textsOf(at(repository.parsed(file, toml), "bind"));
  return portIn(bind);
}

function flaskTarget(
  files: PythonFiles,
  command: FoundCommand,
  named: string | null,
  port: number | null,
  variables: VariablesOf,
): Target[] {
  const folder =
    command.folders.find(
      (one) => named !== null || variables(one).FLASK_APP !== undefined || flaskDefault(files, one) !== null,
    ) ??
    command.folders[0] ??
    ".";
  const set = variables(folder);
  const spelled = named ?? set.FLASK_APP ?? flaskDefault(files, folder);
  return spelled === null
    ? []
    : flaskApp(files, command, spelled, port ?? numberOf(set.FLASK_RUN_PORT), command.folders);
}

const flaskDefault = (files: PythonFiles, folder: string): string | null =>
  ["wsgi", "app"].find((module) => files.fileIn(folder, module) !== null) ?? null;

/** What FLASK_APP may be: `app`, `app.py`, `src/app.py`, `pkg:create_app('dev')`. */
export function flaskApp(
  files: PythonFiles,
  command: FoundCommand,
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
    const [target] = targetOf(files, command, { ...found, object, port, codePort: null });
    if (target) return [target];
  }
  const [only] = call === undefined ? objectsIn(files, found.file) : [];
  return only === undefined ? [] : targetOf(files, command, { ...found, object: only, port, codePort: null });
}

/** Files, as FastAPI looks for them: a package `app` is not taken for `app.py`. */
const FASTAPI_DEFAULTS = ["main.py", "app.py", "api.py", "app/main.py", "app/app.py", "app/api.py"];

function fastapiTarget(
  files: PythonFiles,
  command: FoundCommand,
  written: string | null,
  object: string | null,
  port: number | null,
): Target[] {
  const place = written?.replaceAll("\\", "/").replace(/^\.\//, "") ?? null;
  for (const folder of command.folders) {
    const file =
      place === null
        ? (FASTAPI_DEFAULTS.map((one) => path.posix.join(folder, one)).find((one) => files.repository.has(one)) ?? null)
        : fileAt(files, folder, place);
    if (file === null) continue;
    const name =
      object ?? objectsIn(files, file).toSorted((a, b) => Number(b === "app") - Number(a === "app"))[0] ?? "app";
    const targets = targetOf(files, command, {
      file,
      root: packageRoot(files, file),
      object: name,
      port,
      codePort: null,
    });
    if (targets.length > 0) return targets;
  }
  return [];
}

function fileAt({ repository }: PythonFiles, folder: string, place: string): string | null {
  const base = path.posix.join(folder, place);
  return (
    [base, `${base}/__init__.py`, `${base}.py`, `${base}/main.py`, `${base}/app.py`].find(
      (file) => file.endsWith(".py") && repository.has(file),
    ) ?? null
  );
}

/** `fastapi dev` starts above the packages of its file. */
function packageRoot({ repository }: PythonFiles, file: string): string {
  return foldersAbove(file).find((folder) => !repository.has(path.posix.join(folder, "__init__.py"))) ?? ".";
}
