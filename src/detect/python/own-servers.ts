import path from "node:path";
import { type FoundCommand, evidenceOf } from "../commands/found-command.ts";
import { portIn } from "../commands/intent.ts";
import { groupBy } from "../../util/group.ts";
import { shellQuote } from "../../util/shell-quote.ts";
import { type Backend, startedByTool } from "./backend.ts";
import { variablesAt, weightOf } from "./candidates.ts";
import type { Call } from "./code/expression.ts";
import { homeOf } from "./requirements/home.ts";
import type { PythonFiles } from "./code/files.ts";
import { importRoot, moduleName } from "./code/import-root.ts";
import { isAside } from "./locate.ts";
import type { Place, PythonModule } from "./code/module.ts";
import { portOfExpression } from "./settings/port.ts";
import { type Target, numberOf } from "./target.ts";

/** A program that serves by itself: no other server can be given the application of aiohttp or of Tornado. */
interface Program {
  file: string;
  framework: "aiohttp" | "tornado";
  /** Where the server is started, which may be in a module that the program imports. */
  served: { file: string; line: number };
  codePort: Backend["programs"][number] | null;
  starts: FoundCommand[];
  score: number;
}

/**
 * The programs of aiohttp and Tornado, one for each set of requirements. Beside a backend of another framework such a server is a part of
 * it: its health check, its sockets.
 */
export function ownServersOf(
  files: PythonFiles,
  commands: readonly FoundCommand[],
  others: readonly Backend[],
): Backend[] {
  const servers = files.repository.files
    .filter((file) => file.endsWith(".py") && !isAside(file))
    .filter((file) => SERVES.test(files.repository.text(file) ?? ""))
    .flatMap((file) => programsOf(files, file, commands));
  const homes = groupBy(servers, ({ file }) => homeOf(files.repository, file));
  return [...homes].flatMap(([home, programs]) => {
    const [best] = programs.toSorted((a, b) => b.score - a.score);
    return best && !others.some((one) => one.home === home) ? [asBackend(files, home, best)] : [];
  });
}

