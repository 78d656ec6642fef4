import path from "node:path";
import { coldFilesOf, type App } from "../model/project.ts";
import { PYTHON_RUNNERS, environmentPrefix } from "../config/python.ts";
import { NEVER_SAVED } from "../model/save-rules.ts";
import type { System } from "../system/system.ts";
import { interpreterOf, isPython, executableName } from "../config/shebang.ts";
import { builtFile } from "../util/package-files.ts";
import { type Unfit, whyNotEligible, lastValueOf } from "./eligibility.ts";
import { type Parsed, pythonArguments, type PythonCommand } from "./python-command.ts";

/** The Python program that runs an app as workers forked from preloaded libraries. */
const PREFORK = builtFile("reload/prefork/__main__.py");
/** The part of the app's grace period that the supervisor reserves for its own shutdown. */
const OWN_END_MS = 200;

type Deps = Pick<System, "files" | "commands" | "environment">;

/**
 * The command line that runs a Python app warm, or why there is none: `argv` is what would be typed, its program looked
 * up. The interpreter is the command's own, the program runs as written after a fork; see docs/reload.md.
 */
export async function preforkCommand(
  deps: Deps,
  app: App,
  argv: readonly string[],
): Promise<{ argv: string[] } | Unfit> {
  if (app.command.shell) return { cannot: "its command line needs a shell" };
  const line = await pythonCommand(deps, app, argv);
  if ("cannot" in line) return line;
  const unfit = whyNotEligible(line.program);
  if (unfit !== null) return unfit;
  const reason = await tooOld(deps, line);
  if (reason !== null) return { cannot: reason };
  const options = await supervisorOptions(deps, app, line);
  const program = withReloader(app, line.program);
  return { argv: [...line.before, line.interpreter, ...line.flags, PREFORK, ...options, "--", ...program] };
}

/**
 * The presets switch the framework's own reloader off, for apps that are restarted. A warm worker takes its place: the
 * program is to find what it finds under the plain development command (prefork/worker/plain_reloader.py).
 */
const withReloader = ({ kind }: App, program: readonly string[]): readonly string[] =>
  program.filter((word) => word !== WITHOUT_RELOADER[kind]);

const WITHOUT_RELOADER: Partial<Record<App["kind"], string>> = { flask: "--no-reload", django: "--noreload" };

async function pythonCommand({ files }: Deps, app: App, argv: readonly string[]): Promise<Parsed<PythonCommand>> {
  const [file = "", ...words] = argv;
  if (isPython(file)) return withArguments({ before: [], interpreter: file }, [], words);
  if (PYTHON_RUNNERS.includes(executableName(file))) return throughRunner(file, words);
  if (app.toolchain !== "python") return { cannot: `\`${executableName(file)}\` is not a Python program` };
  const shebang = interpreterOf(file, (await files.read(file)) ?? "");
  if (shebang === null) return { cannot: `\`${executableName(file)}\` is not a Python script` };
  const [interpreter = "", ...flags] = shebang;
  return withArguments({ before: [], interpreter }, flags, [file, ...words]);
}

/**
 * `uv run flask …`: the runner finds the interpreter, and that the installed script (worker/run_program.py), or that
 * there is none. The runner's own options before the command are not supported.
 */
function throughRunner(runner: string, [verb, named = "", ...words]: string[]): Parsed<PythonCommand> {
  const prefix = environmentPrefix(runner, named);
  const command = named.slice(prefix.length);
  // hatch takes the first `--` for itself
  const own = executableName(runner) === "hatch" ? ["--"] : [];
  const start = { before: [runner, "run", ...own], interpreter: `${prefix}python` };
  if (verb === "run" && isPython(command)) return withArguments(start, [], words);
  if (verb === "run" && /^[^-]/.test(command)) return withArguments(start, [], [command, ...words]);
  return {
    cannot: `\`${executableName(runner)} ${verb ?? ""} ${command}\` does not show which Python program it starts`,
  };
}

function withArguments(
  start: Pick<PythonCommand, "before" | "interpreter">,
  flags: string[],
  words: readonly string[],
): Parsed<PythonCommand> {
  const parsed = pythonArguments([...flags, ...words]);
  return "cannot" in parsed ? parsed : { ...start, ...parsed };
}

/**
 * Read from the venv's own pyvenv.cfg if there is one: a query of the interpreter costs as much as its start. One that
 * a runner finds looks for itself (prefork/__main__.py).
 */
async function tooOld({ files, commands, environment }: Deps, line: PythonCommand): Promise<string | null> {
  if (line.before.length > 0) return null;
  if (executableName(line.interpreter).startsWith("pypy")) return "PyPy has not been tried with it";
  const note = await files.read(path.join(path.dirname(line.interpreter), "../pyvenv.cfg"));
  const noted = /^version(?:_info)?\s*=\s*(\d+)\.(\d+)/m.exec(note ?? "");
  const found = noted ?? (await askedVersion(commands, environment, line.interpreter));
  if (!found) return null;
  const [major, minor] = [Number(found[1]), Number(found[2])];
  return major === 3 && minor >= 9 ? null : `it needs Python 3.9, and this is ${major}.${minor}`;
}

async function askedVersion(
  commands: System["commands"],
  environment: System["environment"],
  interpreter: string,
): Promise<RegExpExecArray | null> {
  const named = /(\d)\.(\d+)$/.exec(executableName(interpreter));
  if (named) return named;
  const script = "import sys; print('%d.%d' % sys.version_info[:2])";
  const asked = await commands.run(interpreter, ["-S", "-c", script], { env: environment.shell, timeoutMs: 5_000 });
  return /^(\d+)\.(\d+)/.exec(asked.stdout);
}

async function supervisorOptions({ files }: Deps, app: App, { program }: PythonCommand): Promise<string[]> {
  const host = lastValueOf(program, ["--host", "-h"]);
  const watched = await Promise.all(
    app.watch.map(async (entry) => [(await files.kind(entry)) === "folder" ? "--watch" : "--watch-all", entry]),
  );
  return [
    ...watched.flat(),
    ...app.ignore.flatMap((glob) => ["--ignore", glob]),
    "--skip",
    NEVER_SAVED.join(" "),
    ...coldFilesOf(app).flatMap((file) => ["--cold", file]),
    ...(app.port === null ? [] : ["--port", String(app.port)]),
    ...(host === null ? [] : ["--host", host]),
    "--grace",
    String(Math.max(100, app.graceMs - OWN_END_MS) / 1_000),
  ];
}
