import path from "node:path";
import type { FoundCommand } from "../commands/found-command.ts";
import type { Call } from "./code/expression.ts";
import { frameworkNamed } from "./frameworks.ts";
import type { PythonFiles } from "./code/files.ts";
import { launchesOf } from "./launch.ts";
import type { PythonModule } from "./code/module.ts";
import { type Located, isAside, locate } from "./locate.ts";
import type { Variables } from "./settings/port.ts";
import { type Target, type VariablesOf, factoryNamed, numberOf, targetOf } from "./target.ts";

type Script = Extract<FoundCommand["intent"], { kind: "python" }>;

export function scriptTarget(
  files: PythonFiles,
  command: FoundCommand,
  { file, module }: Script,
  variables: VariablesOf,
): Target[] {
  const found = file === null ? moduleProgram(files, command, module ?? "") : scriptFile(files, command, file);
  return found ? programTarget(files, command, found, variables) : [];
}

/** A program, and the folder that a command finds it from: documents in a folder of their own are often followed in the root. */
interface Program extends Located {
  folder: string;
}

function moduleProgram(files: PythonFiles, { folders }: FoundCommand, module: string): Program | null {
  const found = locate(files, `${module}.__main__`, folders) ?? locate(files, module, folders);
  return found && { ...found, folder: folders.find((one) => isIn(found.root, one)) ?? folders[0] ?? "." };
}

const isIn = (root: string, folder: string): boolean => root === folder || root === path.posix.join(folder, "src");

