import http from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { until } from "../../rigs/wait.ts";
import { apiFiles, FASTAPI, FLASK_RUN, flaskFiles, flaskRoutes, makeVenvs, startWarm, withElsewhere } from "./rig.ts";
import { fixture } from "../../rigs/fixtures.ts";

beforeAll(makeVenvs, 400_000);

const MISSING = `${flaskRoutes("broken")}\nfrom web.app import engin\n`;

describe("a save that does not import", () => {
  it("answers 503 with the traceback, as HTML for a browser and JSON for a program, until the next save", async (ctx) => {
    const warm = await startWarm(ctx, { files: flaskFiles("one"), program: FLASK_RUN });
    await warm.warmedUp();
    const from = warm.reports.length;
    warm.write("web/routes.py", MISSING);
    const crashed = await warm.told("crashed", from);
    expect(crashed).toMatchObject({ during: "import", file: "web/routes.py", exitCode: expect.any(Number) });
    expect(crashed.excerpt[0]).toBe("Traceback (most recent call last):");
    expect(crashed.excerpt.at(-1)).toMatch(/^ImportError: cannot import name 'engin'/);
    expect(crashed.excerpt.join("\n")).toContain('File "web/routes.py"');
    // neither ours nor the framework's frames
    expect(crashed.excerpt.join("\n")).not.toMatch(/site-packages|_devpm|runpy|frozen/);

    const page = await warm.get("/", { accept: "text/html,*/*" });
    expect(page.status).toBe(503);
    expect(page.type).toContain("text/html");
    expect(page.body).toContain("cannot import name &#x27;engin&#x27;".replaceAll("&#x27;", "'"));
    const told = await warm.get("/", { accept: "application/json" });
    expect(told.status).toBe(503);
    expect(told.type).toBe("application/json");
    expect((JSON.parse(told.body) as { traceback: string[] }).traceback).toEqual(crashed.excerpt);

    // said once, and not in the app's own output besides
    expect(await warm.allSoFar("crashed")).toHaveLength(1);
    expect(warm.output()).not.toContain("Traceback");
    warm.write("web/routes.py", flaskRoutes("two"));
    await warm.untilBody("two");
  });

  it.for([
    ["a syntax error", "def broken(:\n", /SyntaxError/],
    ["an error at import", "VALUE = 1 / 0\n", /ZeroDivisionError/],
    ["a module that is not there", "import nothing_of_that_name\n", /ModuleNotFoundError/],
    ["sys.exit at import", "import sys\nsys.exit('no configuration')\n", /exit code 1|no configuration/],
  ] as const)("%s, on uvicorn", async ([, text, pattern], ctx) => {
    const warm = await startWarm(ctx, {
      requirements: FASTAPI,
      files: apiFiles("one"),
      program: ["uvicorn", "api:app", "--port", "$PORT"],
    });
    await warm.warmedUp();
    warm.write("values.py", text);
    const crashed = await warm.told("crashed");
    expect(crashed.excerpt.join("\n")).toMatch(pattern);
    expect((await warm.get()).status).toBe(503);
    warm.write("values.py", `VALUE = "two"\n`);
    await warm.untilBody("two");
  });

  it("a lifespan that fails shows its traceback, said once", async (ctx) => {
    const api = (body: string): string =>
      fixture("reload/lifespan_api.py", { "# __BODY__": body, '"__BODY__"': JSON.stringify(body) });
    const warm = await startWarm(ctx, {
      requirements: FASTAPI,
      files: { "api.py": api("pass") },
      program: ["uvicorn", "api:app", "--port", "$PORT"],
    });
    await warm.warmedUp();
    warm.write("api.py", api(`raise ValueError("no database")`));
    const crashed = await warm.told("crashed");
    expect(crashed.excerpt.at(-1)).toBe("ValueError: no database");
    expect(crashed.excerpt.join("\n")).toContain('File "api.py"');
    expect((await warm.get()).body).toContain("no database");
    expect(warm.output()).not.toContain("no database");
    warm.write("api.py", api("print()"));
    await warm.untilBody("print()");
  });

  it("also at the first start, where nothing listened yet", async (ctx) => {
    const warm = await startWarm(ctx, {
      files: { ...flaskFiles("one"), "web/routes.py": MISSING },
      program: FLASK_RUN,
    });
    await warm.told("crashed");
    const page = await until("the page", () => warm.get());
    expect(page.status).toBe(503);
    warm.write("web/routes.py", flaskRoutes("mended"));
    await warm.untilBody("mended");
  });

  it("a request that comes while the mended app boots for the first time is answered by it", async (ctx) => {
    const slow = (value: string): string => `import time\n\ntime.sleep(0.5)\n${flaskRoutes(value)}`;
    const warm = await startWarm(ctx, {
      files: { ...flaskFiles("one"), "web/routes.py": "oops(\n" },
      program: FLASK_RUN,
      options: ["--host", "127.0.0.1"],
    });
    await until("the page", async () => (await warm.get("/")).status === 503);
    warm.write("web/routes.py", slow("two"));
    await warm.told("reloading");
    const asked = await Promise.all([warm.get("/"), warm.get("/")]);
    expect(asked.map(({ status, body }) => `${status} ${body}`)).toEqual(["200 two", "200 two"]);
  });

  it("in a folder outside of the app's: the save that mends it is seen", async (ctx) => {
    const warm = await startWarm(ctx, withElsewhere("WORD = (\n"));
    await until("the page", async () => (await warm.get("/")).status === 503);
    warm.write("elsewhere/shared.py", 'WORD = "mended"\n');
    await warm.untilBody("mended");
  });

  it("is printed by the app where nobody listens to reports", async (ctx) => {
    const warm = await startWarm(ctx, { files: flaskFiles("one"), program: FLASK_RUN, engine: false });
    await warm.untilBody("one");
    warm.write("web/routes.py", MISSING);
    await until("the page", async () => (await warm.get()).status === 503);
    const said = (): number => warm.output().split("cannot import name 'engin'").length - 1;
    await until("the error", () => said() > 0);
    expect(said()).toBe(1);
    warm.write("web/routes.py", flaskRoutes("two"));
    await warm.untilBody("two");
  });

  it("keeps a request that was sent with a body whole", async (ctx) => {
    const warm = await startWarm(ctx, { files: flaskFiles("one"), program: FLASK_RUN });
    await warm.untilBody("one");
    warm.write("web/routes.py", MISSING);
    await warm.told("crashed");
    const response = await fetch(`http://127.0.0.1:${warm.port}/`, {
      method: "POST",
      headers: { connection: "close" },
      body: "x".repeat(500_000),
    });
    expect(response.status).toBe(503);
    expect(await response.text()).toContain("engin");
  });
});

