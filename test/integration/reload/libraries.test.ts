import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { pythonWith } from "../../rigs/python.ts";
import { until } from "../../rigs/wait.ts";
import { FLASK, FLASK_RUN, flaskFiles, flaskRoutes, makeVenvs, startWarm, type Warm } from "./rig.ts";
import { fixture } from "../../rigs/fixtures.ts";

const HEAVY = [
  ...FLASK,
  "numpy",
  "pandas",
  "SQLAlchemy",
  "psycopg[binary]",
  "neo4j",
  "kafka-python",
  "pydantic",
  "requests",
  "httpx",
];
const GREEN = [...FLASK, "gevent"];

beforeAll(async () => {
  await makeVenvs();
  for (const requirements of [HEAVY, GREEN]) await pythonWith(requirements);
}, 900_000);

const using = (module: string, value: string): string =>
  flaskRoutes("x")
    .replace('return "x"', `return "${value} " + ${module}.work()`)
    .replace("import os", `import os\nimport ${module}`);
const notices = (warm: Warm): string =>
  warm
    .all("notice")
    .map(({ text }) => text)
    .join("\n");
const START = { program: FLASK_RUN, options: ["--probe", "3"] } as const;

describe("what a fork does not survive is found out and left out", () => {
  const kept = (body: string): Record<string, string> => ({
    "badlib.py": `import os, threading\nOWNER = os.getpid()\n${body}`,
  });
  const cases: Record<string, { library: Record<string, string>; says: RegExp }> = {
    "a thread begun at import": {
      library: {
        "badlib.py": fixture("reload/thread_at_import.py"),
      },
      says: /badlib is imported again at every reload: it starts a thread at import/,
    },
    "a socket opened at import": {
      library: {
        "badlib.py": `import socket\nleft, right = socket.socketpair()\n\n\ndef work():\n    left.send(b"badlib")\n    return right.recv(10).decode() + " served"\n`,
      },
      says: /badlib .* opens a socket at import/,
    },
    "a call that hangs after a fork": {
      library: kept(
        `\n\ndef work():\n    if os.getpid() != OWNER:\n        threading.Event().wait()\n    return "badlib served"\n`,
      ),
      says: /badlib .* hangs after a fork/,
    },
    "a call that crashes after a fork": {
      library: kept(`\n\ndef work():\n    if os.getpid() != OWNER:\n        os.abort()\n    return "badlib served"\n`),
      says: /badlib .* crashes after a fork/,
    },
  };

  it.for(Object.entries(cases))("%s", async ([, { library, says }], ctx) => {
    const warm = await startWarm(ctx, {
      ...START,
      files: { ...flaskFiles("x"), "web/routes.py": using("badlib", "one") },
      libraries: library,
    });
    await warm.untilBody("one badlib served");
    await until("libraries to be loaded", () => warm.all("preloaded").length > 0);
    await delay(300);
    warm.write("web/routes.py", using("badlib", "two"));
    await until("the new answer", async () => (await warm.get().catch(() => null))?.body === "two badlib served");
    const at = (): number => warm.reports.findIndex((told) => told.what === "notice" && says.test(told.text));
    await until("the notice", () => at() >= 0, { describe: () => notices(warm) });
    // from then on it is warm again, and the library works
    await warm.told("preloaded", says.source.includes("at import") ? 0 : at());
    warm.write("web/routes.py", using("badlib", "three"));
    await warm.untilBody("three badlib served");
    await until("a warm reload", () => warm.all("reloaded").at(-1)?.warm);
    expect(notices(warm).split("badlib is imported again")).toHaveLength(2);
  });

  it("an import that fails after a fork", async (ctx) => {
    const warm = await startWarm(ctx, {
      ...START,
      files: { ...flaskFiles("x"), "web/routes.py": `${using("badlib", "one")}\nbadlib.begin()\n` },
      libraries: {
        "badlib.py": `import os\nOWNER = os.getpid()\n\n\ndef begin():\n    if os.getpid() != OWNER:\n        raise RuntimeError("begun in another process")\n\n\ndef work():\n    return "badlib"\n`,
      },
    });
    await warm.untilBody("one badlib");
    await warm.told("preloaded");
    warm.write("web/routes.py", `${using("badlib", "two")}\nbadlib.begin()\n`);
    await warm.untilBody("two badlib");
    await until("the notice", () =>
      notices(warm).includes("badlib is imported again at every reload: it fails after a fork"),
    );
    expect(await warm.allSoFar("crashed")).toEqual([]);
  });

  describe("what is as slow without a fork is not left out", () => {
    const library = {
      "badlib.py": `import time\nfrom flask import request\nis_slow = True\n\n\ndef work():\n    global is_slow\n    if is_slow:\n        time.sleep(float(request.args.get("seconds", 3)))\n    is_slow = False\n    return "badlib"\n`,
    };
    const routes = (value: string): string =>
      `${using("badlib", value)}\n\n@routes.get("/fast")\ndef fast():\n    return "${value} fast"\n`;
    const start = { program: FLASK_RUN, options: ["--probe", "0.5"], libraries: library } as const;

    it("a first request that has shown it", async (ctx) => {
      const warm = await startWarm(ctx, { ...start, files: { ...flaskFiles("x"), "web/routes.py": routes("one") } });
      await warm.warmedUp();
      for (const value of ["two", "three"]) {
        warm.write("web/routes.py", routes(value));
        await warm.untilBody(`${value} badlib`);
      }
      expect((await warm.reloads(2)).map((told) => told.warm)).toEqual([true, true]);
      expect(notices(warm)).not.toContain("imported again");
    });

    it("a later one, found in a fork first", async (ctx) => {
      const warm = await startWarm(ctx, { ...start, files: { ...flaskFiles("x"), "web/routes.py": routes("one") } });
      const { ms } = await warm.told("ready");
      // slower than three boots, which is the limit; below three answers of ten seconds, which is the one after it
      const slow = `/?seconds=${Math.min(28, 4 * (ms / 1000) + 2)}`;
      await warm.untilBody("one fast", "/fast");
      await warm.told("preloaded");
      warm.write("web/routes.py", routes("two"));
      await warm.told("reloaded");
      await warm.get(slow).catch(() => null); // it may be killed as a former worker
      // another worker was asked to do without libraries what that one seemed to hang in
      await until("that worker", async () => warm.all("reloaded").some((told) => !told.warm));
      await warm.untilBody("two badlib", slow);
      await until("libraries to be loaded again", () => warm.all("preloaded").length > 1);
      warm.write("web/routes.py", routes("three"));
      await warm.untilBody("three badlib", slow);
      await until("a warm reload", () => warm.all("reloaded").at(-1)?.warm);
      expect(notices(warm)).not.toContain("imported again");
    });
  });

  it("an error of the app's own is not put down to a library", async (ctx) => {
    const warm = await startWarm(ctx, { ...START, files: flaskFiles("one") });
    await warm.warmedUp();
    warm.write("web/routes.py", `${flaskRoutes("two")}\n@routes.get("/")\ndef index():\n    return "twice"\n`);
    await warm.told("crashed");
    warm.write("web/routes.py", flaskRoutes("three"));
    await warm.untilBody("three");
    expect(notices(warm)).not.toContain("imported again");
  });

  it("by the user, through DEVPM_LEAVE_OUT", async (ctx) => {
    const warm = await startWarm(ctx, {
      ...START,
      files: { ...flaskFiles("x"), "web/routes.py": using("mylib", "one") },
      libraries: {
        "mylib.py": `import os\nLOADED_IN = os.getpid()\n\n\ndef work():\n    return str(LOADED_IN == os.getpid())\n`,
      },
      env: { DEVPM_LEAVE_OUT: "mylib" },
    });
    await warm.warmedUp();
    warm.write("web/routes.py", using("mylib", "two"));
    await warm.untilBody("two True");
  });

  it("gevent turns preloading off, and says so", async (ctx) => {
    const warm = await startWarm(ctx, {
      ...START,
      requirements: GREEN,
      files: { ...flaskFiles("one"), "web/__init__.py": "import gevent\n" },
    });
    await warm.untilBody("one");
    await until("the notice", () => notices(warm).includes("gevent"));
    warm.write("web/routes.py", flaskRoutes("two"));
    await warm.untilBody("two");
    expect(warm.all("preloaded")).toHaveLength(0);
    expect((await warm.reloads(1)).at(-1)?.warm).toBe(false);
    // the next session knows it from the first moment, also where no request has come before the first save
    await warm.stop();
    const again = await startWarm(ctx, { ...START, requirements: GREEN, files: {}, again: warm });
    await again.told("ready");
    await until("the notice", () => notices(again).includes("gevent"));
    again.write("web/routes.py", flaskRoutes("three"));
    await again.untilBody("three");
    expect((await again.reloads(1)).at(-1)?.warm).toBe(false);
    expect(again.all("preloaded")).toHaveLength(0);
  });
});

