import { execFileSync } from "node:child_process";
import path from "node:path";
import { beforeAll, expect, it } from "vitest";
import { attach, type Editor } from "../../rigs/dap.ts";
import { freePort } from "../../rigs/ports.ts";
import { pythonWith } from "../../rigs/python.ts";
import { until } from "../../rigs/wait.ts";
import { type Program, startPlain } from "./plain.ts";
import { startWarm, type Warm, type WarmOptions } from "./rig.ts";

const DEBUGPY = ["flask==3.1.*", "uvicorn", "debugpy"];
const LINE = 9;
const app = (before: string): string => `import sys
${before}
import values
from flask import Flask

app = Flask(__name__)
@app.get("/")
def index():
    value = values.VALUE
    return value


if __name__ == "__main__":
    app.run(port=int(sys.argv[1]))
`;

beforeAll(async () => {
  await pythonWith(DEBUGPY);
}, 300_000);

type Way = Pick<WarmOptions, "program"> & { before: (port: number) => string };
const ways: Record<string, (debug: number) => Way> = {
  "debugpy.listen() in the app": (debug) => ({
    before: () => `import debugpy; debugpy.listen(${debug})`,
    program: ["app.py", "$PORT"],
  }),
  "python -m debugpy --listen": (debug) => ({
    before: () => "",
    program: ["-m", "debugpy", "--listen", String(debug), "-m", "flask", "--app", "app", "run", "--port", "$PORT"],
  }),
};

/** A request stops at the breakpoint, goes on, and is answered. */
async function stopsAndGoesOn(editor: Editor, warm: Warm, value: string): Promise<void> {
  const answer = warm.get();
  await editor.goOn(await editor.stopped());
  expect(await answer).toMatchObject({ status: 200, body: value });
}

it.for(Object.entries(ways))(
  "an editor attached by %s: breakpoints stop and go on, after saves too",
  async ([, way], ctx) => {
    const debug = await freePort();
    const { before, program } = way(debug);
    const warm = await startWarm(ctx, {
      requirements: DEBUGPY,
      files: { "app.py": app(before(debug)), "values.py": 'VALUE = "zero"\n' },
      program,
      env: { PYDEVD_DISABLE_FILE_VALIDATION: "1" },
    });
    // the adapter leaves the process group, and goes when nobody is attached
    ctx.onTestFinished(() => endAdapters(debug));
    const breakpoint = { file: path.join(warm.root, "app.py"), line: LINE };
    await warm.untilBody("zero");
    let editor = await attach(debug, breakpoint);
    await stopsAndGoesOn(editor, warm, "zero");
    // none of devpm's threads
    expect((await editor.threads()).filter((name) => name !== "MainThread" && !/^Thread-\d+/.test(name))).toEqual([]);
    for (const value of ["one", "two", "three"]) {
      warm.write("values.py", `VALUE = "${value}"\n`);
      await editor.terminated();
      editor = await attach(debug, breakpoint);
      await stopsAndGoesOn(editor, warm, value);
    }
    warm.write("values.py", "VALUE = oops\n");
    await warm.told("crashed");
    editor.close();
    warm.write("values.py", 'VALUE = "mended"\n');
    editor = await attach(debug, breakpoint);
    await stopsAndGoesOn(editor, warm, "mended");
    editor.close();
    expect((await warm.stop()).code).toBe(0);
  },
);

const asgi = `import values


async def app(scope, receive, send):
    while scope["type"] == "lifespan":
        kind = (await receive())["type"]
        await send({"type": kind + ".complete"})
        if kind == "lifespan.shutdown":
            return
    value = values.VALUE
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": value.encode()})
`;
const FLASK_RUN = ["-m", "flask", "--app", "app", "run", "--port", "$PORT"];
const UVICORN = ["-m", "uvicorn", "asgi:app", "--port", "$PORT"];
const commands: Record<string, { program: string[]; plain?: string[]; file: string; line: number }> = {
  "flask run": { program: FLASK_RUN, file: "app.py", line: LINE },
  uvicorn: { program: UVICORN, file: "asgi.py", line: 10 },
  // its own reloader serves in a process further, which this editor would have to attach to as well
  "uvicorn --reload": { program: [...UVICORN, "--reload"], plain: UVICORN, file: "asgi.py", line: 10 },
};

it.for(Object.entries(commands))(
  "an editor sees the same as under the plain command: %s",
  async ([, { program, plain = program, file, line }], ctx) => {
    const debug = await freePort();
    ctx.onTestFinished(() => endAdapters(debug));
    const files = { "app.py": app(""), "asgi.py": asgi, "values.py": 'VALUE = "zero"\n' };
    const listen = ["-m", "debugpy", "--listen", `127.0.0.1:${debug}`];
    const env = { PYDEVD_DISABLE_FILE_VALIDATION: "1" };
    const look = async (at: Pick<Program, "root" | "get">): Promise<unknown> => {
      await until("an answer", async () => (await at.get("/")).status === 200);
      const editor = await attach(debug, { file: path.join(at.root, file), line });
      const answer = at.get("/");
      const thread = await editor.stopped();
      const threads = (await editor.threads()).map((name) => name.replaceAll(/\d+/g, "N"));
      await editor.goOn(thread);
      const { status, body } = await answer;
      editor.close();
      return { threads, status, body };
    };
    const options = { requirements: DEBUGPY, files, env };
    const before = await startPlain(ctx, { ...options, program: [...listen, ...plain] }, true);
    const expected = await look(before);
    await before.end();
    const warm = await startWarm(ctx, { ...options, program: [...listen, ...program] });
    expect(await look(warm)).toEqual(expected);
    warm.write("values.py", 'VALUE = "one"\n');
    await warm.untilBody("one");
    expect(await look(warm)).toEqual({ ...(expected as object), body: "one" });
  },
);

it("PyCharm's own debugger, which no fork can take along: the engine restarts the app instead", async (ctx) => {
  const settrace = "import pydevd_pycharm\npydevd_pycharm.settrace('127.0.0.1', port=1, suspend=False)\n";
  const warm = await startWarm(ctx, {
    requirements: ["pydevd-pycharm"],
    files: { "app.py": settrace },
    program: ["app.py"],
    port: false,
  });
  expect(await warm.told("unfit")).toEqual({
    what: "unfit",
    reason: "pydevd connects to the editor again from each process",
    itself: false,
  });
});

function endAdapters(port: number): void {
  const shown = execFileSync("ps", ["-eo", "pid=,args="], { encoding: "utf8" });
  for (const line of shown.split("\n")) {
    if (!line.includes("--for-server") || !line.includes(`--port ${port}`)) continue;
    try {
      process.kill(Number(line.trim().split(/\s/)[0]));
    } catch {
      // it has just ended
    }
  }
}
