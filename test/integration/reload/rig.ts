import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { type Server, createServer } from "node:net";
import http from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestContext } from "vitest";
import { NEVER_SAVED } from "../../../src/model/save-rules.ts";
import type { WarmReport } from "../../../src/model/protocol.ts";
import { Delivery } from "../../rigs/delivery.ts";
import { cleanEnvironment } from "../../rigs/environment.ts";
import { freePort } from "../../rigs/ports.ts";
import { type Seen, processesOf, tree } from "../../rigs/processes.ts";
import { pythonWith } from "../../rigs/python.ts";
import { save } from "../../rigs/save.ts";
import { GONE_MS, until } from "../../rigs/wait.ts";
import { fixture } from "../../rigs/fixtures.ts";

const PREFORK = path.resolve(import.meta.dirname, "../../../src/reload/prefork/__main__.py");

export const FLASK = ["flask==3.1.*"];
export const FASTAPI = ["fastapi[standard]", "uvicorn[standard]"];

/** Before the tests and their deadlines: the first time, a package index is asked. */
export async function makeVenvs(): Promise<void> {
  for (const requirements of [FLASK, FASTAPI]) await pythonWith(requirements);
}

type Told<W extends WarmReport["what"]> = Extract<WarmReport, { what: W }>;

export interface WarmOptions {
  requirements?: readonly string[];
  python?: string;
  files: Readonly<Record<string, string>>;
  /** What stands after `--`; `$PORT` is replaced, and a first word without a slash is looked up in the venv. */
  program: readonly string[];
  options?: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** false: nobody listens to the reports. */
  engine?: boolean;
  /** The folder of an earlier run (its `root`): the same app again. */
  again?: Warm;
  /** Modules (path → text) that python takes for an installed library. */
  libraries?: Readonly<Record<string, string>>;
  /** false: it is not told of a port. */
  port?: false;
  /** Its first word is looked up by the supervisor, as after `uv run`. */
  bare?: boolean;
  /** Puts something before the command. */
  through?: (command: readonly string[]) => readonly string[];
  /** Runs before the start, with the venv's folder. */
  prepare?: (venv: string, root: string) => void | Promise<void>;
}

export interface Warm {
  root: string;
  port: number;
  venv: string;
  pid: number;
  reports: WarmReport[];
  output(): string;
  write(file: string, text: string): void;
  /** As many editors do: written beside, renamed over. */
  writeByRename(file: string, text: string): void;
  get(target?: string, headers?: http.OutgoingHttpHeaders, agent?: http.Agent): Promise<Got>;
  untilBody(body: string, target?: string): Promise<Got>;
  told<W extends WarmReport["what"]>(what: W, from?: number): Promise<Told<W>>;
  /** The reports of at least so many reloads: an answer may be here before the report of it. */
  reloads(count: number): Promise<Told<"reloaded">[]>;
  all<W extends WarmReport["what"]>(what: W): Told<W>[];
  /** The same once it has caught up with all saves, and every report from before is here: none is then none. */
  allSoFar<W extends WarmReport["what"]>(what: W): Promise<Told<W>[]>;
  /** The libraries are loaded: what follows is forked with them. */
  warmedUp(): Promise<void>;
  askCaughtUp(): void;
  processes(): Seen[];
  /** SIGTERM, and its end. */
  stop(signal?: NodeJS.Signals): Promise<{ code: number | null; ms: number }>;
}

export interface Got {
  status: number;
  body: string;
  type: string;
}

