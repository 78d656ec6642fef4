import { execFileSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import type { Fault } from "../../../src/model/fault.ts";
import { openPage } from "../../rigs/browser.ts";
import { errorsShape, parseJson } from "../../rigs/contract.ts";
import { REPOSITORY } from "../../rigs/devpm.ts";
import { noDocker, removeComposeProject } from "../../rigs/docker.ts";
import { freePort, freePorts } from "../../rigs/ports.ts";
import { type Project, openProject } from "../../rigs/project.ts";
import { pythonWith } from "../../rigs/python.ts";
import { until } from "../../rigs/wait.ts";

const ROUTES = `from flask import Flask

from worker_part import double

app = Flask(__name__)


@app.get("/boom")
def boom():
    return str(double(0))


@app.get("/")
def home():
    return "home"
`;
const PAGE = `import { label } from "./label.jsx";
import { start } from "./start.ts";

document.querySelector("#app").textContent = label("Ada");
start();
`;

const errorsOf = async (project: Project, ...args: string[]): Promise<Fault[]> => {
  const done = await project.devpm(["errors", "--json", ...args]);
  expect(done).toMatchObject({ code: 0 });
  return parseJson(errorsShape, done.stdout).errors;
};

/** Where they are, in a fixed order. */
const places = (faults: readonly Fault[]): string[] =>
  faults.map(({ kind, file, line }) => `${kind} ${file}:${line}`).toSorted();

const untilPlaces = (what: string, project: Project, expected: readonly string[]): Promise<unknown> =>
  until(what, async () => {
    const found = places(await errorsOf(project));
    return JSON.stringify(found) === JSON.stringify(expected.toSorted()) ? found : null;
  });

test("five planted faults are five entries with file and line, and each fix removes its own", async (ctx) => {
  const unable = noDocker("postgres:17");
  ctx.skip(unable !== null, unable ?? "");
  const page = await openPage(ctx);
  const [backend = 0, jobs = 0, web = 0] = await freePorts(3);
  const name = `devpm-errors-${process.pid}`;
  ctx.onTestFinished(() => removeComposeProject(name));
  const project = await openProject(ctx, {
    files: {
      "ecosystem.config.ts": `import { defineConfig, flask, vite } from "devpm";
export default defineConfig({
  name: "planted",
  infra: { compose: "compose.yml", services: ["postgres"] },
  apps: {
    backend: flask({ app: "routes", port: ${backend}, dependsOn: ["postgres"], setup: false }),
    jobs: flask({ app: "jobs", port: ${jobs}, setup: false }),
    web: vite({ cwd: "ui", port: ${web}, setup: false }),
  },
});`,
      "compose.yml": `name: ${name}
services:
  postgres:
    image: postgres:17
    environment: { POSTGRES_PASSWORD: example }
    ports: ["${await freePort()}:5432"]
    healthcheck: { test: ["CMD-SHELL", "pg_isready -U postgres"], interval: 1s, timeout: 3s, retries: 60 }
`,
      "routes.py": ROUTES,
      "worker_part.py": "def double(n):\n    return 2 * n\n",
      "jobs.py":
        'from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get("/")\ndef home():\n    return "jobs"\n',
      "ui/package.json": '{ "name": "ui", "private": true, "type": "module", "scripts": { "dev": "vite" } }',
      "ui/index.html": '<p id="app"></p><script type="module" src="/src/main.js"></script>',
      "ui/src/main.js": PAGE,
      "ui/src/label.jsx": 'export function label(name) {\n  return "for " + name;\n}\n',
      // what Vite makes of it has other lines
      "ui/src/start.ts": "interface Unused {\n  id: number;\n}\n\nexport function start(): number {\n  return 1;\n}\n",
    },
  });
  symlinkSync(await pythonWith(["flask"]), project.path(".venv"));
  symlinkSync(path.join(REPOSITORY, "node_modules"), project.path("ui/node_modules"));
  expect(await project.devpm(["dev", "-d"], { deadlineMs: 120_000 })).toMatchObject({ code: 0 });
  await page.goto(`http://localhost:${web}/`);
  await until("the page", async () => (await page.textContent("#app")) === "for Ada");
  expect(await errorsOf(project)).toEqual([]);

  // a 500 in a route, fifty times
  project.edit("worker_part.py", "2 * n", "2 / n");
  expect(await project.devpm(["wait", "backend", "--for", "reload"])).toMatchObject({ code: 0 });
  for (let request = 0; request < 50; request += 1)
    expect((await fetch(`http://127.0.0.1:${backend}/boom`)).status).toBe(500);
  // an import that is not there
  project.edit("jobs.py", "import Flask\n", "import Flask\nfrom routes import nowhere\n");
  // what a page throws when it starts
  project.edit("ui/src/start.ts", "return 1;", "return missing.value;");
  await until("the browser's error", async () => (await errorsOf(project)).some(({ kind }) => kind === "browser"));
  // JSX that does not parse
  project.edit("ui/src/label.jsx", '"for " + name', "<p>");
  // a role that is not there
  const psql = ["exec", `${name}-postgres-1`, "psql", "-U", "ghost", "-c", "select 1"];
  expect(() => execFileSync("docker", psql, { stdio: "pipe" })).toThrow("ghost");

  const container = "container compose.yml:3";
  const all = [
    "browser ui/src/start.ts:6",
    container,
    "frontend ui/src/label.jsx:3",
    "python jobs.py:2",
    "python worker_part.py:2",
  ];
  await untilPlaces("all five", project, all);
  const byKind = await until("each of the fifty", async () =>
    (await errorsOf(project)).find(({ file, count }) => file === "worker_part.py" && count >= 50),
  );
  expect(byKind).toMatchObject({ app: "backend", count: 50, message: "ZeroDivisionError: division by zero" });
  expect(byKind?.frame.join("\n")).toContain("return 2 / n");
  const shown = await project.devpm(["errors"]);
  expect(shown.stdout.split("\n").length).toBeLessThan(40);
  expect(shown.stdout).toContain("worker_part.py:2  ×50, last ");

  project.edit("worker_part.py", "2 / n", "2 * n");
  await untilPlaces(
    "the 500 to be gone",
    project,
    all.filter((one) => !one.includes("worker_part")),
  );
  project.edit("ui/src/label.jsx", "<p>", '"to " + name');
  await untilPlaces(
    "the syntax error to be gone",
    project,
    all.filter((one) => !/worker_part|label/.test(one)),
  );
  project.edit("jobs.py", "from routes import nowhere\n", "");
  await untilPlaces("the import error to be gone", project, ["browser ui/src/start.ts:6", container]);
  project.edit("ui/src/start.ts", "return missing.value;", "return 2;");
  await untilPlaces("the page's error to be gone", project, [container]);
  execFileSync("docker", ["exec", `${name}-postgres-1`, "createuser", "-U", "postgres", "ghost"]);
  project.edit("compose.yml", "example", "example2");
  await untilPlaces("the container's error to be gone", project, []);

  expect(await project.devpm(["down"])).toMatchObject({ code: 0 });
});
