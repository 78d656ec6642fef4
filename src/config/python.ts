import type { Command } from "./project.ts";

/*
 * Without a virtual environment `python` may not exist where `python3` does; an activated one has both.
 * Flask's debug pages are wanted, its reloader is not: devpm reloads, and a second one would fork the process that
 * holds the port behind its back.
 */
export function flaskCommand(app: string, debug: boolean, venv: string | null): Command {
  const flags = debug ? ["--debug", "--no-reload"] : [];
  return python(venv, ["-m", "flask", "--app", app, "run", ...flags, "--port", "$PORT"]);
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
  const [program = ""] = command.shell ? command.line.trim().split(/\s+/) : command.argv;
  const name = program.split("/").at(-1) ?? "";
  if (/^(python[\d.]*|flask|uvicorn|fastapi|gunicorn|hypercorn|celery|django-admin)$/.test(name)) return "python";
  return /^(node|npm|npx|pnpm|pnpx|yarn|bun|bunx|vite|tsx|next|astro)$/.test(name) ? "node" : "none";
}
