import { FRONT_TOOLS, installedProgram } from "./front-tools.ts";
import { type Runner, programName, unwrap } from "./unwrap.ts";

/** What a command is for, as far as detection needs it. */
export type Intent =
  /** A WSGI or ASGI server that is given an application. */
  | { kind: "server"; server: string; target: string; factory: boolean; port: number | null; appFolder: string | null }
  | { kind: "fastapi"; path: string | null; object: string | null; port: number | null }
  | { kind: "flask"; app: string | null; port: number | null }
  /** Python on a file or a module. */
  | { kind: "python"; file: string | null; module: string | null; args: string[] }
  | { kind: "django"; manage: string; verb: string; port: number | null }
  /** LangGraph's server on the graphs of a `langgraph.json`. */
  | { kind: "langgraph"; config: string | null; port: number | null }
  /** A script of a package.json. */
  | { kind: "package"; manager: string; script: string; folder: string | null; filter: string | null; args: string[] }
  /** A program of a front end. */
  | { kind: "tool"; tool: string; args: string[]; port: number | null }
  | { kind: "compose"; files: string[]; verb: string; services: string[]; profiles: string[] }
  | { kind: "worker"; tool: string; words: string[] }
  | { kind: "copy"; from: string; to: string }
  /** What is run once: migrations, seeds. */
  | { kind: "task"; words: string[] }
  | { kind: "devpm" }
  | { kind: "other"; words: string[] };

export interface Meant {
  intent: Intent;
  env: Record<string, string>;
  cds: string[];
  runner: Runner | null;
}

export function meantBy(words: readonly string[]): Meant {
  const { words: inner, env, cds, runner } = unwrap(words);
  const intent = intentOf(inner);
  return { intent, env, cds, runner };
}

const SERVERS = new Set([
  "uvicorn",
  "gunicorn",
  "hypercorn",
  "granian",
  "daphne",
  "waitress-serve",
  "waitress",
  "uwsgi",
]);
const WORKERS = new Set([
  "celery",
  "rq",
  "rqworker",
  "arq",
  "dramatiq",
  "huey_consumer",
  "huey_consumer.py",
  "huey",
  "taskiq",
  "procrastinate",
  "saq",
]);
/** Of django-rq, Django Q, Huey, dramatiq, background tasks, Django's own tasks and Channels. */
const DJANGO_WORKERS =
  /^(rqworker|rqworker-pool|rqscheduler|qcluster|run_huey|djangohuey|rundramatiq|process_tasks|db_worker|runworker)$/;

function intentOf(words: readonly string[]): Intent {
  const [first = "", ...rest] = words;
  const name = programName(first);
  if (SERVERS.has(name)) return serverOf(name, rest);
  if (name === "fastapi" && /^(dev|run)$/.test(rest[0] ?? "")) return fastapiOf(rest.slice(1));
  if (name === "litestar" && rest.includes("run")) return litestarOf(rest);
  if (name === "sanic") return serverOf(name, rest);
  if (name === "flask" || name === "quart") return flaskOf(rest, words);
  if (WORKERS.has(name)) return workerOf(name, rest, words);
  if (MIGRATION.test([name, ...rest].join(" "))) return { kind: "task", words: [...words] };
  if (name === "python" || name === "python3") return pythonOf(rest, words);
  if (first.endsWith("manage.py")) return djangoOf(first, rest);
  if (name === "django-admin") return djangoOf("manage.py", rest);
  if (first.endsWith(".py")) return { kind: "python", file: first, module: null, args: [...rest] };
  if (COPIES.test(name)) return copyOf(rest, words);
  if (name === "docker" || name === "docker-compose" || name === "podman" || name === "podman-compose")
    return composeOf(name, rest, words);
  return nodeOf(name, rest, words);
}

/** Of Alembic, Aerich, Litestar, Piccolo, yoyo and dbmate. */
const MIGRATION =
  /^(alembic\b.*\bupgrade\b|aerich upgrade\b|litestar\b.*\bdatabase upgrade\b|piccolo migrations? forwards?\b|yoyo apply\b|dbmate (up|migrate)\b)/;

const other = (words: readonly string[]): Intent => ({ kind: "other", words: [...words] });

function serverOf(server: string, args: readonly string[]): Intent {
  const values =
    /^(--?(host|port|bind|b|k|w|workers|worker-class|env-file|log-level|log-config|app-dir|reload-dir|reload-exclude|reload-include|timeout[\w-]*|t|threads|p|interface|call|listen|access-logfile|error-logfile|name|n|u|g|c|config|root-path|ssl-[\w-]+|loop|http|ws|lifespan|limit-[\w-]+|forwarded-allow-ips|chdir|max-requests[\w-]*|graceful-timeout|keep-alive|umask|log-file|worker-tmp-dir))$/;
  const positional = args.filter((arg, at) => !arg.startsWith("-") && !values.test(args[at - 1] ?? ""));
  const call = valueOf(args, ["--call"]);
  const target =
    call ??
    positional.find((arg) => /^[\w.]+:[\w.]+(\(.*\))?$/.test(arg)) ??
    positional.find((arg) => /^[\w.]+$/.test(arg)) ??
    "";
  return {
    kind: "server",
    server,
    target,
    factory: args.includes("--factory") || call !== undefined || target.includes("("),
    port: portOf(args, ["--port", "-p", "--bind", "-b", "--listen"]),
    appFolder: valueOf(args, ["--app-dir", "--chdir"]) ?? null,
  };
}

