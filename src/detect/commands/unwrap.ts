import { environmentPrefix } from "../../config/python.ts";
import { commandsIn } from "./shell.ts";

/** A command without what only prepares its environment. */
export interface UnwrappedCommand {
  words: string[];
  /** Variables that the wrappers set. */
  env: Record<string, string>;
  /** Folders that a wrapper changes to: `uv run --directory backend`. */
  cds: string[];
  /** What found the Python environment. */
  runner: Runner | null;
}

export type Runner = "uv" | "poetry" | "pipenv" | "pdm" | "hatch" | "pixi" | "rye" | "conda";

/** Strips `uv run`, `poetry run`, `env X=1`, `dotenv --`, `python -m` of a tool … until the program itself is left. */
export function unwrap(words: readonly string[]): UnwrappedCommand {
  let state: UnwrappedCommand = { words: [...words], env: {}, cds: [], runner: null };
  for (let depth = 0; depth < 8; depth++) {
    const next = peel(state);
    if (next === null) break;
    state = next;
  }
  return state;
}

/** Programs that run their arguments, with the flags of theirs that take a value. */
const PLAIN = new Map(
  Object.entries({
    sudo: /^-[ugE]$/,
    exec: /^-a$/,
    nohup: /^$/,
    nice: /^-n$/,
    start: /^$/,
    command: /^$/,
    tini: /^$/,
    "dumb-init": /^$/,
    "ddtrace-run": /^$/,
    "opentelemetry-instrument": /^--(traces|metrics|logs)_exporter|--service_name$/,
    "newrelic-admin": /^$/,
    "cross-env": /^$/,
    "cross-env-shell": /^$/,
    env: /^-[uC]$/,
    "env-cmd": /^(-f|--file|-e)$/,
    dotenv: /^(-[efcpv]|-o)$/,
    dotenvx: /^(-f|--env-file)$/,
    doppler: /^(-p|-c|--project|--config)$/,
    infisical: /^--(env|path|projectId)$/,
    op: /^--env-file$/,
    winpty: /^$/,
    xvfb_run: /^$/,
    "wait-for-it": /^(-t|-h|-p|--timeout)$/,
    dockerize: /^(-wait|-timeout)$/,
    caffeinate: /^$/,
    "gnome-terminal": /^(--title|--tab|-t)$/,
    stdbuf: /^$/,
    shx: /^$/,
    flyctl: /^$/,
  }),
);

/** A flag or a title of the `start` of Windows. */
const OF_START = /^\/\w+$|^$|\s/;

/** The word after which such a program's own command begins. */
const SUBCOMMANDS = new Set(["run", "run-program", "exec"]);
const WITH_SUBCOMMAND = new Set(["dotenv", "dotenvx", "doppler", "infisical", "op", "newrelic-admin"]);

/** Flags of `uv run` and similar tools that take a value. */
const RUN_VALUES =
  /^(--(from|with|with-requirements|with-editable|extra|group|only-group|no-group|env-file|python|index|index-url|package|directory|project|config-file|cache-dir|name|prefix|env|environment|manifest-path)|-[pneC]|-P)$/;

function peel(state: UnwrappedCommand): UnwrappedCommand | null {
  const [first = "", ...rest] = state.words;
  const assign = /^([A-Za-z_]\w*)=([^]*)$/.exec(first);
  if (assign) return { ...state, words: rest, env: { ...state.env, [assign[1] ?? ""]: assign[2] ?? "" } };
  const name = programName(first);
  return (
    runnerOf(name, rest, state) ??
    pythonOf(name, rest, state) ??
    plainOf(name, rest, state) ??
    nestedOf(name, rest, state)
  );
}

/** Without its folder and `.exe`: `.venv/bin/uvicorn` is uvicorn. A variable is what it is named after: `$(PYTHON)`, `"$UV"`. */
export function programName(word: string): string {
  const [, variable, found] = VARIABLE.exec(word) ?? [];
  if (variable !== undefined || found !== undefined) return (variable ?? found ?? "").toLowerCase();
  return (word.split(/[/\\]/).at(-1) ?? "").replace(/\.(exe|cmd)$/, "");
}

