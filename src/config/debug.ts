import path from "node:path";
import type { App, Command, MovedPort } from "../model/project.ts";
import type { DeclaredPort } from "../checkout/isolation.ts";
import { declaredPorts, type AppEntry } from "./entries.ts";
import { isObject } from "../util/guard.ts";
import type { Problem } from "./problem.ts";
import { PYTHON_RUNNERS, environmentPrefix, toolchainOf } from "./python.ts";
import { parseCommand } from "./command-line.ts";

/** Where editors look by themselves. */
const USUAL_PORTS = { python: 5678, node: 9229 };
const LOOPBACK = "127.0.0.1";

/**
 * The debugger's port of each app that asks for one: `true` is the usual port of its language, and the next that the
 * configuration leaves free for further apps.
 */
export function debugPorts(entries: readonly AppEntry[]): DeclaredPort[] {
  const taken = new Set<unknown>(declaredPorts({ apps: entries.map(({ app }) => app) }).map(({ port }) => port));
  for (const { app } of entries) taken.add(app.debug);
  return entries.flatMap((entry) => {
    const { debug } = entry.app;
    if (debug !== true && typeof debug !== "number") return [];
    const port = debug === true ? freeFrom(USUAL_PORTS[languageOf(entry)], taken) : debug;
    return [{ app: entry.name, port, further: true }];
  });
}

function languageOf({ app }: AppEntry): "python" | "node" {
  const { command, interpreter } = app;
  const line = typeof command === "string" ? parseCommand(command) : argv(command ?? interpreter ?? "");
  return toolchainOf(line) === "node" || /^(?:nodemon|vite)$/.test(argvOf(line)[0] ?? "") ? "node" : "python";
}

const argv = (words: unknown): Command => ({ argv: [words].flat().map(String), shell: false });
const argvOf = (line: Command): readonly string[] => (line.shell ? [] : line.argv);

function freeFrom(first: number, taken: Set<unknown>): number {
  let port = first;
  while (taken.has(port)) port += 1;
  taken.add(port);
  return port;
}

type Debuggable = Pick<App, "command" | "toolchain" | "venv" | "ports" | "name">;

/**
 * Apps that ask for it, started under the debugger that an editor attaches to: debugpy, or Node's inspector. `moved`:
 * the ports of a checkout with ports of its own.
 */
export function withDebuggers<T extends Debuggable>(
  apps: readonly T[],
  entries: readonly AppEntry[],
  moved: readonly MovedPort[] = [],
): (T & Pick<App, "debugger">)[] {
  const asked = new Map(debugPorts(entries).map(({ app, port }) => [app, port]));
  return apps.map((app) => {
    const declared = asked.get(app.name);
    if (declared === undefined) return app;
    const port = moved.find((one) => one.app === app.name && one.further && one.from === declared)?.to ?? declared;
    const command = underDebugger(app, port);
    if ("cannot" in command) return { ...app, debugger: command };
    return { ...app, command, ports: [...app.ports, port], debugger: { port } };
  });
}

/** A command that no debugger can be put in front of is a problem of the configuration. */
export const debugProblems = (apps: readonly App[], entries: readonly AppEntry[]): Problem[] =>
  apps.flatMap(({ name, debugger: found }) => {
    const entry = entries.find((one) => one.name === name);
    if (found === undefined || !("cannot" in found) || entry === undefined || !isObject(entry.app)) return [];
    return [{ key: `${entry.key}.debug`, message: found.cannot }];
  });

/** The same command, with a debugger that listens on this port of 127.0.0.1. */
export function underDebugger(
  { command, toolchain, venv }: Pick<App, "command" | "toolchain" | "venv">,
  port: number,
): Command | { cannot: string } {
  if (command.shell) return { cannot: "its command line needs a shell, and so has no single program to debug" };
  const [program = "", ...words] = command.argv;
  const runner = PYTHON_RUNNERS.includes(path.basename(program)) && words[0] === "run";
  if (runner) return inFront([program, "run"], words.slice(1), null, port, environmentPrefix(program, words[1] ?? ""));
  if (toolchain === "python") return inFront([], command.argv, venv, port);
  if (/^(node|tsx|nodemon|bun)$/.test(path.basename(program)) && words.length > 0)
    return { argv: [program, `--inspect=${LOOPBACK}:${port}`, ...words], shell: false };
  return {
    cannot: `\`${path.basename(program)}\` cannot be debugged: Python, \`node FILE\`, \`tsx FILE\`, \`nodemon FILE\` and \`bun FILE\` can`,
  };
}

/** Otherwise debugpy reports the modules that Python has frozen at each start. */
const UNFROZEN = "-Xfrozen_modules=off";

function inFront(
  before: readonly string[],
  [first = "", ...words]: readonly string[],
  venv: string | null,
  port: number,
  prefix = "",
): Command | { cannot: string } {
  const program = first.slice(prefix.length);
  const debugpy = ["-m", "debugpy", "--listen", `${LOOPBACK}:${port}`];
  const under = (python: string, flags: readonly string[], rest: readonly string[]): Command => ({
    argv: [...before, `${prefix}${python}`, UNFROZEN, ...flags, ...debugpy, ...rest],
    shell: false,
  });
  if (/^python[\d.]*$/.test(path.basename(program))) {
    const at = programAt(words);
    if (words[at] === "-m" && words[at + 1] === "debugpy")
      return { cannot: "its command starts debugpy by itself; leave one of the two out" };
    if (at < words.length) return under(program, words.slice(0, at), words.slice(at));
    return { cannot: "python is started without a program" };
  }
  const module = MODULES[path.basename(program)];
  if (program.includes("/")) return under("python", [], [program, ...words]);
  if (module !== undefined) return under("python", [], ["-m", module, ...words]);
  if (venv !== null) return under("python", [], [path.join(venv, "bin", program), ...words]);
  return { cannot: `where the script \`${program}\` lies is not known: write it as \`python -m MODULE\`` };
}

/** Where the flags of Python end: `-X dev -m flask` → 2. */
function programAt(words: readonly string[]): number {
  let at = 0;
  while (words[at]?.startsWith("-") && !/^-[mc]/.test(words[at] ?? "")) at += /^-[WX]$/.test(words[at] ?? "") ? 2 : 1;
  return at;
}

/** Scripts that are the same program as a module, which debugpy finds by itself. */
const MODULES: Readonly<Record<string, string | undefined>> = {
  arq: "arq",
  celery: "celery",
  daphne: "daphne",
  dramatiq: "dramatiq",
  fastapi: "fastapi",
  flask: "flask",
  gunicorn: "gunicorn",
  hypercorn: "hypercorn",
  litestar: "litestar",
  quart: "quart",
  uvicorn: "uvicorn",
  "waitress-serve": "waitress",
};
