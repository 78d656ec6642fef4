import { setTimeout as delay } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { until } from "../../rigs/wait.ts";
import { FASTAPI, FLASK_RUN, apiFiles, flaskFiles, flaskRoutes, makeVenvs, startWarm } from "./rig.ts";

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
    expect(warm.all("crashed")).toHaveLength(1);
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

  it("is printed by the app where nobody listens to reports", async (ctx) => {
    const warm = await startWarm(ctx, { files: flaskFiles("one"), program: FLASK_RUN, engine: false });
    await warm.untilBody("one");
    warm.write("web/routes.py", MISSING);
    await until("the page", async () => (await warm.get()).status === 503);
    expect(warm.output().split("cannot import name 'engin'").length - 1).toBe(1);
    warm.write("web/routes.py", flaskRoutes("two"));
    await warm.untilBody("two");
  });

  it("keeps a request that was sent with a body whole", async (ctx) => {
    const warm = await startWarm(ctx, { files: flaskFiles("one"), program: FLASK_RUN });
    await warm.untilBody("one");
    warm.write("web/routes.py", MISSING);
    await warm.told("crashed");
    const response = await fetch(`http://127.0.0.1:${warm.port}/`, { method: "POST", body: "x".repeat(500_000) });
    expect(response.status).toBe(503);
    expect(await response.text()).toContain("engin");
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
      excerpt: ["ended by SIGKILL"],
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
    for (let request = 0; request < 12; request += 1) answers.push(await warm.get("/die").catch(() => ({ status: 0 })));
    // one more worker at most, the rest is the page
    expect(answers.filter(({ status }) => status === 503).length).toBeGreaterThanOrEqual(10);
    expect(warm.all("crashed").length).toBeLessThanOrEqual(2);
    warm.write("web/routes.py", flaskRoutes("two"));
    await warm.untilBody("two");
  });

  it("of the process that holds the libraries is not even noticed", async (ctx) => {
    const warm = await startWarm(ctx, { files: flaskFiles("one"), program: FLASK_RUN });
    await warm.warmedUp();
    for (const value of ["two", "three"]) {
      await delay(150);
      const worker = Number((await warm.get("/pid")).body);
      for (const { pid } of warm.processes()) if (pid !== worker && pid !== warm.pid) process.kill(pid, "SIGKILL");
      warm.write("web/routes.py", flaskRoutes(value));
      await warm.untilBody(value);
      await until("another nursery", () => warm.all("preloaded").length >= (value === "two" ? 2 : 3));
    }
    expect(warm.all("crashed")).toHaveLength(0);
  });

  it("of the holder by SIGKILL leaves nothing", async (ctx) => {
    const warm = await startWarm(ctx, { files: flaskFiles("one"), program: FLASK_RUN });
    await warm.warmedUp();
    await delay(150);
    process.kill(warm.pid, "SIGKILL");
    await until("nothing to be left", () => warm.processes().length === 0, { deadlineMs: 3_000 });
  });
});
