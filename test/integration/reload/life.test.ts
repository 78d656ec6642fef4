import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { pythonWith } from "../../rigs/python.ts";
import { ask } from "../../rigs/http.ts";
import { freePort } from "../../rigs/ports.ts";
import { until } from "../../rigs/wait.ts";
import { FLASK, FLASK_RUN, flaskFiles, flaskRoutes, makeVenvs, startWarm } from "./rig.ts";
import { fixture } from "../../rigs/fixtures.ts";

const GUNICORN = [...FLASK, "gunicorn"];
const VERSIONS = path.join(process.env.PYENV_ROOT ?? "/root/.pyenv", "versions");
/** Newer ones than CI's machine comes with are tried where somebody has built them. */
const NEWER = existsSync(VERSIONS) ? readdirSync(VERSIONS).filter((version) => /^3\.1[4-9]\./.test(version)) : [];
const OTHERS = ["3.9.18", "3.10.13", "3.12.1", "3.13.0", ...NEWER].map((version) => ({
  version,
  python: path.join(VERSIONS, version, "bin/python"),
}));

beforeAll(async () => {
  await makeVenvs();
  await pythonWith(GUNICORN);
  for (const { python } of OTHERS) if (existsSync(python)) await pythonWith(FLASK, python);
}, 900_000);

describe("the end", () => {
  it.for(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
    "%s ends the worker in order and leaves nothing",
    async (signal, ctx) => {
      const files = {
        ...flaskFiles("one"),
        "web/__init__.py": `import atexit\natexit.register(lambda: print("atexit ran", flush=True))\n`,
      };
      const warm = await startWarm(ctx, { files, program: FLASK_RUN });
      await warm.warmedUp();
      expect((await warm.stop(signal)).code).toBe(0);
      await until("its last words", () => warm.output().includes("atexit ran"));
      await until("nothing to be left", () => warm.processes().length === 0);
    },
  );

  it("is bounded where the app does not want to end", async (ctx) => {
    const files = {
      "server.py": fixture("reload/ignores_signals.py"),
    };
    const warm = await startWarm(ctx, { files, program: ["server.py", "$PORT"], options: ["--grace", "0.5"] });
    await warm.untilBody("one");
    expect((await warm.stop()).code).toBe(0);
    await until("nothing to be left", () => warm.processes().length === 0);
  });

  it("what a worker has started ends with it, at a reload too", async (ctx) => {
    const spawning = (value: string): string =>
      `${flaskRoutes(value)}\nimport subprocess\nsubprocess.Popen(["sleep", "98765"])\n`;
    const warm = await startWarm(ctx, {
      files: { ...flaskFiles("x"), "web/routes.py": spawning("one") },
      program: FLASK_RUN,
    });
    await warm.warmedUp();
    const sleepers = (): number => warm.processes().filter(({ command }) => command === "sleep 98765").length;
    warm.write("web/routes.py", spawning("two"));
    await warm.untilBody("two");
    await until("one of them to be left", () => sleepers() === 1);
  });

  it("the engine going away changes nothing for the app", async (ctx) => {
    const warm = await startWarm(ctx, {
      files: flaskFiles("one"),
      program: FLASK_RUN,
      env: { DEVPM_SOCKET: "/nonexistent/e.sock" },
    });
    await warm.untilBody("one");
    warm.write("web/routes.py", flaskRoutes("two"));
    await warm.untilBody("two");
    expect(warm.reports).toEqual([]);
  });

  it("the engine can ask when it has caught up with the saves so far", async (ctx) => {
    const warm = await startWarm(ctx, { files: flaskFiles("one"), program: FLASK_RUN });
    await warm.warmedUp();
    warm.askCaughtUp();
    expect(await warm.told("caught_up")).toMatchObject({ asked: 1, unread: [] });
    expect(warm.all("reloaded")).toHaveLength(0);
    warm.write("web/routes.py", flaskRoutes("two"));
    warm.askCaughtUp();
    await until("its second answer", () => warm.all("caught_up").length === 2);
    expect(warm.all("reloaded")).toHaveLength(1);
    expect((await warm.get()).body).toBe("two");
  });
});

