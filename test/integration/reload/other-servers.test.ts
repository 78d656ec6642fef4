import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";
import { beforeAll, describe, expect, it, type TestContext } from "vitest";
import { cleanEnvironment } from "../../rigs/environment.ts";
import { freePort } from "../../rigs/ports.ts";
import { runProgram } from "../../rigs/program.ts";
import { pythonWith } from "../../rigs/python.ts";
import { GONE_MS, until } from "../../rigs/wait.ts";
import { startWarm, type Warm } from "./rig.ts";

/** docs/reload.md lists the versions that were tried. */
const SERVERS = [
  ...["tornado", "quart", "hypercorn", "sanic", "granian", "daphne", "aiohttp", "litestar", "waitress", "dash"],
  ...["flask-socketio", "simple-websocket", "eventlet", "gevent", "gevent-websocket", "gunicorn"],
  ...["uvicorn[standard]", "uvicorn-worker", "nicegui"],
];
const FIXTURES = path.resolve(import.meta.dirname, "../../fixtures/reload/servers");
const files = Object.fromEntries(
  readdirSync(FIXTURES)
    .filter((name) => name.endsWith(".py"))
    .map((name) => [name, readFileSync(path.join(FIXTURES, name), "utf8")]),
);

interface Server {
  program: readonly string[];
  target?: string;
  scheme?: "http" | "https";
  host?: string;
  /** A path, relative to the project: it listens there. */
  uds?: string;
  /** Its own reloader shows the program another command line. */
  seen?: "otherwise";
}

const warm: Record<string, Server> = {
  "tornado, with its autoreload": { program: ["tornado_server.py", "$PORT"] },
  "quart run --debug": { program: ["quart", "--app", "quart_server", "--debug", "run", "--port", "$PORT"] },
  "quart's app.run(debug=True)": { program: ["quart_server.py", "$PORT"] },
  // under its plain command it is `__mp_main__`, a process further
  hypercorn: { program: ["hypercorn", "asgi:app", "--bind", "127.0.0.1:$PORT"], seen: "otherwise" },
  "hypercorn --reload": {
    program: ["hypercorn", "asgi:app", "--reload", "--bind", "127.0.0.1:$PORT"],
    seen: "otherwise",
  },
  "sanic, in a single process": { program: ["sanic_server.py", "$PORT", "alone"] },
  daphne: { program: ["daphne", "asgi:app", "-p", "$PORT"] },
  "aiohttp's run_app": { program: ["aiohttp_server.py", "$PORT"] },
  "python -m aiohttp.web": {
    program: ["-m", "aiohttp.web", "-H", "127.0.0.1", "-P", "$PORT", "aiohttp_server:make"],
  },
  "litestar run": { program: ["litestar", "run", "--port", "$PORT"] },
  "litestar run --reload": { program: ["litestar", "run", "--reload", "--port", "$PORT"], seen: "otherwise" },
  // its `run` has bound sys.argv when it was imported
  "python -m waitress": { program: ["-m", "waitress", "--listen=127.0.0.1:$PORT", "wsgi:app"] },
  dash: { program: ["dash_server.py", "$PORT"], seen: "otherwise" },
  // its own reloader would run it in a process of multiprocessing, as `__mp_main__`
  nicegui: { program: ["nicegui_server.py", "$PORT"], target: "/seen", seen: "otherwise" },
  "socketio.run by threads": { program: ["socketio_server.py", "$PORT", "threading"] },
  "socketio.run by eventlet": { program: ["socketio_server.py", "$PORT", "eventlet"] },
  "socketio.run by gevent": { program: ["socketio_server.py", "$PORT", "gevent"] },
  "gunicorn --reload": { program: ["gunicorn", "--reload", "-b", "127.0.0.1:$PORT", "wsgi:app"] },
  "gunicorn with UvicornWorker": {
    program: ["gunicorn", "-k", "uvicorn_worker.UvicornWorker", "-b", "127.0.0.1:$PORT", "asgi:app"],
  },
  "uvicorn with TLS": {
    program: ["uvicorn", "asgi:app", "--port", "$PORT", "--ssl-keyfile", "k.pem", "--ssl-certfile", "c.pem"],
    scheme: "https",
  },
  "uvicorn on IPv6": { program: ["uvicorn", "asgi:app", "--port", "$PORT", "--host", "::1"], host: "::1" },
  "uvicorn --uds": { program: ["uvicorn", "asgi:app", "--uds", "s.sock"], uds: "s.sock" },
};