describe("real libraries", () => {
  it("numpy, pandas, SQLAlchemy, psycopg, neo4j, kafka, pydantic, requests and httpx work in every worker", async (ctx) => {
    const app = (value: string): string => fixture("reload/heavy_libraries.py", { __VALUE__: value });
    const expected = `1999000 (300, 300) 2 7${" refused".repeat(5)}`;
    const warm = await startWarm(ctx, {
      requirements: HEAVY,
      files: { "app.py": app("one") },
      program: ["-m", "flask", "--app", "app", "run", "--port", "$PORT"],
    });
    await warm.untilBody(`one ${expected}`);
    await warm.told("preloaded");
    const seen = new Set<string>();
    for (const value of ["two", "three", "four"]) {
      await delay(200);
      warm.write("app.py", app(value));
      await warm.untilBody(`${value} ${expected}`);
      seen.add((await warm.get("/random")).body.split(" ")[0]!).add((await warm.get("/random")).body.split(" ")[1]!);
    }
    expect(seen.size).toBe(6);
    expect((await warm.reloads(3)).map((told) => told.warm)).toEqual([true, true, true]);
    expect(notices(warm)).not.toContain("imported again");
  });
});

describe("what is learned", () => {
  it("outlives the session: the next one loads it before any request", async (ctx) => {
    const first = await startWarm(ctx, { ...START, files: flaskFiles("one") });
    await first.warmedUp();
    await first.stop();
    const second = await startWarm(ctx, { ...START, files: {}, again: first });
    await second.told("preloaded");
    expect(second.output()).not.toContain('"GET');
    second.write("web/routes.py", flaskRoutes("two"));
    await second.untilBody("two");
    expect((await second.reloads(1)).at(-1)?.warm).toBe(true);
  });

  it("the project's compiled code does too: the next session compiles what has changed", async (ctx) => {
    // Python warns of it where it compiles the file
    const doubtful = (value: string): string => `${flaskRoutes(value)}PATTERN = "\\d"\n`;
    const said = /routes\.py:\d+: \w+Warning: .*invalid escape sequence/;
    const env = { PYTHONWARNINGS: "always" };
    const first = await startWarm(ctx, {
      ...START,
      files: { ...flaskFiles("x"), "web/routes.py": doubtful("one") },
      env,
    });
    await first.warmedUp();
    await until("the warning", () => said.test(first.output()), { describe: first.output });
    await first.stop();
    const second = await startWarm(ctx, { ...START, files: {}, env, again: first });
    await second.untilBody("one");
    await second.stop();
    expect(second.output()).not.toMatch(said);
    first.write("web/routes.py", doubtful("two"));
    const third = await startWarm(ctx, { ...START, files: {}, env, again: first });
    await third.untilBody("two");
    await until("the warning", () => said.test(third.output()), { describe: third.output });
  });

  it("a library that is edited in place is imported again", async (ctx) => {
    const warm = await startWarm(ctx, {
      ...START,
      files: { ...flaskFiles("x"), "web/routes.py": using("mylib", "one") },
      libraries: { "mylib.py": `def work():\n    return "before"\n` },
    });
    await warm.untilBody("one before");
    await warm.told("preloaded");
    await delay(200);
    writeFileSync(path.join(warm.root, "../installed/site-packages/mylib.py"), `def work():\n    return "after"\n`);
    warm.write("web/routes.py", using("mylib", "two"));
    await warm.untilBody("two after");
    await until("the notice", () => /mylib\.py changed/.test(notices(warm)), { describe: () => notices(warm) });
  });

  it("editable installs and PYTHONPATH folders are the project's own", async (ctx) => {
    const outside = mkdtempSync(path.join(tmpdir(), "devpm-wo-"));
    ctx.onTestFinished(() => rmSync(outside, { recursive: true, force: true }));
    mkdirSync(path.join(outside, "shared"));
    writeFileSync(path.join(outside, "shared/__init__.py"), `def work():\n    return "before"\n`);
    const warm = await startWarm(ctx, {
      ...START,
      files: { ...flaskFiles("x"), "web/routes.py": using("shared", "one") },
      env: { PYTHONPATH: outside },
    });
    await warm.untilBody("one before");
    await warm.told("preloaded");
    writeFileSync(path.join(outside, "shared/__init__.py"), `def work():\n    return "after"\n`);
    await warm.untilBody("one after");
  });

  it("what the project sets before it imports a library is set when the library is loaded ahead", async (ctx) => {
    const warm = await startWarm(ctx, {
      ...START,
      files: {
        ...flaskFiles("x"),
        "web/__init__.py": `import os\nos.environ["MODE"] = "set by the project"\n`,
        "web/routes.py": using("mylib", "one"),
      },
      libraries: {
        "mylib.py": `import os\nMODE = os.environ.get("MODE", "unset")\n\n\ndef work():\n    return MODE\n`,
      },
    });
    await warm.untilBody("one set by the project");
    await warm.told("preloaded");
    warm.write("web/routes.py", using("mylib", "two"));
    await warm.untilBody("two set by the project");
    warm.write("web/__init__.py", `import os\nos.environ["MODE"] = "set otherwise"\n`);
    await until("the new setting", async () => {
      warm.write("web/routes.py", using("mylib", "three"));
      await delay(400);
      return (await warm.get()).body === "three set otherwise";
    });
  });

  it("files that need more than a fork are told, with everything left running", async (ctx) => {
    const warm = await startWarm(ctx, {
      program: FLASK_RUN,
      files: { ...flaskFiles("one"), "requirements.txt": "flask\n" },
      options: ["--cold", "requirements.txt"],
    });
    await warm.warmedUp();
    warm.write("requirements.txt", "flask\nsomething\n");
    expect(await warm.told("cold")).toEqual({ what: "cold", reason: "requirements.txt changed" });
    expect((await warm.get()).body).toBe("one");
  });
});