describe("programs of other kinds", () => {
  it("a script without a port: the old one is gone before the next one begins", async (ctx) => {
    const script = (value: string): string =>
      `import atexit, os, time\nfrom part import NAME\nprint("begin", NAME, flush=True)\natexit.register(lambda: print("end", NAME, flush=True))\nwhile True:\n    time.sleep(0.05)\n# ${value}\n`;
    const warm = await startWarm(ctx, {
      files: { "job.py": script("one"), "part.py": `NAME = "one"\n` },
      program: ["job.py"],
      port: false,
    });
    await until("its begin", () => warm.output().includes("begin one"));
    await warm.told("ready");
    warm.write("part.py", `NAME = "two"\n`);
    await warm.told("reloaded");
    // it may be told before the line has come, by another way
    await until("its begin", () => warm.output().includes("begin two"));
    expect(warm.output().trim().split("\n")).toEqual(["begin one", "end one", "begin two"]);
    warm.write("part.py", `NAME = "three"\n`);
    await until("the third", () => warm.output().includes("begin three"));
    expect(warm.output()).not.toContain("Traceback");
  });

  it("gunicorn: its workers find the libraries loaded", async (ctx) => {
    const warm = await startWarm(ctx, {
      requirements: GUNICORN,
      files: flaskFiles("one"),
      program: ["gunicorn", "web.app:app", "--bind", "127.0.0.1:$PORT", "--workers", "2"],
    });
    await warm.untilBody("one");
    await warm.told("preloaded");
    for (const value of ["two", "three"]) {
      warm.write("web/routes.py", flaskRoutes(value));
      await warm.untilBody(value);
    }
    // each of its workers imports for itself, when it boots: all of them have to come to it
    await until("every worker to be new", async () => {
      const bodies = await Promise.all(Array.from({ length: 20 }, () => warm.get()));
      return bodies.every(({ body }) => body === "three");
    });
    expect(warm.all("reloaded").map((told) => told.warm)).not.toContain(false);
    await warm.stop();
    await until("nothing to be left", () => warm.processes().length === 0);
  });

  it("one that waits for the end of a child that it has forked", async (ctx) => {
    const forking = `import os, sys\n\nchild = os.fork()\nif not child:\n    sys.exit(7)\n_, status = os.waitpid(child, 0)\n`;
    const routes = (value: string): string =>
      `${forking}${flaskRoutes(value)}`.replace(`"${value}"`, `"${value} %d" % os.WEXITSTATUS(status)`);
    const files = { ...flaskFiles("x"), "web/routes.py": routes("one") };
    const warm = await startWarm(ctx, { files, program: FLASK_RUN });
    await warm.untilBody("one 7");
    await warm.told("preloaded");
    warm.write("web/routes.py", routes("two"));
    await warm.untilBody("two 7");
    expect((await warm.reloads(1)).map((told) => told.warm)).toEqual([true]);
    expect(await warm.allSoFar("notice")).toEqual([]);
  });

  it.for([
    ["while it waits", 0],
    ["before it has come to wait", 1],
  ] as const)("what the next worker prints %s is shown when it goes", async ([, seconds], ctx) => {
    const tool = fixture("reload/command_line_tool.py", { 'float("__SECONDS__")': seconds });
    const server = (value: string): string => fixture("reload/tool_server.py", { __VALUE__: value });
    const warm = await startWarm(ctx, {
      files: { "server.py": server("one") },
      libraries: { "tool.py": tool },
      program: ["-m", "tool", "$PORT"],
    });
    const begun = (count: number): Promise<unknown> =>
      until(`${count} to have begun`, () => {
        const text = readFileSync(path.join(warm.root, "begun.txt"), "utf8");
        return text.split("begun").length === count + 1;
      });
    const shown = (): number => warm.output().match(/begun/g)?.length ?? 0;
    await warm.untilBody("one");
    await warm.told("preloaded");
    for (const [count, value] of ["two", "three"].entries()) {
      await begun(count + 2);
      await until("the first one's words", () => shown() > count);
      expect(shown()).toBe(count + 1);
      warm.write("server.py", server(value));
      await warm.untilBody(value);
      await until("its words", () => shown() === count + 2 && warm.output().includes(`${value} imported`));
    }
  });

  it("one that replaces itself with another program goes on, is told, and ends", async (ctx) => {
    const files = {
      "server.py": `import http.server, sys\nhttp.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), http.server.SimpleHTTPRequestHandler).serve_forever()\n`,
      "launcher.py": `import os, sys\nos.execv(sys.executable, [sys.executable, "server.py", *sys.argv[1:]])\n`,
    };
    const warm = await startWarm(ctx, { files, program: ["launcher.py", "$PORT"] });
    expect(await warm.told("unfit")).toEqual({
      what: "unfit",
      reason: "it replaces itself with another program",
      itself: false,
    });
    await warm.untilBody("Directory listing");
    expect(warm.all("crashed")).toEqual([]);
    expect((await warm.stop()).code).toBe(0);
    await until("nothing to be left", () => warm.processes().length === 0);
  });

  it("two ports, one of them served in a thread", async (ctx) => {
    const files = (value: string): Record<string, string> => ({
      "app.py": fixture("reload/two_servers.py", { __VALUE__: value }),
    });
    const side = await freePort();
    const warm = await startWarm(ctx, {
      files: files("one"),
      program: ["-m", "flask", "--app", "app", "run", "--port", "$PORT"],
      env: { SIDE: String(side) },
    });
    await warm.warmedUp();
    for (const value of ["two", "three"]) {
      warm.write("app.py", files(value)["app.py"]!);
      await warm.untilBody(value);
      expect((await ask(`http://127.0.0.1:${side}/`)).body).toBe(`metrics ${value}`);
    }
  });

  it("what only one process can hold is waited for", async (ctx) => {
    const locking = (value: string): string =>
      `${flaskRoutes(value)}\nimport fcntl\nlock = open("held.lock", "w")\nfcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)\n`;
    const warm = await startWarm(ctx, {
      files: { ...flaskFiles("x"), "web/routes.py": locking("one") },
      program: FLASK_RUN,
    });
    await warm.warmedUp();
    for (const value of ["two", "three"]) {
      warm.write("web/routes.py", locking(value));
      await warm.untilBody(value);
    }
    expect(await warm.allSoFar("crashed")).toEqual([]);
  });
});

