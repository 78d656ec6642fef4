import { nameOf } from "./python-command.ts";

/** Why a Python program cannot be preforked: it would gain nothing, or break; null where it can. */
export function whyNotEligible(program: readonly string[]): string | null {
  const name = program[0] === "-m" ? (program[1] ?? "") : nameOf(program[0] ?? "");
  const rest = program.slice(program[0] === "-m" ? 2 : 1);
  const tool = name.split(".")[0] ?? "";
  const own = OWN_PROCESSES[tool];
  if (own) return `${tool} ${own}`;
  const workers = Number(valueOf(rest, ["--workers", "-w"]) ?? "1");
  if ((tool === "uvicorn" || tool === "fastapi") && workers > 1)
    return `${tool} --workers starts each worker as a separate Python process`;
  const kind = valueOf(rest, ["--worker-class", "-k"]) ?? "sync";
  if (tool === "gunicorn" && /gevent|eventlet/.test(kind)) return `${kind} replaces what a fork relies on`;
  return null;
}

const REPLACES = "replaces itself with the program it is given";

const OWN_PROCESSES: Record<string, string | undefined> = {
  celery: "starts processes of its own",
  granian: "starts processes of its own",
  hypercorn: "starts each worker as a separate Python process",
  "ddtrace-run": REPLACES,
  dotenv: REPLACES,
  "newrelic-admin": REPLACES,
  "opentelemetry-instrument": REPLACES,
  watchfiles: "restarts the app by itself",
  watchmedo: "restarts the app by itself",
  jurigged: "changes the running program by itself",
  pdb: "needs the terminal",
};

/** The value of the last of these options: `--port 80`, `--port=80`, `-p80`. */
export function valueOf(words: readonly string[], names: readonly string[]): string | null {
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