let bin: string;
beforeAll(async () => {
  bin = path.join(await pythonWith(SERVERS), "bin");
}, 700_000);

/** An installed script by its path, as devpm finds it on the PATH. */
const found = (program: readonly string[]): string[] => {
  const [first = "", ...rest] = program;
  return [/^-|\.py$/.test(first) ? first : path.join(bin, first), ...rest];
};

interface Look {
  value: string;
  argv: string[];
  folder: string;
  main: unknown;
  thread: unknown;
}

/** What the program sees of itself; the error page's text where there is none; null where nothing answers. */
function look(server: Server, root: string, port: number): Promise<Look | string | null> {
  const address = server.uds ? { socketPath: path.join(root, server.uds) } : { host: server.host ?? "127.0.0.1", port };
  return new Promise((resolve) => {
    const { get } = server.scheme === "https" ? https : http;
    const options = { ...address, path: server.target ?? "/", agent: false as const, timeout: 10_000 };
    const request = get({ ...options, rejectUnauthorized: false }, (response) => {
      let body = "";
      response.on("data", (chunk: Buffer) => (body += chunk.toString()));
      response.on("error", () => resolve(null));
      response.on("end", () => resolve(response.statusCode === 200 ? (JSON.parse(body) as Look) : body));
    });
    request.on("timeout", () => request.destroy(new Error("no answer")));
    request.on("error", () => resolve(null));
  });
}

const untilValue = (server: Server, at: Pick<Warm, "root" | "port">, value: string): Promise<Look> =>
  until(`${value} to be answered`, async () => {
    const seen = await look(server, at.root, at.port);
    return seen !== null && typeof seen !== "string" && seen.value === value ? seen : null;
  });

/** The same project under its plain command. */
async function plainLook(ctx: TestContext, server: Server): Promise<Look> {
  const root = realpathSync(mkdtempSync(path.join(tmpdir(), "devpm-p-")));
  const port = await freePort();
  for (const [file, text] of Object.entries(await projectFiles(server))) writeFileSync(path.join(root, file), text);
  const words = found(server.program).map((word) => word.replaceAll("$PORT", String(port)));
  const env = { ...cleanEnvironment(root), PATH: `${bin}:${process.env.PATH ?? ""}` };
  const child = spawn(path.join(bin, "python"), words, { cwd: root, env, detached: true, stdio: "ignore" });
  const over = new Promise((resolve) => {
    child.once("exit", resolve);
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-(child.pid ?? 0), "SIGKILL");
    await over;
    rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  };
  ctx.onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) await stop();
  });
  const seen = await untilValue(server, { root, port }, "zero");
  await stop();
  return seen;
}

let certificate: Record<string, string> | null = null;
async function projectFiles(server: Server): Promise<Record<string, string>> {
  const plain = { ...files, "values.py": 'VALUE = "zero"\n' };
  return server.scheme === "https" ? { ...plain, ...(certificate ??= await selfSigned()) } : plain;
}

async function selfSigned(): Promise<Record<string, string>> {
  const folder = mkdtempSync(path.join(tmpdir(), "devpm-c-"));
  const request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "k.pem", "-out", "c.pem"];
  const env = cleanEnvironment(folder);
  await runProgram(["openssl", ...request, "-days", "2", "-subj", "/CN=localhost"], { cwd: folder, env });
  const made = Object.fromEntries(
    ["k.pem", "c.pem"].map((name) => [name, readFileSync(path.join(folder, name), "utf8")]),
  );
  rmSync(folder, { recursive: true });
  return made;
}

const withoutValue = (seen: Look, port: number): Look =>
  JSON.parse(JSON.stringify({ ...seen, value: "" }).replaceAll(String(port), "PORT")) as Look;

