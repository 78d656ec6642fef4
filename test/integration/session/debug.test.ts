import { symlinkSync } from "node:fs";
import { expect, test } from "vitest";
import { parseJson, statusShape } from "../../rigs/contract.ts";
import { attach } from "../../rigs/dap.ts";
import { freePorts, listening } from "../../rigs/ports.ts";
import { openProject } from "../../rigs/project.ts";
import { pythonWith } from "../../rigs/python.ts";
import { until } from "../../rigs/wait.ts";

const LINE = 8;
const APP = `import values
from flask import Flask

app = Flask(__name__)

@app.get("/")
def index():
    return values.VALUE
`;

test("apps with `debug`: an editor attaches, and again after saves; the ports are claimed, and free at the end", async (ctx) => {
  const [port = 0, api = 0, cold = 0, node = 0] = await freePorts(4);
  const project = await openProject(ctx, {
    files: {
      "ecosystem.config.ts": `import { defineConfig, flask } from "devpm";
export default defineConfig({
  apps: {
    warm: flask({ app: "app", port: ${port}, debug: ${api}, setup: false, cwd: "api" }),
    cold: { command: ["python", "loop.py"], cwd: "loop", debug: ${cold}, reload: "restart", setup: false },
    node: { command: "node server.js", debug: ${node} },
  },
});`,
      "api/app.py": APP,
      "api/values.py": 'VALUE = "one"\n',
      "loop/loop.py": "import time\n\nn = 0\nwhile True:\n    n += 1\n    time.sleep(0.05)\n# one\n",
      "server.js": "setInterval(() => {}, 1000);\n",
      ".vscode/settings.json": "{}",
    },
  });
  for (const folder of ["api", "loop"])
    symlinkSync(await pythonWith(["flask==3.1.*", "debugpy"]), project.path(folder, ".venv"));
  expect(await project.devpm(["dev", "-d"], { deadlineMs: 120_000 })).toMatchObject({ code: 0 });
  const { apps } = parseJson(statusShape, (await project.devpm(["status", "--json"])).stdout);
  expect(apps.map(({ name, state }) => [name, state])).toEqual([
    ["warm", "ready"],
    ["cold", "ready"],
    ["node", "ready"],
  ]);
  await until("Node's inspector", async () => (await fetch(`http://127.0.0.1:${node}/json/version`)).ok);

  const breakpoint = { file: project.path("api/app.py"), line: LINE };
  const asked = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/`)).text();
  let editor = await attach(api, breakpoint);
  for (const value of ["one", "two", "three"]) {
    const answer = asked();
    await editor.goOn(await editor.stopped());
    expect(await answer).toBe(value);
    if (value === "three") break;
    project.write("api/values.py", `VALUE = "${value === "one" ? "two" : "three"}"\n`);
    await editor.terminated();
    editor = await attach(api, breakpoint);
  }
  editor.close();
  expect(await project.devpm(["wait", "warm", "--for", "reload"])).toMatchObject({ code: 0 });

  const loop = { file: project.path("loop/loop.py"), line: 5 };
  for (const [former, saved] of [
    ["# one", "# two"],
    ["# two", "# three"],
  ] as const) {
    editor = await attach(cold, loop);
    await editor.stopped();
    // restarted while it stands at a breakpoint
    project.edit("loop/loop.py", former, saved);
    await editor.terminated();
  }

  const written = await project.devpm(["agent", "init"]);
  expect(written.stdout).toContain("devpm: attach to warm");
  const launch = JSON.parse(project.read(".vscode/launch.json")) as { configurations: object[] };
  expect(launch.configurations).toMatchObject([
    { name: "devpm dev" },
    { name: "devpm: attach to warm", type: "debugpy", connect: { port: api } },
    { name: "devpm: attach to cold", connect: { port: cold } },
    { name: "devpm: attach to node", type: "node", port: node },
  ]);
  expect(await project.devpm(["down"])).toMatchObject({ code: 0 });
  const open = listening();
  for (const number of [port, api, cold, node]) expect(open).not.toContain(number);
});
