import { expect, it } from "vitest";
import { parseJson, statusShape } from "../../rigs/contract.ts";
import { ask } from "../../rigs/http.ts";
import { freePorts } from "../../rigs/ports.ts";
import { openProject } from "../../rigs/project.ts";
import { pythonWith } from "../../rigs/python.ts";
import { until } from "../../rigs/wait.ts";

const MB = 1_000_000;

/** Its child holds the memory; the child's own, which has left the tree, uses the CPU. */
const PARENT = String.raw`
import subprocess, sys, time, os, http.server
child = "block = bytearray(b'x' * 150_000_000); import time; time.sleep(1000)"
burner = "import os\nif os.fork() == 0:\n    os.setsid()\n    while True: pass"
subprocess.Popen([sys.executable, "-c", child])
subprocess.Popen([sys.executable, "-c", burner])
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), http.server.BaseHTTPRequestHandler).serve_forever()
`;

/** The worker holds it, forked from a template that does not. */
const WARM = `
import flask
block = bytearray(b"x" * 150_000_000)
app = flask.Flask(__name__)

@app.get("/")
def root():
    return "here"
`;

it("the memory and CPU of an app are those of all its processes, each counted once", async (ctx) => {
  const [parent, warm] = (await freePorts(2)) as [number, number];
  const venv = await pythonWith(["flask"]);
  const project = await openProject(ctx, {
    files: {
      "parent.py": PARENT,
      "warm.py": WARM,
      "ecosystem.config.json": JSON.stringify({
        apps: {
          parent: { command: ["python3", "parent.py"], port: parent, reload: false },
          warm: {
            command: [`${venv}/bin/flask`, "--app", "warm", "run", "--port", "$PORT"],
            port: warm,
            reload: "warm",
          },
        },
      }),
    },
  });
  expect(await project.devpm(["dev", "--detach"])).toMatchObject({ code: 0 });
  await ask(`http://127.0.0.1:${warm}/`);
  const usage = async () => {
    const { apps } = parseJson(statusShape, (await project.devpm(["status", "--json"])).stdout);
    return Object.fromEntries(apps.map(({ name, memoryBytes, cpuPercent }) => [name, { memoryBytes, cpuPercent }]));
  };
  const found = await until("the memory and the burning process to be seen", async () => {
    const now = await usage();
    const isThere = ["parent", "warm"].every((name) => (now[name]?.memoryBytes ?? 0) > 150 * MB);
    return isThere && (now.parent?.cpuPercent ?? 0) > 3 && (now.warm?.cpuPercent ?? 100) < 20 ? now : null;
  });
  for (const name of ["parent", "warm"]) {
    // the template's pages are the worker's too
    expect(found[name]?.memoryBytes).toBeLessThan(280 * MB);
  }
  expect((await project.devpm(["status"])).stdout).toMatch(/parent +ready.* (1[5-9]|2[0-7])\d MB +\d+ %/);
  await project.devpm(["down"]);
});
