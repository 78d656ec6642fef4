import path from "node:path";
import { shellQuote } from "../../util/shell-quote.ts";
import { requirementsAmong } from "../../config/venv.ts";
import { at, toml } from "../parse/data.ts";
import { lists } from "./requirements/home.ts";
import type { DetectedApp } from "../model.ts";
import type { Repository } from "../repository/snapshot.ts";
import type { Backend } from "./backend.ts";

type Run = Pick<DetectedApp, "kind" | "app" | "preset" | "command" | "setup">;

/** How a backend is run: by its framework's preset, else by its own command in an environment that set-up makes. */
export function runOf(repository: Repository, backend: Backend, manager: string): Run {
  const { framework, module, object, factory, program } = backend;
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
    case "aiohttp":
    case "tornado":
    case "connexion": {
      const file = path.posix.relative(backend.cwd, backend.file);
      return { kind: "other-python", ...inEnvironment(repository, backend, manager, `python ${shellQuote(file)}`) };
    }
    case "langgraph":
      return { kind: "other-python", ...langgraphRun(repository, backend, manager) };
    case "sanic":
      return {
        kind: "other-python",
        app: `${module}:${object}`,
        ...inEnvironment(
          repository,
          backend,
          manager,
          `python -m sanic ${module}:${object}${factory ? " --factory" : ""} --port=$PORT`,
        ),
      };
  }
}

const LANGGRAPH = "langgraph-cli[inmem]";

/** LangGraph's server, with its command line where the project does not list it. */
function langgraphRun(
  repository: Repository,
  backend: Backend,
  manager: string,
): Pick<DetectedApp, "command" | "setup"> {
  const command = "langgraph dev --port $PORT --no-browser";
  const isListed = lists(repository, backend.home, "langgraph-cli");
  if (manager === "uv" && !isListed) return { command: `uv run --with ${shellQuote(LANGGRAPH)} ${command}` };
  return inEnvironment(repository, backend, manager, command, [LANGGRAPH]);
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
  more: readonly string[] = [],
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
      return withPip(repository, cwd, home, command, more);
  }
}

function withPip(
  repository: Repository,
  cwd: string,
  home: string,
  command: string,
  more: readonly string[],
): Pick<DetectedApp, "command" | "setup"> {
  const up = path.posix.relative(cwd, home);
  const venv = path.posix.join(up, ".venv");
  const python = path.posix.join(venv, "bin/python");
  const requirements = requirementsFile(repository, home);
  const isScript = !/^python\b/.test(command);
  const manifest = path.posix.join(home, "pyproject.toml");
  const isProject = repository.has(manifest);
  const isOnlySetup = !isProject && requirements === null && repository.has(path.posix.join(home, "setup.py"));
  const isListed =
    requirementsAmong(repository.names(home), repository.names(path.posix.join(home, "requirements"))).length > 0 ||
    (requirements === null && at(repository.parsed(manifest, toml), "project") !== undefined);
  // of the app's folder and those above set-up makes the environment by itself, and gives it to the command
  if (isListed && !isScript && more.length === 0 && /^(\.\.\/?)*$/.test(up)) return { command };
  const run = isScript ? path.posix.join(venv, "bin", command) : command.replace(/^python\b/, python);
  const make = { run: `python3 -m venv ${shellQuote(venv)}`, output: venv };
  // a script of the project is there once the project is installed
  const isInstalled = (isScript && isProject) || isOnlySetup;
  const file = path.posix.join(up, isInstalled ? (isProject ? "pyproject.toml" : "setup.py") : (requirements ?? ""));
  const named = [...(isInstalled ? ["-e", up === "" ? "." : up] : requirements === null ? [] : ["-r", file]), ...more];
  // nothing is listed: what people have activated may have it, and an empty environment has not
  if (named.length === 0) return { command: isScript ? command : command.replace(/^python\b/, "python3") };
  const install = shellQuote(python, "-m", "pip", "install", ...named);
  return { command: run, setup: [make, { run: install, ...(file === up ? {} : { inputs: [file] }) }] };
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