describe("pythons", () => {
  it.for(OTHERS)("$version", async ({ python }, ctx) => {
    if (!existsSync(python)) ctx.skip(`${python} is not installed`);
    const warm = await startWarm(ctx, { python, files: flaskFiles("one"), program: FLASK_RUN });
    await warm.warmedUp();
    for (const value of ["two", "three"]) {
      warm.write("web/routes.py", flaskRoutes(value));
      await warm.untilBody(value);
    }
    warm.write("web/routes.py", "1 / 0\n");
    expect((await warm.told("crashed")).excerpt.at(-1)).toBe("ZeroDivisionError: division by zero");
    expect((await warm.reloads(2)).every((told) => told.warm)).toBe(true);
    expect(warm.output()).not.toMatch(/Warning: This process/);
  });

  it("flags of the interpreter and its own -c and -m", async (ctx) => {
    const program = `import flask, values; app = flask.Flask("x"); app.add_url_rule("/", view_func=lambda: values.VALUE); app.run(port=$PORT)`;
    const warm = await startWarm(ctx, { files: { "values.py": `VALUE = "one"\n` }, program: ["-c", program] });
    await warm.warmedUp();
    warm.write("values.py", `VALUE = "two"\n`);
    await warm.untilBody("two");
  });

  it("argv, cwd, __main__ and the environment are as without it", async (ctx) => {
    const show = fixture("reload/show_itself.py");
    const warm = await startWarm(ctx, {
      files: { "sub/show.py": show, "values.py": "" },
      program: ["sub/show.py", "--flag", "a b"],
      env: { EXTRA: "x" },
    });
    const seen = JSON.parse(await until("its output", () => /^(.+)\n/.exec(warm.output())?.[1])) as unknown[];
    expect(seen.slice(0, 7)).toEqual([
      ["sub/show.py", "--flag", "a b"],
      warm.root,
      path.join(warm.root, "sub"),
      "__main__",
      // absolute, as python has it since 3.9
      path.join(warm.root, "sub/show.py"),
      true,
      true,
    ]);
    expect(seen.slice(8)).toEqual(["x", []]);
  });
});