function fastapiOf(args: readonly string[]): Intent {
  const path = args.find(
    (arg, at) => !arg.startsWith("-") && !/^--(port|host|app|root-path|workers|reload-dir)$/.test(args[at - 1] ?? ""),
  );
  const entry = valueOf(args, ["--entrypoint", "-e"]);
  return {
    kind: "fastapi",
    path: entry?.split(":")[0]?.replaceAll(".", "/").concat(".py") ?? path ?? null,
    object: valueOf(args, ["--app"]) ?? entry?.split(":")[1] ?? null,
    port: portOf(args, ["--port"]),
  };
}

function flaskOf(args: readonly string[], words: readonly string[]): Intent {
  const app = valueOf(args, ["--app", "-A"]) ?? null;
  if (args.includes("run")) return { kind: "flask", app, port: portOf(args, ["--port", "-p"]) };
  if (args.includes("db") && args.includes("upgrade")) return { kind: "task", words: [...words] };
  if (args.some((arg) => /seed|init-?db|create-?db|fixtures/.test(arg))) return { kind: "task", words: [...words] };
  return other(words);
}

/** Litestar's own command line, which uvicorn is behind. */
const litestarOf = (args: readonly string[]): Intent => ({
  kind: "server",
  server: "litestar",
  target: valueOf(args, ["--app"]) ?? "",
  factory: false,
  port: portOf(args, ["--port", "-p"]),
  appFolder: valueOf(args, ["--app-dir"]) ?? null,
});

function workerOf(tool: string, args: readonly string[], words: readonly string[]): Intent {
  if (tool === "celery" && !args.includes("worker") && !args.includes("beat")) return other(words);
  if (tool === "rq" && args[0] !== "worker") return other(words);
  return { kind: "worker", tool: tool.replace(/_consumer(\.py)?$|worker$/, ""), words: [...words] };
}

function pythonOf(args: readonly string[], words: readonly string[]): Intent {
  const [first = "", ...rest] = args;
  if (/(^|[/\\])manage\.py$/.test(first)) return djangoOf(first.replaceAll("\\", "/"), rest);
  if (first === "-m") {
    const [module = "", ...after] = rest;
    if (/^(venv|pip|pytest|http\.server|ensurepip|virtualenv|unittest|mypy|ruff|black|build)$/.test(module))
      return other(words);
    return { kind: "python", file: null, module, args: after };
  }
  if (!first.endsWith(".py")) return other(words);
  return { kind: "python", file: first.replaceAll("\\", "/"), module: null, args: [...rest] };
}

function djangoOf(manage: string, args: readonly string[]): Intent {
  const [verb = "", ...rest] = args;
  // of Flask-Script, whose program has the same name
  if (verb === "db" && rest.includes("upgrade")) return { kind: "task", words: ["python", manage, ...args] };
  if (DJANGO_WORKERS.test(verb)) return { kind: "worker", tool: verb, words: ["python", manage, ...args] };
  const address = rest.find((arg) => /^([\w.[\]:*-]+:)?\d{2,5}$/.test(arg));
  return { kind: "django", manage, verb, port: verb === "runserver" ? portIn(address) : null };
}

/** A template is copied, renamed or linked to its place: all of them say where that is. */
const COPIES = /^(cp|copy|Copy-Item|mv|move|Move-Item|ren|rename|Rename-Item|ln)$/;

function copyOf(args: readonly string[], words: readonly string[]): Intent {
  const [from = "", to = ""] = args.filter((arg) => !arg.startsWith("-")).flatMap(alternatives);
  return from !== "" && to !== "" ? { kind: "copy", from: slashes(from), to: slashes(to) } : other(words);
}

/** `.env{.example,}`: both names. */
function alternatives(word: string): string[] {
  const [, before = "", inside, after = ""] = /^([^{}]*)\{([^{},]*,[^{},]*)\}([^{}]*)$/.exec(word) ?? [];
  return inside === undefined ? [word] : inside.split(",").map((one) => `${before}${one}${after}`);
}

const slashes = (file: string): string => file.replaceAll("\\", "/");

function composeOf(name: string, args: readonly string[], words: readonly string[]): Intent {
  const rest = name.endsWith("-compose") ? args : args[0] === "compose" ? args.slice(1) : null;
  if (!rest) return other(words);
  const files = rest.flatMap((arg, at) =>
    /^(-f|--file)$/.test(arg) ? [rest[at + 1] ?? ""] : (/^--file=(.+)$/.exec(arg)?.slice(1) ?? []),
  );
  const profiles = rest.flatMap((arg, at) =>
    arg === "--profile" ? [rest[at + 1] ?? ""] : (/^--profile=(.+)$/.exec(arg)?.slice(1) ?? []),
  );
  const positional = rest.filter(
    (arg, at) =>
      !arg.startsWith("-") &&
      !/^(-f|--file|--profile|-p|--project-name|--env-file|--project-directory|--ansi|--scale|-t|--timeout)$/.test(
        rest[at - 1] ?? "",
      ),
  );
  const [verb = "", ...services] = positional;
  return { kind: "compose", files: files.map(slashes), verb, services, profiles };
}