describe("saves while the page of a crash is shown on FastAPI", () => {
  it("the newest crash is what it shows; double saves end it for good, also on kept connections", async (ctx) => {
    const warm = await startWarm(ctx, {
      requirements: FASTAPI,
      files: apiFiles("zero"),
      // it closes a connection that is idle for 5 s, and a request that is sent at that moment is lost
      program: ["uvicorn", "api:app", "--port", "$PORT", "--timeout-keep-alive", "300"],
    });
    await warm.warmedUp();
    const agent = new http.Agent({ keepAlive: true, maxSockets: 4 });
    ctx.onTestFinished(() => agent.destroy());
    const ask = () => Promise.all(Array.from({ length: 4 }, () => warm.get("/", { accept: "text/html" }, agent)));
    for (let round = 1; round <= 10; round += 1) {
      for (const broken of [`missing_${round}`, `absent_${round}`]) {
        warm.write("values.py", `import ${broken}\n`);
        await until(`the page of ${broken}`, async () => (await warm.get()).body.includes(broken));
        for (const { status, body } of await ask()) {
          expect(status).toBe(503);
          expect(body).toContain(broken);
        }
      }
      warm.write("values.py", `VALUE = "first${round}"\n`);
      await delay(Math.random() * 60);
      warm.write("values.py", `VALUE = "last-${round}"\n`);
      await warm.untilBody(`last-${round}`);
      for (const { status, body } of await ask())
        expect({ status, body }).toEqual({ status: 200, body: `{"value":"last-${round}"}` });
    }
  });
});