describe("each server as a person starts it: kept warm, and the program sees what it sees under its plain command", () => {
  it.for(Object.entries(warm))("%s", async ([, server], ctx) => {
    const plain = await plainLook(ctx, server);
    const app = await startWarm(ctx, {
      requirements: SERVERS,
      files: await projectFiles(server),
      program: found(server.program),
    });
    const values = (text: string): void => app.write("values.py", text);
    const first = await untilValue(server, app, "zero");
    await until("the libraries to be learned", () => app.all("preloaded").length > 0 || app.all("notice").length > 0);
    values('VALUE = "one"\n');
    const saved = await untilValue(server, app, "one");
    values("VALUE = oops\n");
    await app.told("crashed");
    values('VALUE = "mended"\n');
    await untilValue(server, app, "mended");
    for (let count = 0; count < 10; count += 1) {
      values(`VALUE = "save ${count}"\n`);
      await untilValue(server, app, `save ${count}`);
    }
    // an answer comes before the report of it
    await until("the last save to be reported", () => app.reports.at(-1)?.what !== "reloading");
    expect(app.reports.some(({ what }) => what === "unfit")).toBe(false);
    expect(withoutValue(saved, app.port)).toEqual(withoutValue(first, app.port));
    if (server.seen !== "otherwise") {
      // the two ran on different ports, in folders of different names
      const [here, there] = [withoutValue(first, app.port), plain].map(({ main, thread, argv }) => [
        main,
        thread,
        argv.length,
      ]);
      expect(here).toEqual(there);
    }
    expect((await app.stop()).code).toBe(0);
    await until("nothing to be left", () => app.processes().length === 0, { deadlineMs: GONE_MS });
  });
});

const unfit: Record<string, [program: readonly string[], reason: RegExp, itself: boolean]> = {
  "uvicorn.run(workers=2)": [["uvicorn_workers.py", "$PORT"], /uvicorn starts 2 workers/, false],
  "hypercorn -w 2": [["hypercorn", "-w", "2", "asgi:app", "--bind", "127.0.0.1:$PORT"], /hypercorn starts 2/, false],
  "litestar run --wc 2": [["litestar", "run", "--wc", "2", "--port", "$PORT"], /litestar starts 2/, false],
  "sanic's worker manager": [["sanic_server.py", "$PORT", "managed"], /`single_process`/, false],
  "sanic's reloader": [["sanic_server.py", "$PORT", "dev"], /sanic's own reloader/, true],
  "granian in a script": [["granian_server.py", "$PORT", "no"], /granian's workers/, false],
  "granian's reloader in a script": [["granian_server.py", "$PORT", "reload"], /granian's own reloader/, true],
};

describe("a server that a fork cannot keep is handed to the engine before it has started anything", () => {
  it.for(Object.entries(unfit))("%s", async ([, [program, reason, itself]], ctx) => {
    const app = await startWarm(ctx, {
      requirements: SERVERS,
      files: await projectFiles({ program }),
      program: found(program),
    });
    expect(await app.told("unfit")).toEqual({ what: "unfit", reason: expect.stringMatching(reason) as string, itself });
    expect(app.processes().length).toBeLessThanOrEqual(2);
    expect(await look({ program }, app.root, app.port)).toBeNull();
    expect((await app.stop()).code).toBe(0);
  });
});

describe("behind a runner, where only the supervisor sees the interpreter", () => {
  const OLD = "import sys\nsys.implementation.name = 'pypy'\n";

  it("one that has not been tried is handed to the engine", async (ctx) => {
    const app = await startWarm(ctx, {
      requirements: SERVERS,
      files: { ...(await projectFiles({ program: [] })), "old/sitecustomize.py": OLD },
      program: ["aiohttp_server.py", "$PORT"],
      env: { PYTHONPATH: "old" },
    });
    expect(await app.told("unfit")).toEqual({ what: "unfit", reason: "pypy has not been tried with it" });
    expect(await look({ program: [] }, app.root, app.port)).toBeNull();
  });

  it("and runs the program as it is where no engine listens", async (ctx) => {
    const app = await startWarm(ctx, {
      requirements: SERVERS,
      files: { ...(await projectFiles({ program: [] })), "old/sitecustomize.py": OLD },
      program: ["aiohttp_server.py", "$PORT"],
      env: { PYTHONPATH: "old" },
      engine: false,
    });
    await untilValue({ program: [] }, app, "zero");
    const said = "devpm: saves will not reload it: pypy has not been tried with it";
    await until("a line that says so", () => app.output().includes(said), { describe: app.output });
  });

  it("a script is found by its name, beside the interpreter", async (ctx) => {
    const app = await startWarm(ctx, {
      requirements: SERVERS,
      files: await projectFiles({ program: [] }),
      program: ["waitress-serve", "--listen=127.0.0.1:$PORT", "wsgi:app"],
      bare: true,
    });
    const seen = await untilValue({ program: [] }, app, "zero");
    expect(seen.argv[0]).toBe(path.join(app.venv, "bin/waitress-serve"));
  });

  it("what is no Python is handed to the engine", async (ctx) => {
    const app = await startWarm(ctx, { files: {}, program: ["sleep", "60"], bare: true });
    expect(await app.told("unfit")).toMatchObject({ reason: "`sleep` is not a Python script" });
  });
});
