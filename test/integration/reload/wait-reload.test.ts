import { symlinkSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { errorsShape, parseJson, waitShape } from "../../rigs/contract.ts";
import { REPOSITORY } from "../../rigs/devpm.ts";
import { freePorts } from "../../rigs/ports.ts";
import { openProject } from "../../rigs/project.ts";
import { pythonWith } from "../../rigs/python.ts";
import { until } from "../../rigs/wait.ts";

const WORKER = `import time
VERSION = "one"
print("worker", VERSION, flush=True)
while True:
    time.sleep(60)
`;

test("a wait for the newest save is right for every kind of app", async (ctx) => {
  const [backend = 0, web = 0] = await freePorts(2);
  const project = await openProject(ctx, {
    files: {
      "ecosystem.config.ts": `import { defineConfig, flask, vite } from "devpm";
export default defineConfig({
  apps: {
    backend: flask({ cwd: "api", app: "routes", port: ${backend}, setup: false }),
    worker: { command: "python3 worker.py", cwd: "worker", reload: "restart", ready: { log: /worker/ } },
    fixed: { command: "python3 fixed.py", cwd: "fixed", reload: false, ready: { log: /worker/ } },
    web: vite({ cwd: "ui", port: ${web}, setup: false }),
  },
  tasks: { generate: { run: "sh generate.sh", inputs: ["schema.txt"] } },
});`,
      "api/routes.py":
        'from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get("/")\ndef home():\n    return "one"\n',
      "worker/worker.py": WORKER,
      "fixed/fixed.py": WORKER,
      "ui/package.json": '{ "name": "ui", "private": true, "type": "module", "scripts": { "dev": "vite" } }',
      "ui/index.html": '<script type="module" src="/src/main.ts"></script>',
      "ui/src/main.ts": 'export const label: string = String("one");\n',
      "ui/vite.config.ts": "export default {};\n",
      "ui/src/style.css": "body { color: red; }\n",
      "generate.sh": "if grep -q broken schema.txt; then echo no; exit 4; fi\ncp schema.txt made.txt\n",
      "schema.txt": "one\n",
    },
  });
  symlinkSync(await pythonWith(["flask"]), project.path(".venv"));
  symlinkSync(path.join(REPOSITORY, "node_modules"), project.path("ui/node_modules"));
  expect(await project.devpm(["dev", "-d"], { deadlineMs: 120_000 })).toMatchObject({ code: 0 });
  const wait = async (...args: string[]) => {
    const done = await project.devpm(["wait", "--json", "--for", "reload", "--timeout", "50", ...args]);
    const verdict = parseJson(waitShape, done.stdout);
    expect(done.code).toBe(verdict.ok ? 0 : 1);
    return verdict;
  };
  // nothing was saved: what runs is the newest
  expect(await wait()).toMatchObject({ ok: true });

  project.edit("api/routes.py", '"one"', '"two"');
  expect(await wait("backend")).toMatchObject({ ok: true });
  expect(await (await fetch(`http://127.0.0.1:${backend}/`)).text()).toBe("two");
  project.edit("api/routes.py", "from flask", "from flusk");
  expect((await wait()).error).toMatch(/^backend is crashed: api\/routes\.py:1: .*No module named 'flusk'/);
  project.edit("api/routes.py", "from flusk", "from flask");
  expect(await wait("--file", "api/routes.py")).toMatchObject({ ok: true });

  project.edit("worker/worker.py", '"one"', '"two"');
  expect(await wait("worker")).toMatchObject({ ok: true });
  expect((await project.devpm(["logs", "worker", "--no-follow"])).stdout).toContain("worker two");

  project.edit("ui/src/main.ts", '"one"', '"two"');
  expect(await wait("web")).toMatchObject({ ok: true });
  expect(await (await fetch(`http://localhost:${web}/src/main.ts`)).text()).toContain("two");
  project.edit("ui/src/main.ts", ");", ";");
  const broken = await wait("--file", "ui/src/main.ts");
  expect(broken.error).toMatch(/^web: ui\/src\/main\.ts:1: .+\n/);
  expect(broken.error).toContain('String("two";');
  // what Vite said about it is in the list of errors
  const errors = async () => parseJson(errorsShape, (await project.devpm(["errors", "--json"])).stdout).errors;
  const listed = await until("what Vite said", async () => ((now) => now.length > 0 && now)(await errors()));
  expect(listed).toMatchObject([{ app: "web", kind: "frontend", file: "ui/src/main.ts", line: 1 }]);
  project.edit("ui/src/main.ts", '"two";', '"three");');
  project.edit("ui/src/style.css", "red", "blue");
  expect(await wait("web")).toMatchObject({ ok: true });
  expect(await (await fetch(`http://localhost:${web}/src/style.css`)).text()).toContain("blue");

  // it restarts itself with its configuration, and refuses connections for a moment meanwhile
  for (const word of ["one", "two"]) {
    project.write(
      "ui/vite.config.ts",
      `await new Promise((done) => setTimeout(done, 700));
const transform = (code) => code.replaceAll("WORD", '"${word}"');
export default { plugins: [{ name: "word", transform }] };
`,
    );
    project.write("ui/src/main.ts", `export const label: string = WORD; // ${word}\n`);
    expect(await wait("--file", "ui/vite.config.ts")).toMatchObject({ ok: true });
    expect(await wait("web")).toMatchObject({ ok: true });
    expect(await (await fetch(`http://localhost:${web}/src/main.ts`)).text()).toContain(`label = "${word}"`);
  }
  project.write("ui/vite.config.ts", "export default {");
  expect((await wait("--file", "ui/vite.config.ts")).error).toContain("Vite could not restart with ui/vite.config.ts");
  project.write("ui/vite.config.ts", "export default {};\n");
  expect(await wait("--file", "ui/vite.config.ts")).toMatchObject({ ok: true });

  // it was started after its last save, and does not reload
  expect((await wait("fixed")).error).toContain("fixed does not reload at a save");
  project.edit("fixed/fixed.py", '"one"', '"two"');
  for (const args of [[], ["fixed"], ["--file", "fixed/fixed.py"]])
    expect((await wait(...args)).error).toMatch(
      /fixed does not reload: .* before fixed\/fixed\.py was saved .*restart fixed/,
    );
  const restarted = await project.devpm(["restart", "fixed", "--json"]);
  expect(parseJson(waitShape, restarted.stdout)).toMatchObject({ ok: true, apps: [{ name: "fixed", state: "ready" }] });
  expect(await wait("--file", "fixed/fixed.py")).toMatchObject({ ok: true });

  project.write("schema.txt", "two\n");
  expect(await wait("generate")).toMatchObject({ ok: true });
  expect(project.read("made.txt")).toBe("two\n");
  project.write("schema.txt", "broken\n");
  expect((await wait("generate")).error).toContain("generate failed");
  project.write("schema.txt", "three\n");
  expect(await wait()).toMatchObject({ ok: true });
  expect(project.read("made.txt")).toBe("three\n");

  expect((await wait("--file", "nowhere.py")).error).toMatch(/there is no file .*nowhere\.py/);
  project.write("notes.md", "x");
  expect((await wait("--file", "notes.md")).error).toBe("notes.md reloads no app that is on");
  expect((await wait("backend", "--file", "worker/worker.py")).error).toBe("worker/worker.py does not reload backend");
  expect(await project.devpm(["down"])).toMatchObject({ code: 0 });
});

test("--json of explain, start and stop", async (ctx) => {
  const project = await openProject(ctx, {
    files: {
      "ecosystem.config.ts": `import { defineConfig } from "devpm";
export default defineConfig({ apps: { one: { command: "sleep 1000" }, two: { command: "sleep 1000", start: false } } });`,
    },
  });
  const json = async (...args: string[]): Promise<unknown> =>
    JSON.parse((await project.devpm([...args, "--json"])).stdout);
  expect(await json("explain", "port-held")).toMatchObject({ code: "DEVPM_PORT_HELD", exit: 3 });
  expect(await project.devpm(["dev", "-d"])).toMatchObject({ code: 0 });
  expect(await json("start", "two")).toMatchObject({ ok: true, apps: [{ name: "two", state: "ready" }], error: null });
  expect(await json("stop", "two")).toMatchObject({ ended: [{ app: "two" }], leftovers: [] });
  expect(await project.devpm(["down"])).toMatchObject({ code: 0 });
});
