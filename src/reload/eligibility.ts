import { executableName } from "../config/shebang.ts";

/** Why a program is not kept warm. `itself`: its own reloader does the work, and a restart would be a second one. */
export interface Unfit {
  cannot: string;
  itself?: true;
}

/** Why a Python program cannot be preforked: it would gain nothing, or break; null where it can. */
export function whyNotEligible(line: readonly string[]): Unfit | null {
  const program = debugged(line);
  const name = program[0] === "-m" ? (program[1] ?? "") : executableName(program[0] ?? "");
  const rest = program.slice(program[0] === "-m" ? 2 : 1);
  const tool = name.split(".")[0] ?? "";
  const reloader = ownReloader(name, tool, rest);
  if (reloader !== null) return { cannot: reloader, itself: true };
  const own = OWN_PROCESSES[tool];
  if (own) return { cannot: `${tool} ${own}` };
  const workers = Number(lastValueOf(rest, ["--workers", "-w"]) ?? "1");
  // with --reload uvicorn has one worker, whatever is asked for
  if (/^(uvicorn|fastapi|hypercorn)$/.test(tool) && workers > 1 && !rest.includes("--reload"))
    return { cannot: `${tool} --workers starts each worker as a separate Python process` };
  if (tool === "sanic" && !rest.includes("--single-process"))
    return { cannot: "sanic starts each worker as a separate Python process; with `--single-process` it is warm" };
  const kind = lastValueOf(rest, ["--worker-class", "-k"]) ?? "sync";
  if (tool === "gunicorn" && /gevent|eventlet/.test(kind)) return { cannot: `${kind} replaces what a fork relies on` };
  return null;
}

/** `-m debugpy --listen 5678 -m flask run` → `-m flask run`. */
function debugged(program: readonly string[]): readonly string[] {
  if (program[0] !== "-m" || program[1] !== "debugpy") return program;
  const at = program.findIndex(
    (word, index) =>
      index > 1 && (/^-[mc]$/.test(word) || !(word.startsWith("-") || WITH_VALUE.test(program[index - 1] ?? ""))),
  );
  return at === -1 ? program : program.slice(at);
}

const WITH_VALUE = /^--(?:listen|connect|adapter-access-token|log-to|configure-.+)$/;

/** What the program's own reloader is called, where it is on and does its work in further processes. */
function ownReloader(name: string, tool: string, words: readonly string[]): string | null {
  const flags = RELOADERS[name] ?? RELOADERS[tool];
  if (flags === undefined) return null;
  if (flags.length === 0) return `${tool} reloads it by itself`;
  const on = flags.find((flag) => words.some((word) => word === flag || word.startsWith(`${flag}=`)));
  return on === undefined ? null : `\`${tool} ${on}\` is on`;
}

/** Their flags; none: they always reload. */
const RELOADERS: Record<string, readonly string[] | undefined> = {
  adev: [],
  arq: ["--watch"],
  chainlit: ["--watch", "-w"],
  dramatiq: ["--watch"],
  "dramatiq-gevent": ["--watch"],
  gradio: [],
  granian: ["--reload"],
  hupper: [],
  jurigged: [],
  marimo: [],
  mkdocs: [],
  panel: ["--dev", "--autoreload"],
  pserve: ["--reload"],
  ptw: [],
  reflex: [],
  sanic: ["--dev", "-d", "--reload", "--auto-reload", "-r"],
  streamlit: [],
  taskiq: ["--reload", "-r"],
  "tornado.autoreload": [],
  watchfiles: [],
  watchmedo: [],
};

const REPLACES = "replaces itself with the program it is given";

const OWN_PROCESSES: Record<string, string | undefined> = {
  granian: "starts each worker as a separate Python process",
  pydevd: "connects to the editor again from each process",
  "ddtrace-run": REPLACES,
  dotenv: REPLACES,
  "newrelic-admin": REPLACES,
  "opentelemetry-instrument": REPLACES,
  pdb: "needs the terminal",
};

/** The value of the last of these options: `--port 80`, `--port=80`, `-p80`. */
export function lastValueOf(words: readonly string[], names: readonly string[]): string | null {
  let value: string | null = null;
  for (const [index, word] of words.entries())
    for (const name of names) {
      if (word === name) value = words[index + 1] ?? null;
      else if (name.startsWith("--") && word.startsWith(`${name}=`)) value = word.slice(name.length + 1);
      else if (!name.startsWith("--") && word.startsWith(name) && word.length > name.length)
        value = word.slice(name.length);
    }
  return value;
}
