import { execFileSync } from "node:child_process";
import path from "node:path";
import { beforeAll, expect, it } from "vitest";
import { attach, type Editor } from "../../rigs/dap.ts";
import { freePort } from "../../rigs/ports.ts";
import { pythonWith } from "../../rigs/python.ts";
import { startWarm, type Warm, type WarmOptions } from "./rig.ts";

const DEBUGPY = ["flask==3.1.*", "debugpy"];
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

function endAdapters(port: number): void {
  const shown = execFileSync("ps", ["-eo", "pid=,args="], { encoding: "utf8" });
  for (const line of shown.split("\n"))
    if (line.includes("--for-server") && line.includes(`--port ${port}`))
      process.kill(Number(line.trim().split(/\s/)[0]));
}
