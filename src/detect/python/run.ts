import path from "node:path";
import { shellQuote } from "../../util/shell-quote.ts";
import type { DetectedApp } from "../model.ts";
import type { Repository } from "../repository/snapshot.ts";
import type { Backend } from "./backends.ts";

type Run = Pick<DetectedApp, "kind" | "app" | "preset" | "command" | "setup">;

/** How a backend is run: by its framework's preset, else by its own command in an environment that set-up makes. */
export function runOf(repository: Repository, backend: Backend, manager: string): Run {
  const { framework, module, object, program } = backend;
  if (program !== null) return { kind: "other-python", ...inEnvironment(repository, backend, manager, program) };
  switch (framework) {
    case "flask":
      return { kind: "flask", preset: "flask", app: flaskTarget(backend) };
    case "fastapi":
    case "asgi":
      return { kind: "fastapi", preset: "fastapi", app: object === "app" ? module : `${module}:${object}` };
    case "django":
      return { kind: "django", preset: "django" };
    case "quart":
      return {
        kind: "other-python",
        app: `${module}:${object}`,
        ...inEnvironment(repository, backend, manager, `python -m quart --app ${module}:${object} run --port $PORT`),
      };
    case "sanic":
      return {
        kind: "other-python",
        app: `${module}:${object}`,
        ...inEnvironment(repository, backend, manager, `python -m sanic ${module}:${object} --port=$PORT`),
      };
  }
}

/** Only a name that Flask does not find by itself is written. */
const flaskTarget = ({ module, object }: Backend): string =>
  ["app", "application", "create_app", "make_app"].includes(object) ? module : `${module}:${object}`;

/** The command within the project's own environment: through the tool that makes it, or in a `.venv` of ours. */
function inEnvironment(
  repository: Repository,
  { cwd, home }: Backend,
  manager: string,
  command: string,
): Pick<DetectedApp, "command" | "setup"> {
  const inputs = (names: readonly string[]): string[] =>
    names
      .filter((name) => repository.has(path.posix.join(home, name)))
      .map((name) => path.posix.join(path.posix.relative(cwd, home), name));
  switch (manager) {
    // they install what is missing by themselves
    case "uv":
    case "hatch":
    case "pixi":
      return { command: `${manager} run ${command}` };
    case "poetry":
      return {
        command: `poetry run ${command}`,
        setup: [{ run: "poetry install --no-interaction", inputs: inputs(["pyproject.toml", "poetry.lock"]) }],
      };
    case "pdm":
      return {
        command: `pdm run ${command}`,
        setup: [{ run: "pdm install", inputs: inputs(["pyproject.toml", "pdm.lock"]) }],
      };
    case "pipenv":
      return {
        command: `pipenv run ${command}`,
        setup: [{ run: "pipenv install --dev", inputs: inputs(["Pipfile", "Pipfile.lock"]) }],
      };
    default:
      return withPip(repository, cwd, home, command);
  }
}

function withPip(
  repository: Repository,
  cwd: string,
  home: string,
  command: string,
): Pick<DetectedApp, "command" | "setup"> {
  const up = path.posix.relative(cwd, home);
  const venv = path.posix.join(up, ".venv");
  const python = path.posix.join(venv, "bin/python");
  const requirements = requirementsFile(repository, home);
  const isScript = !/^python\b/.test(command);
  const run = isScript ? path.posix.join(venv, "bin", command) : command.replace(/^python\b/, python);
  const make = { run: `python3 -m venv ${shellQuote(venv)}`, output: venv };
  if (isScript) {
    const project = path.posix.join(up, "pyproject.toml");
    const install = `${python} -m pip install -e ${shellQuote(up === "" ? "." : up)}`;
    return { command: run, setup: [make, { run: install, inputs: [project] }] };
  }
  if (requirements === null) return { command: run, setup: [make] };
  const file = path.posix.join(up, requirements);
  return { command: run, setup: [make, { run: `${python} -m pip install -r ${shellQuote(file)}`, inputs: [file] }] };
}

/** What a developer installs: `requirements.txt`, or the variant for development. */
function requirementsFile(repository: Repository, home: string): string | null {
  const usual = [
    "requirements.txt",
    "requirements-dev.txt",
    "requirements/local.txt",
    "requirements/dev.txt",
    "requirements/development.txt",
    "requirements/base.txt",
  ];
  return (
    usual.find((name) => repository.has(path.posix.join(home, name))) ??
    repository.names(home).find((name) => /^requirements.*\.txt$/.test(name)) ??
    null
  );
}