/** Its name without what is added to it: `$VENV_PYTHON`, `${PYTHON3}`, `$UVICORN_BIN`; or `$(which python3)`. */
const VARIABLE =
  /^[$%][({]?(?:VENV_)?([A-Za-z]+?)\d?(?:_?(?:BIN|CMD|EXE))?[)}%]?$|^\$\((?:which|command -v) ([\w.]+)\)$/i;

const RUNNERS = new Set([
  "uv",
  "poetry",
  "pipenv",
  "pdm",
  "hatch",
  "pixi",
  "rye",
  "conda",
  "micromamba",
  "mamba",
  "uvx",
]);

function runnerOf(name: string, rest: readonly string[], state: UnwrappedCommand): UnwrappedCommand | null {
  if (!RUNNERS.has(name)) return null;
  const cds: string[] = [];
  let at = 0;
  let ran = name === "uvx";
  for (; at < rest.length; at++) {
    const word = rest[at] ?? "";
    const folder = /^(?:--directory|--project|-C|-p)$/.test(word)
      ? rest[at + 1]
      : /^--(?:directory|project)=(.+)$/.exec(word)?.[1];
    if (folder !== undefined && !(ran && name === "poetry")) cds.push(folder);
    if (ran && name === "uv" && /^(-m|--module)$/.test(word))
      return { ...state, words: ["python", "-m", ...rest.slice(at + 1)], cds: [...state.cds, ...cds], runner: "uv" };
    if (RUN_VALUES.test(word)) at++;
    else if (word === "--" || word.startsWith("-")) continue;
    else if (!ran && word === "run") ran = true;
    else break;
  }
  if (!ran || at >= rest.length) return null;
  const words = rest.slice(at);
  words[0] = words[0]?.slice(environmentPrefix(name, words[0]).length) ?? "";
  const runner = name === "uvx" ? "uv" : /mamba/.test(name) ? "conda" : (name as Runner);
  return { ...state, words, cds: [...state.cds, ...cds], runner: state.runner ?? runner };
}

/** Tools that `python -m` starts as their own program does. */
const MODULES = new Set([
  "uvicorn",
  "gunicorn",
  "hypercorn",
  "granian",
  "flask",
  "fastapi",
  "celery",
  "waitress",
  "debugpy",
  "coverage",
  "django",
  "streamlit",
  "dramatiq",
  "alembic",
  "daphne",
  "quart",
  "sanic",
  "litestar",
  "langgraph_cli",
  "dotenv",
  "ddtrace",
  "huey",
  "rq",
  "arq",
  "poetry",
  "uv",
  "pipenv",
  "pdm",
]);

function pythonOf(name: string, rest: readonly string[], state: UnwrappedCommand): UnwrappedCommand | null {
  if (name === "debugpy" || name === "coverage") {
    const at = rest.findIndex((word, index) => word === "-m" || (word.endsWith(".py") && index > 0));
    if (at === -1) return null;
    return { ...state, words: ["python", ...rest.slice(at)] };
  }
  if (!/^(python[\d.]*|py|pythonw)$/.test(name)) return null;
  let at = 0;
  while (/^-([uBEIOsS]+|X|W|3[\d.]*)$/.test(rest[at] ?? "")) at += /^-[XW]$/.test(rest[at] ?? "") ? 2 : 1;
  const [flag, module = ""] = rest.slice(at);
  if (flag === "-m" && MODULES.has(module)) return { ...state, words: [module, ...rest.slice(at + 2)] };
  return at > 0
    ? { ...state, words: ["python", ...rest.slice(at)] }
    : name === "python"
      ? null
      : { ...state, words: ["python", ...rest] };
}