/** A real supervisor on real Python, with a listener in the place of devpm's engine. Ends with its test. */
export async function startWarm(ctx: TestContext, options: WarmOptions): Promise<Warm> {
  const venv = await pythonWith(options.requirements ?? FLASK, options.python);
  const base = realpathSync(mkdtempSync(path.join(tmpdir(), "devpm-w-")));
  const root = options.again?.root ?? path.join(base, "app");
  mkdirSync(root, { recursive: true });
  const port = options.again?.port ?? (await freePort());
  const reports: WarmReport[] = [];
  const links = new Set<NodeJS.WritableStream>();
  const engine = options.engine === false ? null : await listen(path.join(base, "e.sock"), reports, links);
  const write = (file: string, text: string): void => {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    save(path.join(root, file), text);
  };
  for (const [file, text] of Object.entries(options.files)) write(file, text);
  const installed = path.join(base, "installed/site-packages");
  for (const [file, text] of Object.entries(options.libraries ?? {}))
    write(path.join("../installed/site-packages", file), text);
  await options.prepare?.(venv, root);
  const words = options.program.map((word) => word.replaceAll("$PORT", String(port)));
  const [first = "", ...rest] = words;
  const program = options.bare || /[/.-]/.test(first) ? words : [path.join(venv, "bin", first), ...rest];
  let output = "";
  const command = [
    path.join(venv, "bin/python"),
    PREFORK,
    ...(options.port === false ? [] : ["--port", String(port)]),
    ...["--skip", NEVER_SAVED.join(" ")],
    ...(options.options ?? []),
    "--",
    ...program,
  ];
  const [started = "", ...args] = options.through?.(command) ?? command;
  const child = spawn(started, args, {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...cleanEnvironment(base),
      DEVPM_CACHE: path.join(root, "../cache"),
      ...(options.libraries ? { PYTHONPATH: installed } : {}),
      DEVPM_APP: "backend",
      DEVPM_SESSION: "test",
      ...(engine ? { DEVPM_SOCKET: path.join(base, "e.sock") } : {}),
      ...options.env,
    },
  });
  const delivery = new Delivery();
  const keep = (chunk: Buffer): void => delivery.output(chunk, (piece) => void (output += piece.toString()));
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);

  const warm: Warm = {
    root,
    port,
    venv,
    pid: child.pid ?? 0,
    reports,
    output: () => output,
    write,
    writeByRename(file, text) {
      writeFileSync(path.join(root, `${file}.new~`), text);
      renameSync(path.join(root, `${file}.new~`), path.join(root, file));
    },
    get: (target = "/", headers = {}, agent = undefined) => get(port, target, headers, agent),
    untilBody: (body, target) =>
      until(`${target ?? "/"} to answer ${body}`, async () => {
        const got = await get(port, target ?? "/", {}, undefined);
        return got.body.includes(body) ? got : null;
      }),
    async told(what, from = 0) {
      const found = await until(
        `the report \`${what}\``,
        () => reports.slice(from).find((told) => told.what === what),
        {
          describe: () => `${JSON.stringify(reports, null, 1)}\n${output}`,
        },
      );
      return found as Told<typeof what>;
    },
    reloads: (count) =>
      until(`${count} reports of reloads`, () => {
        const told = warm.all("reloaded");
        return told.length >= count ? told : null;
      }),
    all: (what) => reports.filter((told) => told.what === what) as Told<typeof what>[],
    async allSoFar(what) {
      const answers = warm.all("caught_up").length;
      warm.askCaughtUp();
      await until("it to have caught up", () => warm.all("caught_up").length > answers);
      return warm.all(what);
    },
    async warmedUp() {
      await until("an answer", async () => (await get(port, "/", {}, undefined)).status > 0);
      await warm.told("preloaded");
    },
    askCaughtUp() {
      for (const link of links) link.write('{"do":"catch_up"}\n');
    },
    processes: () => processesOf(root).filter(({ pid }) => pid !== process.pid),
    stop: (signal = "SIGTERM") => stop(child, signal),
  };
  ctx.onTestFailed(() => {
    console.error(`\n==== ${ctx.task.name}\n${JSON.stringify(reports, null, 1)}\n${output.slice(-6_000)}\n====`);
  });
  ctx.onTestFinished(async () => {
    await stop(child, "SIGTERM");
    engine?.close();
    const left = await quiet(warm);
    rmSync(base, { recursive: true, force: true, maxRetries: 5 });
    if (left.length > 0) throw new Error(`processes were left:\n${tree(left)}`);
  });
  return warm;
}

/** What does not end with the supervisor. */
async function quiet(warm: Warm): Promise<Seen[]> {
  try {
    await until("nothing to be left", () => warm.processes().length === 0, { deadlineMs: GONE_MS });
    return [];
  } catch {
    const left = warm.processes();
    for (const { pid } of left) process.kill(pid, "SIGKILL");
    return left;
  }
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<{ code: number | null; ms: number }> {
  const began = performance.now();
  if (child.exitCode === null && child.signalCode === null) {
    const ended = new Promise((resolve) => {
      child.once("exit", resolve);
    });
    child.kill(signal);
    await ended;
  }
  return { code: child.exitCode, ms: performance.now() - began };
}

async function listen(file: string, reports: WarmReport[], links: Set<NodeJS.WritableStream>): Promise<Server> {
  const delivery = new Delivery();
  const server = createServer((link) => {
    links.add(link);
    let rest = "";
    link.on("error", () => {});
    link.on("data", (chunk) => {
      const lines = (rest + chunk.toString()).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const { report } = JSON.parse(line) as { report: WarmReport };
        delivery.pass(() => reports.push(report));
        // as the engine does: no other app of the session starts
        if (report.what === "ready") link.write('{"do":"prepare"}\n');
      }
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(file, resolve);
  });
  return server;
}

function get(
  port: number,
  target: string,
  headers: http.OutgoingHttpHeaders,
  agent: http.Agent | undefined,
): Promise<Got> {
  return new Promise((resolve, reject) => {
    const request = http.get(
      { host: "127.0.0.1", port, path: target, headers, agent: agent ?? false, timeout: 15_000 },
      (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (text) => {
          body += text;
        });
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, body, type: response.headers["content-type"] ?? "" }),
        );
        response.on("error", reject);
      },
    );
    request.on("timeout", () => request.destroy(new Error(`no answer of ${target} within 15 s`)));
    request.on("error", reject);
  });
}

/** A small Flask project whose answer stands in a module of its own. */
export const flaskFiles = (value: string): Record<string, string> => ({
  "web/__init__.py": "",
  "web/app.py": `from flask import Flask\nfrom web.routes import routes\n\napp = Flask(__name__)\napp.register_blueprint(routes)\n`,
  "web/routes.py": flaskRoutes(value),
});

export const flaskRoutes = (value: string): string => fixture("reload/flask_routes.py", { __VALUE__: value });

export const FLASK_RUN = ["-m", "flask", "--app", "web.app", "run", "--port", "$PORT", "--debug"];

export const apiFiles = (value: string): Record<string, string> => ({
  "api.py": fixture("reload/api.py"),
  "values.py": `VALUE = "${value}"\n`,
});

/** A Flask project that imports a module from a folder beside it, which is not watched by itself. */
export const withElsewhere = (shared: string): WarmOptions => ({
  files: {
    "app/app.py": `from flask import Flask\nfrom shared import WORD\n\napp = Flask(__name__)\n\n\n@app.get("/")\ndef index():\n    return WORD\n`,
    "elsewhere/shared.py": shared,
  },
  program: ["-m", "flask", "--app", "app.app", "run", "--port", "$PORT"],
  options: ["--watch", "app"],
  env: { PYTHONPATH: "elsewhere" },
});