function nodeOf(name: string, args: readonly string[], words: readonly string[]): Intent {
  if (name === "npx" || name === "bunx" || name === "pnpx") {
    const at = args.findIndex((arg) => !arg.startsWith("-"));
    return at === -1
      ? other(words)
      : nodeOf(programName(args[at] ?? "").replace(/@[\w.^~-]+$/, ""), args.slice(at + 1), words);
  }
  if (/^(npm|pnpm|yarn|bun)$/.test(name)) return packageOf(name, args, words);
  if (name === "node" || name === "deno") {
    const at = args.findIndex((arg) => FRONT_TOOLS.has(installedProgram(arg)));
    return at === -1 ? other(words) : nodeOf(installedProgram(args[at] ?? ""), args.slice(at + 1), words);
  }
  // its command, as a module of Python, and as the package of npm that finds the same
  if (/^langgraph([-_]cli)?$/.test(name) && args[0] === "dev")
    return { kind: "langgraph", config: valueOf(args, ["--config", "-c"]) ?? null, port: portOf(args, ["--port"]) };
  if (name === "devpm") return args[0] === undefined || args[0] === "dev" ? { kind: "devpm" } : other(words);
  if (FRONT_TOOLS.has(name))
    return { kind: "tool", tool: name, args: [...args], port: portOf(args, ["--port", "-p", "-P", "--serve"]) };
  if (
    /^(prisma|drizzle-kit|knex|sequelize|typeorm)$/.test(name) &&
    args.some((arg) => /migrate|push|deploy|up\b/.test(arg))
  )
    return { kind: "task", words: [...words] };
  return other(words);
}

const PACKAGE_VERBS =
  /^(install|i|ci|add|remove|exec|dlx|x|create|init|link|publish|audit|outdated|update|upgrade|why|list|ls|cache|config|version|login|pack|patch|store|approve-builds|global|workspaces)$/;

function packageOf(manager: string, args: readonly string[], words: readonly string[]): Intent {
  const folder = valueOf(args, ["--prefix", "-C", "--dir", "--cwd"]) ?? null;
  const workspace = valueOf(args, ["--filter", "-F", "--workspace", "-w"]);
  const recursive = args.some((arg) => /^(-r|--recursive|-ws|--workspaces|--parallel)$/.test(arg));
  const values = /^(--prefix|-C|--dir|--cwd|--filter|-F|--workspace|-w)$/;
  const end = args.indexOf("--");
  const plain = (end === -1 ? args : args.slice(0, end)).filter(
    (arg, at) => !(arg.startsWith("-") && !/^-{1,2}port/.test(arg)) && !values.test(args[at - 1] ?? ""),
  );
  let [verb = "", ...rest] = plain;
  let filter = workspace ?? (recursive ? "*" : null);
  if (manager === "yarn" && verb === "workspace")
    [filter = null, verb = "", ...rest] = rest as [string?, string?, ...string[]];
  if (verb === "run" || verb === "run-script") [verb = "", ...rest] = rest;
  if (verb === "exec" || verb === "dlx" || verb === "x")
    return nodeOf(programName(rest[0] ?? ""), args.slice(args.indexOf(rest[0] ?? "") + 1), words);
  if (FRONT_TOOLS.has(verb)) return nodeOf(verb, args.slice(args.indexOf(verb) + 1), words);
  if (verb === "" || PACKAGE_VERBS.test(verb)) return other(words);
  return {
    kind: "package",
    manager,
    script: verb,
    folder: folder === null ? null : slashes(folder),
    filter,
    args: end === -1 ? rest : [...rest, ...args.slice(end + 1)],
  };
}

/** The value of the first of these flags: `--port 1`, `--port=1`, `-p1`. */
export function valueOf(args: readonly string[], flags: readonly string[]): string | undefined {
  for (const [at, arg] of args.entries()) {
    if (flags.includes(arg)) return args[at + 1];
    const flag = flags.find((one) => one.startsWith("--") && arg.startsWith(`${one}=`));
    if (flag) return arg.slice(flag.length + 1);
    // `-p5001`, `-b0.0.0.0:8001`
    const joined = flags.find((one) => one.length === 2 && arg.startsWith(one) && /^[\d:.]+$/.test(arg.slice(2)));
    if (joined) return arg.slice(2);
  }
  return undefined;
}

export const portOf = (args: readonly string[], flags: readonly string[]): number | null =>
  portIn(valueOf(args, flags));

/** `8000`, `0.0.0.0:8000`, `:8000`. */
export function portIn(text: string | undefined): number | null {
  const port = Number(/(?:^|:)(\d{2,5})$/.exec(text ?? "")?.[1]);
  return Number.isInteger(port) && port >= 80 && port <= 65_535 ? port : null;
}