function plainOf(name: string, rest: readonly string[], state: UnwrappedCommand): UnwrappedCommand | null {
  const own = name.replace(/\.sh$/, "");
  const takesValue = PLAIN.get(own);
  if (!takesValue || rest.length === 0) return null;
  // of Windows: a title and flags before the program
  const shell = own === "start" ? rest.findIndex((word) => /^(cmd|powershell|pwsh|bash)(\.exe)?$/i.test(word)) : -1;
  if (shell !== -1) return { ...state, words: rest.slice(shell) };
  const dashes = rest.indexOf("--");
  if (dashes !== -1 && dashes < rest.length - 1) return { ...state, words: rest.slice(dashes + 1) };
  let at = 0;
  for (; at < rest.length; at++) {
    const word = rest[at] ?? "";
    if (takesValue.test(word)) at++;
    else if (word.startsWith("-") || (own === "start" && OF_START.test(word))) continue;
    else if (WITH_SUBCOMMAND.has(own) && SUBCOMMANDS.has(word)) continue;
    else if (own === "wait-for-it" || own === "dockerize") continue;
    else break;
  }
  if (WITH_SUBCOMMAND.has(own) && !rest.some((word) => SUBCOMMANDS.has(word)) && own !== "dotenv") return null;
  return at < rest.length ? { ...state, words: rest.slice(at) } : null;
}

/** `bash -c "…"`, `watchfiles "…"`, `nodemon --exec "…"`: the one command in the quotes. */
function nestedOf(name: string, rest: readonly string[], state: UnwrappedCommand): UnwrappedCommand | null {
  const line = nestedLine(name, rest);
  if (line === undefined) return null;
  // a terminal is often left open with `…; exec bash`
  const commands = commandsIn(line).filter(
    ({ words }) => !/^(exec )?((ba|z|fi)?sh|\$\{?SHELL\}?|read|pause)$/.test(words.join(" ")),
  );
  const last = commands.at(-1);
  if (!last) return null;
  return { ...state, words: last.words, env: { ...state.env, ...last.env }, cds: [...state.cds, ...last.cds] };
}

/** What opens a window of its own for a line in quotes. */
const TERMINALS = /^(Start-Process|tmux|wt|xterm|konsole|screen)$/;

function nestedLine(name: string, rest: readonly string[]): string | undefined {
  if (/^(ba|z|da)?sh$/.test(name)) {
    const at = rest.findIndex((word) => /^-\w*c$/.test(word));
    return at === -1 ? undefined : rest[at + 1];
  }
  if (name === "cmd" || name === "powershell") {
    const at = rest.findIndex((word) => /^(\/[kc]|-Command)$/i.test(word));
    return at === -1 ? undefined : rest.slice(at + 1).join(" ");
  }
  if (name === "watchfiles" || TERMINALS.test(name)) return rest.findLast((word) => word.includes(" "));
  if (name === "osascript") return /do script "([^]*)"/.exec(rest.join(" "))?.[1]?.replaceAll('\\"', '"');
  if (name === "nodemon") {
    const at = rest.findIndex((word) => word === "--exec" || word === "-x");
    const [line] = rest.slice(at + 1);
    return at === -1 ? undefined : line?.includes(" ") ? line : rest.slice(at + 1).join(" ");
  }
  return name === "watchmedo" ? rest.slice(afterFlagsOfWatchmedo(rest)).join(" ") || undefined : undefined;
}

/** `watchmedo auto-restart --pattern '*.py' --recursive python worker.py`: where its own command begins. */
function afterFlagsOfWatchmedo(rest: readonly string[]): number {
  const dashes = rest.indexOf("--");
  if (dashes !== -1) return dashes + 1;
  const at = rest.findIndex(
    (word, index) => index > 0 && !word.startsWith("-") && !WATCHMEDO_VALUES.test(rest[index - 1] ?? ""),
  );
  return at === -1 ? rest.length : at;
}

const WATCHMEDO_VALUES =
  /^(-[dpi]|--(directory|directories|patterns?|ignore-patterns?|signal|kill-after|interval|debounce-interval|timeout))$/;

/** Each of the commands that one starts beside each other: `concurrently`, `npm-run-all`; null for any other program. */
export function parallelOf(words: readonly string[]): string[] | null {
  const [first = "", ...rest] = words;
  const name = programName(first);
  if (name === "concurrently" || name === "conc") {
    return rest.filter(
      (word, at) =>
        !word.startsWith("-") &&
        !/^(-n|-c|-p|-s|--(names|prefix-colors|prefix|success|max-restarts|restart-after|name-separator))$/.test(
          rest[at - 1] ?? "",
        ),
    );
  }
  if (name === "npm-run-all" || name === "run-p" || name === "run-s" || name === "npm-run-all2")
    return rest.filter((word) => !word.startsWith("-")).map((script) => `npm run ${script}`);
  return null;
}
