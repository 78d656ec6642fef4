import path from "node:path";
import type { App, Command } from "../model/project.ts";
import type { Files } from "../system/files/files.ts";
import { interpreterOf } from "./shebang.ts";
import type { Venv } from "./venv.ts";
import { readToml, tableIn } from "./workspace.ts";

/*
 * Without a virtual environment `python` may not exist where `python3` does; an activated one has both.
 * Flask's debug pages are wanted, its reloader is not: devpm reloads, and a second one would fork the process that
 * holds the port behind its back.
 */
export function flaskCommand(debug: boolean, venv: string | null): Command {
  return python(venv, ["-m", "flask", "run", ...(debug ? ["--no-reload"] : []), "--port", "$PORT"]);
}

/** What every version of Flask reads; those before 2.2 have no `--app`, and before 2.2.3 no `run --debug`. */
export const flaskVariables = (app: string, debug: boolean): Record<string, string> => ({
  FLASK_APP: app,
  ...(debug ? { FLASK_DEBUG: "1" } : {}),
});

/** As for Flask: `runserver` keeps its debug pages without its reloader. */
export function djangoCommand(settings: string | undefined, venv: string | null): Command {
  const flags = settings === undefined ? [] : ["--settings", settings];
  return python(venv, ["manage.py", "runserver", "--noreload", ...flags, "$PORT"]);
}

export function fastapiCommand(app: string, venv: string | null): Command {
  return python(venv, ["-m", "uvicorn", app.includes(":") ? app : `${app}:app`, "--port", "$PORT"]);
}

const python = (venv: string | null, args: readonly string[]): Command => ({
  argv: [venv === null ? "python3" : "python", ...args],
  shell: false,
});

/** Whether a command is Python's: by its program, so that preflight can look for it and a venv can serve it. */
export function toolchainOf(command: Command): "python" | "node" | "none" {
  const [name = ""] = wordsOf(command);
  if (PYTHON.test(name)) return "python";
  return /^(node|npm|npx|pnpm|pnpx|yarn|bun|bunx|vite|tsx|next|astro)$/.test(name) ? "node" : "none";
}

/** What is known before there is an environment to look into. */
const PYTHON = new RegExp(
  `^(?:${[
    ...["python[\\d.]*", "pypy[\\d.]*", "flask", "uvicorn", "fastapi", "gunicorn", "hypercorn", "granian", "daphne"],
    ...["waitress-serve", "litestar", "quart", "sanic", "streamlit", "gradio", "adev", "chainlit", "marimo", "panel"],
    ...["celery", "rq", "arq", "dramatiq", "dramatiq-gevent", "huey_consumer(?:\\.py)?", "taskiq", "flower"],
    ...["alembic", "django-admin", "ddtrace-run", "opentelemetry-instrument", "newrelic-admin", "debugpy"],
    ...["watchfiles", "watchmedo", "jurigged", "hupper", "pserve"],
  ].join("|")})$`,
);

/** What runs a Python program in an environment that it finds itself: `uv run flask …`. devpm gives it none. */
export const PYTHON_RUNNERS = ["uv", "poetry", "pipenv", "pdm", "rye", "hatch", "pixi"];

/** `dev:` of `hatch run dev:serve`, hatch's environment of that name: any other program runs in it with the same in front. */
export const environmentPrefix = (runner: string, program: string): string =>
  path.basename(runner) === "hatch" ? (/^[\w.-]+:/.exec(program)?.[0] ?? "") : "";

/** A runner starts Python, except where Node's tools follow; a script that it knows and devpm does not is found later. */
export function startsPython(command: Command): boolean {
  const [name = "", verb, ...program] = wordsOf(command);
  if (!PYTHON_RUNNERS.includes(name) || verb !== "run") return toolchainOf(command) === "python";
  const [first = "", ...rest] = program;
  const inside = [first.slice(environmentPrefix(name, first).length), ...rest];
  return program.length > 0 && toolchainOf({ argv: inside, shell: false }) !== "node";
}

/** The same, where the environment, or what the project declares to be in it, knows a command of that name. */
export async function toolchainIn(
  command: Command,
  venv: Venv | null,
  files: Pick<Files, "read">,
): Promise<App["toolchain"]> {
  const known = toolchainOf(command);
  const [name = ""] = command.shell ? command.line.trim().split(/\s+/) : command.argv;
  if (known !== "none" || venv === null || !/^[\w.-]+$/.test(name)) return known;
  const script = path.join(venv.folder, "bin", name);
  const text = await files.read(script);
  if (text !== null) return interpreterOf(script, text) === null ? "none" : "python";
  return (await declaresScript(name, venv, files)) ? "python" : "none";
}

/** `[project.scripts]`, of an environment that is still to be made. */
async function declaresScript(name: string, { make }: Venv, files: Pick<Files, "read">): Promise<boolean> {
  const file = make?.files.find((input) => input.endsWith("/pyproject.toml"));
  if (file === undefined) return false;
  const declared = await readToml(file, files);
  return [tableIn(declared, "project", "scripts"), tableIn(declared, "tool", "poetry", "scripts")].some(
    (scripts) => scripts !== undefined && name in scripts,
  );
}

function wordsOf(command: Command): string[] {
  const [program = "", ...rest] = command.shell ? command.line.trim().split(/\s+/) : command.argv;
  return [program.split("/").at(-1) ?? "", ...rest];
}
