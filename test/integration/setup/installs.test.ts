import { existsSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { ask } from "../../rigs/http.ts";
import { freePort } from "../../rigs/ports.ts";
import { openProject, type ProjectOptions } from "../../rigs/project.ts";
import { runProgram } from "../../rigs/program.ts";
import { pythonWith } from "../../rigs/python.ts";
import { fixture } from "../../rigs/fixtures.ts";

const API = `
from fastapi import FastAPI

app = FastAPI()


@app.get("/")
def index():
    return {"it": "works"}
`;

/** Registries are asked. */
const LONG = { timeout: 600_000 };
const WAIT = { deadlineMs: 300_000 };

/** A project whose PATH has uv, and what its programs keep in the caches of the tests. */
async function opened(ctx: Parameters<typeof openProject>[0], options: ProjectOptions) {
  const project = await openProject(ctx, options);
  const uv = await pythonWith(["uv"]);
  project.env.PATH = `${path.join(uv, "bin")}:${project.env.PATH}`;
  project.env.UV_CACHE_DIR = path.join(path.dirname(uv), "uv-cache");
  project.env.UV_PYTHON_DOWNLOADS = "never";
  return project;
}

const configOf = (apps: object): string => JSON.stringify({ apps });

test("npm installs in the folder of the package, not beside a lock file that is another's", LONG, async (ctx) => {
  const port = await freePort();
  const project = await opened(ctx, {
    files: {
      "package.json": '{ "private": true }',
      "package-lock.json": '{ "name": "x", "lockfileVersion": 3, "requires": true, "packages": {} }',
      "client/package.json":
        '{ "private": true, "scripts": { "dev": "vite" }, "devDependencies": { "vite": "^6.0.0" } }',
      "client/index.html": "<!doctype html><p>here",
      "ecosystem.config.json": configOf({ client: { preset: "vite", cwd: "client", port } }),
    },
  });
  const up = await project.devpm(["dev", "--detach"], WAIT);
  expect(up).toMatchObject({ code: 0, output: expect.stringContaining("npm install in client") });
  expect((await ask(`http://localhost:${port}`)).body).toContain("here");
  expect(existsSync(project.path("node_modules"))).toBe(false);
  // what npm says is not shown, but kept
  expect(up.output).not.toMatch(/added \d+ packages/);
  expect((await project.devpm(["logs", "client", "--no-follow"])).output).toMatch(/added \d+ packages/);
  await project.devpm(["down"]);

  rmSync(project.path("client/node_modules/vite"), { recursive: true });
  const again = await project.devpm(["dev", "--detach"], WAIT);
  expect(again).toMatchObject({ code: 0, output: expect.stringContaining("client: vite missing from node_modules") });
  await project.devpm(["down"]);
  expect((await project.devpm(["dev", "--detach"], WAIT)).output).not.toContain("npm install");
  await project.devpm(["down"]);
});

test("a uv workspace is synced once, and its environment is the members'", LONG, async (ctx) => {
  const [orders, users] = [await freePort(), await freePort()];
  const member = (name: string, more: string): string =>
    `[project]\nname = "${name}"\nversion = "1"\nrequires-python = ">=3.9"\ndependencies = ["fastapi", "uvicorn"${more}]\n`;
  const project = await opened(ctx, {
    files: {
      "pyproject.toml":
        '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.9"\n[tool.uv.workspace]\nmembers = ["services/*"]\n',
      "services/orders/pyproject.toml": `${member("orders", ', "users"')}[tool.uv.sources]\nusers = { workspace = true }\n`,
      "services/orders/main.py": API,
      "services/users/pyproject.toml": member("users", ', "humanize"'),
      "services/users/main.py": `import humanize\n${API}`,
      "ecosystem.config.json": configOf({
        orders: { preset: "fastapi", app: "main", cwd: "services/orders", port: orders },
        users: { preset: "fastapi", app: "main", cwd: "services/users", port: users },
      }),
    },
  });
  const up = await project.devpm(["dev", "--detach"], WAIT);
  expect(up.output.match(/uv sync --all-packages done/g)).toHaveLength(1);
  expect(up.code).toBe(0);
  for (const port of [orders, users]) expect((await ask(`http://localhost:${port}`)).body).toContain("works");
  expect(existsSync(project.path("uv.lock"))).toBe(true);
  expect(existsSync(project.path("services/users/.venv"))).toBe(false);
  await project.devpm(["down"]);
});

test(
  "an environment that uv made: used as it is where nothing is missing, synced by uv where something is",
  LONG,
  async (ctx) => {
    const port = await freePort();
    const pyproject = (more: string): string =>
      `[project]\nname = "x"\nversion = "1"\nrequires-python = ">=3.9"\ndependencies = ["fastapi", "uvicorn"${more}]\n`;
    const project = await opened(ctx, {
      files: {
        "pyproject.toml": pyproject(""),
        "main.py": API,
        "ecosystem.config.json": configOf({ api: { preset: "fastapi", app: "main", port } }),
      },
    });
    for (const args of [["venv"], ["pip", "install", "fastapi", "uvicorn", "idna"]]) {
      const done = await runProgram(["uv", ...args], { env: project.env, cwd: project.root, ...WAIT });
      expect(done).toMatchObject({ code: 0 });
    }
    const made = statSync(project.path(".venv/pyvenv.cfg")).mtimeMs;
    const up = await project.devpm(["dev", "--detach"], WAIT);
    expect(up.code).toBe(0);
    expect(up.output).not.toMatch(/uv sync|pip/);
    expect((await ask(`http://localhost:${port}`)).body).toContain("works");
    await project.devpm(["down"]);

    project.write("pyproject.toml", pyproject(', "humanize"'));
    const synced = await project.devpm(["dev", "--detach"], WAIT);
    expect(synced).toMatchObject({ code: 0, output: expect.stringContaining("uv sync --inexact done") });
    expect(statSync(project.path(".venv/pyvenv.cfg")).mtimeMs).toBe(made);
    await project.devpm(["down"]);
  },
);

test("a plain command beside requirements gets its environment", LONG, async (ctx) => {
  const port = await freePort();
  const project = await opened(ctx, {
    files: {
      "api/requirements.txt": "humanize\n",
      "api/server.py": `import humanize\n${SERVER}`,
      "ecosystem.config.json": configOf({ api: { command: "python server.py", cwd: "api", port } }),
    },
  });
  const up = await project.devpm(["dev", "--detach"], WAIT);
  expect(up).toMatchObject({ code: 0, output: expect.stringContaining("pip install -r requirements.txt in api") });
  expect((await ask(`http://localhost:${port}`)).body).toContain(project.path("api/.venv"));
  await project.devpm(["down"]);
});

const SERVER = fixture("session/show_prefix.py");