/** A cheap check before a file is parsed; most files that name aiohttp only send requests with it. */
const SERVES = /\baiohttp\b[^]*\b(run_app|TCPSite)\s*\(|\btornado\b[^]*\.(listen|bind)\s*\(/;

function frameworkOf(module: PythonModule): Program["framework"] | null {
  if (takes(module, "aiohttp", /^web$/)) return "aiohttp";
  return takes(module, "tornado", /^(web|httpserver|ioloop)$/) ? "tornado" : null;
}

const takes = ({ imports }: PythonModule, library: string, parts: RegExp): boolean =>
  imports.some(({ module, names }) =>
    module === library
      ? names?.some(({ name }) => parts.test(name)) === true
      : module.startsWith(`${library}.`) && parts.test(module.slice(library.length + 1)),
  );

/** `web.run_app(app, port=8081)`, `web.TCPSite(runner, host, 8081)`, `app.listen(8888)`. */
function servingCall(module: PythonModule, framework: Program["framework"]): (Call & Place) | undefined {
  const isTornados = ({ callee, args: [port] }: Call): boolean =>
    /^(?!(self\.)?_?(sock|socket|s)\.)[\w.()]+\.(listen|bind)$/.test(callee) &&
    // windows, sockets and tables have a `bind`, too, and emitters a `listen`
    (callee.endsWith(".listen") || takes(module, "tornado", /^httpserver$/)) &&
    !/^(string|list)$/.test(port?.kind ?? "");
  const calls = module.calls.filter((call) =>
    framework === "aiohttp" ? /(^|\.)(run_app|TCPSite)$/.test(call.callee) : isTornados(call),
  );
  return calls.find(({ main }) => main) ?? calls[0];
}

const portArgument = ({ callee, args, named }: Call): Call["args"][number] | undefined =>
  named.port ?? (callee.endsWith("run_app") ? undefined : args[callee.endsWith("TCPSite") ? 2 : 0]);

/** The file itself where it is run, and what calls it: `from server import start` in the file that people run. */
function programsOf(files: PythonFiles, file: string, commands: readonly FoundCommand[]): Program[] {
  const module = files.module(file);
  const framework = module && frameworkOf(module);
  const call = framework && servingCall(module, framework);
  if (!module || !framework || !call) return [];
  const { text } = files.repository;
  const isRun = call.main || call.scope === "" || (text(file) ?? "").includes("__main__");
  const runners = [...(isRun ? [file] : []), ...files.repository.files.filter((one) => isRunnerOf(files, one, file))];
  const found = portOfExpression(
    files,
    module,
    portArgument(call),
    variablesAt(files.repository, path.posix.dirname(file)),
  );
  return runners.map((runner) => {
    const starts = commands.filter((command) => placeOf(files, command)?.file === runner && command.stage !== "test");
    return {
      file: runner,
      framework,
      served: { file, line: call.line },
      codePort: found && { ...found, file, line: call.line },
      starts,
      score: Math.max(0, ...starts.map(weightOf)) + nameRank(runner) - runner.split("/").length,
    };
  });
}

const NAMES = ["__main__.py", "main.py", "app.py", "server.py", "run.py", "web.py", "api.py"];
const nameRank = (file: string): number => NAMES.length - (NAMES.indexOf(path.posix.basename(file)) >>> 0) / 2 ** 28;

/** Functions and classes: without `__main__` only what stands outside of them runs with the file. */
const DEFINITIONS = /^(?:async )?(?:def|class)\b.*(?:\n(?:[ \t)].*)?)*/gm;

/** Whether a file is run, and calls what it imports from a module: `start()`, `asyncio.run(server.main())`. */
function isRunnerOf(files: PythonFiles, file: string, served: string): boolean {
  const text = file.endsWith(".py") && !isAside(file) && file !== served ? (files.repository.text(file) ?? "") : "";
  if (!text.includes(path.posix.basename(served, ".py"))) return false;
  const names = (files.module(file)?.imports ?? []).flatMap(({ module, level, names: taken, as }) => {
    if (files.resolve(file, module, level) === served) return taken?.map((one) => one.as) ?? [as ?? module];
    const inside = taken?.filter(
      (one) => files.resolve(file, [module, one.name].filter(Boolean).join("."), level) === served,
    );
    return inside?.map((one) => one.as) ?? [];
  });
  const called = names.filter((name) => /^[\w.]+$/.test(name)).map((name) => name.replaceAll(".", "\\."));
  const run = text.includes("__main__") ? text : text.replaceAll(DEFINITIONS, "");
  return called.some((name) => new RegExp(`^[^#\\n]*\\b${name}(\\.\\w+)?\\(`, "m").test(run));
}

/** The file that a command of Python runs, and the folder that it does so in. */
function placeOf(files: PythonFiles, { intent, folders }: FoundCommand): { file: string; folder: string } | null {
  if (intent.kind !== "python") return null;
  for (const folder of folders) {
    const named = intent.file === null ? null : path.posix.normalize(path.posix.join(folder, intent.file));
    const file =
      named ?? files.fileIn(folder, `${intent.module}.__main__`) ?? files.fileIn(folder, intent.module ?? "");
    if (file !== null && files.repository.has(file)) return { file, folder };
  }
  return null;
}

function asBackend(files: PythonFiles, home: string, { file, framework, served, codePort, starts }: Program): Backend {
  const [start] = starts.toSorted((a, b) => weightOf(b) - weightOf(a));
  const cwd = (start && placeOf(files, start)?.folder) ?? importRoot(files, file);
  const program = wordsOf(files, { file, served }, cwd, start);
  const app = { framework, origin: `${served.file}:${served.line}` };
  const targets = starts.map((command): Target => ({
    ...{ file, object: "", factory: false, app, root: cwd, folder: cwd, codePort: null, program, command },
    port: givenPort(command),
  }));
  return {
    ...startedByTool({
      framework,
      cwd,
      home,
      module: moduleName(file, cwd) ?? path.posix.basename(file, ".py"),
      file,
      evidence: [
        { file: served.file, line: served.line, says: `${framework} server` },
        ...targets.slice(0, 2).map(({ command }) => evidenceOf(command)),
      ],
    }),
    targets,
    program,
    programs: codePort === null ? [] : [codePort],
  };
}

const argumentsOf = ({ intent }: FoundCommand): string[] => (intent.kind === "python" ? intent.args : []);

const givenPort = (command: FoundCommand): number | null => {
  const args = argumentsOf(command);
  const at = args.findIndex((arg) => /^--?p(ort)?$/.test(arg));
  return at === -1
    ? (portIn(args.find((arg) => /^--port=\d+$/.test(arg))?.replace("=", ":")) ?? null)
    : numberOf(args[at + 1]);
};

/** As people type it; a file of a package that imports its neighbours by the package's name is run as a module. */
function wordsOf(
  { repository }: PythonFiles,
  { file, served }: Pick<Program, "file" | "served">,
  cwd: string,
  start: FoundCommand | undefined,
): string {
  const module = start?.intent.kind === "python" ? start.intent.module : null;
  const isInside = start === undefined && path.posix.dirname(file) !== cwd;
  const named = module ?? (isInside ? moduleName(file, cwd) : null);
  const run =
    named === null ? ["python", path.posix.relative(cwd, file)] : ["python", "-m", named.replace(/\.__main__$/, "")];
  const given = start === undefined ? [] : argumentsOf(start);
  const others = given.filter((arg, at) => !/^--?p(ort)?(=|$)/.test(arg) && !/^--?p(ort)?$/.test(given[at - 1] ?? ""));
  const text = [file, served.file].map((one) => repository.text(one) ?? "").join("\n");
  const port = /["']--port["']/.test(text)
    ? ["--port", "$PORT"]
    : /\bdefine\(\s*["']port["']/.test(text) && text.includes("parse_command_line")
      ? ["--port=$PORT"]
      : [];
  // where it is not known to take one, it is started as it is typed
  const kept = port.length > 0 ? others : given;
  return [...[...run, ...kept].map((word) => shellQuote(word)), ...port].join(" ");
}