describe("a worker killed while a reload is under way", () => {
  /** The worker says when it is importing, and "two" stays there until the test lets it go on. */
  const waiting = (value: string): string => fixture("reload/slow_import.py", { __VALUE__: value });
  const program = ["-m", "flask", "--app", "app", "run", "--port", "$PORT"];

  it("the new one: the requests that waited for it are answered by the next", async (ctx) => {
    const warm = await startWarm(ctx, { files: { "app.py": waiting("one") }, program });
    await warm.warmedUp();
    warm.write("app.py", waiting("two"));
    const pid = await until("the import", () => /importing two (\d+)\n/.exec(warm.output())?.[1]);
    const asked = Promise.all([warm.get(), warm.get()]);
    // in this order: one that goes on would be asked, and killed while it answers
    process.kill(Number(pid), "SIGKILL");
    warm.write("go-on", "");
    expect((await asked).map(({ status, body }) => [status, body])).toEqual([
      [200, "two"],
      [200, "two"],
    ]);
    expect((await warm.get("/pid")).body).not.toBe(pid);
    warm.write("app.py", waiting("three"));
    await warm.untilBody("three");
  });

  it("the former one, with a request in flight: that one is lost, the reload goes on", async (ctx) => {
    const warm = await startWarm(ctx, { files: { "app.py": waiting("one") }, program });
    await warm.warmedUp();
    const former = Number((await warm.get("/pid")).body);
    const slow = warm.get("/slow").catch((error: unknown) => String(error));
    await until("the request to be in flight", () => warm.output().includes("slow"));
    warm.write("app.py", waiting("two"));
    await until("the import", () => warm.output().includes("importing two"));
    const asked = warm.get();
    process.kill(former, "SIGKILL");
    expect(await slow).toMatch(/hang up|reset/i);
    warm.write("go-on", "");
    expect(await asked).toMatchObject({ status: 200, body: "two" });
    expect(await warm.allSoFar("crashed")).toEqual([]);
  });

  it("at any moment after a save: the save is what answers", async (ctx) => {
    const warm = await startWarm(ctx, { files: flaskFiles("k0"), program: FLASK_RUN });
    await warm.warmedUp();
    for (let round = 1; round <= 20; round += 1) {
      const pid = Number((await warm.get("/pid")).body);
      warm.write("web/routes.py", flaskRoutes(`k${round}`));
      await delay(Math.random() * 40);
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // the reload was faster, and it has ended
      }
      await until(`k${round}`, async () => (await warm.get()).body === `k${round}`);
    }
  });
});

describe("a crash at run time", () => {
  const files = {
    ...flaskFiles("one"),
    "web/routes.py": `${flaskRoutes("one")}\n\n@routes.get("/die")\ndef die():\n    os.abort()\n`,
  };

  it("of the worker by SIGKILL is told, and the next request is answered by a new one", async (ctx) => {
    const warm = await startWarm(ctx, { files, program: FLASK_RUN });
    await warm.warmedUp();
    const pid = Number((await warm.get("/pid")).body);
    process.kill(pid, "SIGKILL");
    expect(await warm.told("crashed")).toMatchObject({
      during: "run",
      exitCode: null,
      signal: "SIGKILL",
      // how it ended is said with its signal, once
      excerpt: [],
    });
    expect((await warm.get()).body).toBe("one");
    expect(Number((await warm.get("/pid")).body)).not.toBe(pid);
    warm.write("web/routes.py", flaskRoutes("two"));
    await warm.untilBody("two");
  });

  it("that comes again with every request is not a loop: the page says so, and a save brings it back", async (ctx) => {
    const warm = await startWarm(ctx, { files, program: FLASK_RUN });
    await warm.warmedUp();
    await expect(warm.get("/die")).rejects.toThrow();
    await warm.told("crashed");
    const answers = [];
    const began = performance.now();
    for (let request = 0; request < 12; request += 1) answers.push(await warm.get("/die").catch(() => ({ status: 0 })));
    // one more worker at most in three seconds, the rest is the page
    const more = 1 + Math.floor((performance.now() - began) / 3_000);
    expect(answers.filter(({ status }) => status === 503).length).toBeGreaterThanOrEqual(12 - 2 * more);
    expect(warm.all("crashed").length).toBeLessThanOrEqual(1 + more);
    warm.write("web/routes.py", flaskRoutes("two"));
    await warm.untilBody("two");
  });

  it("of the process that holds the libraries is not even noticed", async (ctx) => {
    const warm = await startWarm(ctx, { files: flaskFiles("one"), program: FLASK_RUN });
    await warm.warmedUp();
    for (const value of ["two", "three"]) {
      await delay(150);
      const worker = Number((await warm.get("/pid")).body);
      for (const { pid } of warm.processes()) if (pid !== worker && pid !== warm.pid) strike(pid);
      warm.write("web/routes.py", flaskRoutes(value));
      await warm.untilBody(value);
      await until("another template", () => warm.all("preloaded").length >= (value === "two" ? 2 : 3));
    }
    expect(await warm.allSoFar("crashed")).toEqual([]);
  });

  it("of the supervisor by SIGKILL leaves nothing", async (ctx) => {
    const warm = await startWarm(ctx, { files: flaskFiles("one"), program: FLASK_RUN });
    await warm.warmedUp();
    await delay(150);
    process.kill(warm.pid, "SIGKILL");
    await until("nothing to be left", () => warm.processes().length === 0);
  });
});

/** One may have gone with another of them. */
function strike(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
