import type { Command } from "../model/project.ts";

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

const PYTHON =
  /^(python[\d.]*|flask|uvicorn|fastapi|gunicorn|hypercorn|celery|alembic|django-admin|ddtrace-run|opentelemetry-instrument|newrelic-admin)$/;

/** What runs a Python program in an environment that it finds itself: `uv run flask …`. devpm gives it none. */
export const PYTHON_RUNNERS = ["uv", "poetry", "pipenv", "pdm", "rye"];

export function startsPython(command: Command): boolean {
  const [name = "", verb, program = "", ...rest] = wordsOf(command);
  if (!PYTHON_RUNNERS.includes(name) || verb !== "run") return toolchainOf(command) === "python";
  return program.endsWith(".py") || toolchainOf({ argv: [program, ...rest], shell: false }) === "python";
}

function wordsOf(command: Command): string[] {
  const [program = "", ...rest] = command.shell ? command.line.trim().split(/\s+/) : command.argv;
  return [program.split("/").at(-1) ?? "", ...rest];
}
