import { beforeAll, describe, expect, it } from "vitest";
import { pythonWith } from "../../rigs/python.ts";
import { compared, valued } from "./plain.ts";
import { fixture } from "../../rigs/fixtures.ts";

const SCHEDULED = ["flask==3.1.*", "apscheduler==3.*", "flask-apscheduler"];
const OLD = ["flask==2.1.*", "werkzeug==2.1.*", "apscheduler==3.*"];
const BOTTLE = ["bottle"];

beforeAll(async () => {
  for (const requirements of [SCHEDULED, OLD, BOTTLE]) await pythonWith(requirements);
}, 400_000);

const files = (end = ""): Record<string, string> => ({
  ...valued("first"),
  "app.py": fixture("reload/guarded.py") + end,
});
const JOBS = ["by function", "by the scheduler", "by variable", "in a thread"];
const started = (body: string | undefined): unknown => (JSON.parse(body ?? "{}") as { started: unknown }).started;

/** Its last line of code is where it asks for its reloader. */
const ends = (line: string): string => `\n\nif __name__ == "__main__":\n    import sys\n\n    ${line}\n`;

describe.concurrent("start-up jobs that are guarded against the reloader's other process", { timeout: 480_000 }, () => {
  it.for([
    ["flask run --debug", ["-m", "flask", "run", "--port", "$PORT", "--debug"], {}],
    ["FLASK_DEBUG=1 flask run", ["-m", "flask", "run", "--port", "$PORT"], { FLASK_DEBUG: "1" }],
  ] as const)("%s runs them in each worker, once", async ([, program, env], ctx) => {
    const seen = await compared(ctx, { requirements: SCHEDULED, files: files(), program, env });
    for (const body of Object.values(seen)) expect(started(body)).toEqual(JOBS);
  });

  it("before Flask 2.2, too", async (ctx) => {
    const program = ["-m", "flask", "run", "--port", "$PORT"];
    const env = { FLASK_ENV: "development" };
    const seen = await compared(ctx, { requirements: OLD, files: files(), program, env });
    expect(started(seen.last)).toEqual(JOBS);
  });

  it.for([
    ["seen in its text", "app.run(port=int(sys.argv[1]), debug=True)"],
    ["seen when it asks", "app.run(port=int(sys.argv[1]), debug=bool(VALUE))"],
  ] as const)("a script with Flask's reloader, %s", async ([, line], ctx) => {
    const seen = await compared(ctx, {
      requirements: SCHEDULED,
      files: files(ends(line)),
      program: ["app.py", "$PORT"],
    });
    for (const body of Object.values(seen)) expect(started(body)).toEqual(JOBS);
  });

  it("a package of which nothing shows that it asks for one", async (ctx) => {
    const seen = await compared(ctx, {
      requirements: SCHEDULED,
      files: {
        ...valued("first"),
        "shop/__init__.py": "",
        "shop/__main__.py": fixture("reload/guarded.py") + ends("app.run(port=int(sys.argv[1]), debug=True)"),
      },
      program: ["-m", "shop", "$PORT"],
    });
    expect(started(seen.last)).toEqual(JOBS);
  });

  it("Flask-APScheduler starts its jobs", async (ctx) => {
    const app = `import time\nfrom flask import Flask\nfrom flask_apscheduler import APScheduler\nfrom value import VALUE\n\napp = Flask(__name__)\nscheduler = APScheduler()\nscheduler.init_app(app)\nscheduler.start()\n\n\n@app.get("/")\ndef index():\n    return {"value": VALUE, "runs": scheduler.running}\n`;
    const program = ["-m", "flask", "run", "--port", "$PORT", "--debug"];
    const seen = await compared(ctx, {
      requirements: SCHEDULED,
      files: { ...valued("first"), "app.py": app },
      program,
    });
    for (const body of Object.values(seen)) expect(JSON.parse(body)).toMatchObject({ runs: true });
  });

  it("Bottle's child", async (ctx) => {
    const app = `import os, sys\nfrom bottle import route, run\nfrom value import VALUE\n\n\n@route("/")\ndef index():\n    return {"value": VALUE, "child": os.environ.get("BOTTLE_CHILD")}\n\n\nrun(port=int(sys.argv[1]), reloader=True, quiet=True)\n`;
    const options = {
      requirements: BOTTLE,
      files: { ...valued("first"), "app.py": app },
      program: ["app.py", "$PORT"],
    };
    expect(JSON.parse((await compared(ctx, options)).last ?? "")).toMatchObject({ child: "true" });
  });
});