function scriptFile(files: PythonFiles, command: FoundCommand, file: string): Program | null {
  const name = file.replace(/^\.\//, "").replace(/^\/(app|code|usr\/src\/app|srv|workspace)\//, "");
  for (const folder of command.folders) {
    const at = path.posix.normalize(path.posix.join(folder, name));
    if (files.repository.has(at)) return { file: at, root: path.posix.dirname(at), folder };
  }
  return null;
}

/** A cheap check before a program is parsed. */
const mayServe = (text: string): boolean =>
  /uvicorn|hypercorn|granian|waitress|wsgiref|werkzeug|flask|fastapi|\.run\(|\bapp\b/i.test(text);

function programTarget(
  files: PythonFiles,
  command: FoundCommand,
  { file, root, folder }: Program,
  variables: VariablesOf,
): Target[] {
  const module = mayServe(files.repository.text(file) ?? "") && !isAside(file) ? files.module(file) : null;
  if (!module) return [];
  const set = { ...variables(folder), ...command.env };
  for (const { target, port, line } of [...launchesOf(files, module, set), ...launchesBehind(files, file, set)]) {
    // `uvicorn.run("backend.api:app")` in a file that has another name by now
    const own = { file, root };
    const at = target.module === null ? own : (locate(files, target.module, [root, ...command.folders]) ?? own);
    const codePort = port ? { ...port, file, line } : null;
    const args = command.intent.kind === "python" ? portIn(command.intent.args) : null;
    const [found] = at ? targetOf(files, command, { ...at, object: target.object, port: args, codePort }) : [];
    if (found) return [found];
    const local =
      at && target.module === null ? localApp(files, command, { ...at, folder }, target.object, codePort) : null;
    if (local) return [local];
  }
  return [];
}

const portIn = (args: readonly string[]): number | null => {
  const at = args.findIndex((arg) => arg === "--port" || arg === "-p");
  return numberOf(at === -1 ? args.find((arg) => arg.startsWith("--port="))?.slice(7) : args[at + 1]);
};

/** What the functions of own modules start that a program calls: `from app.server import run`. */
function launchesBehind(files: PythonFiles, file: string, set: Variables): ReturnType<typeof launchesOf> {
  const module = files.module(file);
  const called = new Set(module?.calls.map(({ callee }) => callee.split(".")[0] ?? ""));
  return (module?.imports ?? []).flatMap((one) => {
    if (!one.names?.some(({ as }) => called.has(as))) return [];
    const from = files.resolve(file, one.module, one.level);
    const behind = from === null ? null : files.module(from);
    return behind
      ? launchesOf(files, behind, set).map((launch) => ({
          ...launch,
          target: launch.target.module === null ? { ...launch.target, module: one.module } : launch.target,
        }))
      : [];
  });
}

/**
 * `if __name__ == "__main__": app = create_app(); app.run()`: a server can be given what makes it. What is constructed there
 * only the program itself can run.
 */
function localApp(
  files: PythonFiles,
  command: FoundCommand,
  { file, root, folder }: Program,
  object: string,
  codePort: Target["codePort"],
): Target | null {
  const module = files.module(file);
  const assigned = module?.assigns.findLast(({ target, value }) => target === object && value?.kind === "call");
  const callee = assigned?.value?.kind === "call" ? assigned.value : null;
  if (!module || !callee) return null;
  const framework = frameworkNamed(files, module, callee.callee);
  const given = callee.args.length > 0 || Object.keys(callee.named).length > 0;
  const isOwn = framework !== null || (given && !isUsual(module, callee));
  const program = isOwn ? servingWords(command, files.repository.text(file) ?? "") : null;
  if (isOwn && program === null) return null;
  const made = framework
    ? { file, object, app: { framework, origin: `${file}:${callee.line}` } }
    : factoryNamed(files, file, callee.callee);
  return made
    ? {
        file: made.file,
        object: made.object,
        factory: true,
        app: made.app,
        root,
        folder,
        port: null,
        codePort,
        program,
        command,
      }
    : null;
}

/** `create_app("development")` of a function that needs no arguments: without them it does as much. */
function isUsual({ functions }: PythonModule, { callee, args, named }: Call): boolean {
  const [only, ...others] = [...args, ...Object.values(named)];
  const made = functions.find(({ name, scope }) => name === callee && scope === "");
  const isNamed = only?.kind === "string" && /^(dev|development|local|default)$/i.test(only.value);
  return made?.required.length === 0 && isNamed && others.length === 0;
}

/** Subcommands that serve; of `shop serve` and `shop import orders.csv` only the first starts something to develop on. */
const SERVES = /^(serve|server|run|run-?server|start|web|api|dev|http|up)$/;

/** A command without its address, which is devpm's to give: where the program has a `--port`, it gets that. */
function servingWords({ intent }: FoundCommand, text: string): string | null {
  const start = intent.kind === "other" ? 1 : 0;
  const words = intent.kind === "other" ? intent.words : intent.kind === "python" ? intent.args : [];
  const kept = words.filter(
    (word, at) => !/^--?(host|port|reload|p)(=|$)/.test(word) && !/^--?(host|port|p)$/.test(words[at - 1] ?? ""),
  );
  if (!kept.slice(start).every((word) => SERVES.test(word))) return null;
  const python = intent.kind === "python" ? ["python", ...(intent.file === null ? ["-m"] : [])] : [];
  const named = intent.kind === "python" ? [intent.file ?? intent.module ?? ""] : [];
  const port = /["']--port["']/.test(text) ? ["--port", "$PORT"] : [];
  return [...python, ...named, ...kept, ...port].join(" ");
}

/** A console script of the project itself. */
export function consoleTarget(
  files: PythonFiles,
  command: FoundCommand,
  words: readonly string[],
  variables: VariablesOf,
): Target[] {
  const [name = ""] = words;
  if (!/^[\w-]+$/.test(name)) return [];
  for (const folder of command.folders) {
    const script = consoleScripts(files, folder).get(name);
    const located =
      script === undefined ? null : locate(files, script.split(":")[0] ?? "", [folder, path.posix.join(folder, "src")]);
    if (located) return programTarget(files, command, { ...located, folder }, variables);
  }
  return [];
}

const cache = new WeakMap<PythonFiles, Map<string, ConsoleScripts>>();

/** What each starts, by name: `shop.main:start`. */
type ConsoleScripts = ReadonlyMap<string, string>;

/** `[project.scripts]` of a folder. */
export function consoleScripts(files: PythonFiles, folder: string): ConsoleScripts {
  const known = cache.get(files) ?? new Map<string, ConsoleScripts>();
  cache.set(files, known);
  const there = known.get(folder);
  if (there) return there;
  const text = files.repository.text(path.posix.join(folder, "pyproject.toml")) ?? "";
  const section = /^\[(?:project|tool\.poetry)\.scripts\]\n((?:(?!\[)[^\n]*\n?)*)/m.exec(text)?.[1] ?? "";
  const scripts = new Map(
    [...section.matchAll(/^[ \t]*"?([\w.-]+)"?[ \t]*=[ \t]*["']([\w.:]+)["']/gm)].map(([, name = "", target = ""]) => [
      name,
      target,
    ]),
  );
  known.set(folder, scripts);
  return scripts;
}
