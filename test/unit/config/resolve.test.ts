import path from "node:path";
import { expect, test } from "vitest";
import type { App, Project } from "../../../src/model/project.ts";
import { resolveProject } from "../../../src/config/resolve.ts";
import { folderWith, outside } from "./outside.ts";

async function resolved(
  config: unknown,
  contents: Readonly<Record<string, string>> = {},
  more: { shell?: Record<string, string>; ports?: Record<string, number>; variables?: Record<string, string> } = {},
): Promise<Project> {
  const root = folderWith(contents);
  const { shell, ports = {}, variables = {} } = more;
  return resolveProject(
    { config, root, configFile: path.join(root, "ecosystem.config.ts"), ports, variables },
    outside(root, shell),
  );
}

async function app(
  options: object,
  contents: Readonly<Record<string, string>> = {},
  more = {},
): Promise<App & { root: string }> {
  const project = await resolved({ apps: { a: options } }, contents, more);
  return { ...project.apps[0]!, root: project.root };
}

const VENV = { "venv/pyvenv.cfg": "home = /usr/bin", "venv/bin/python": "" };

test("a command: defaults and absolute paths", async () => {
  const { root, ...rest } = await app({ command: "tool --port $PORT", cwd: "sub", port: 9000 }, { "sub/x": "" });
  expect(rest).toEqual({
    name: "a",
    kind: "command",
    command: { argv: ["tool", "--port", "$PORT"], shell: false },
    cwd: path.join(root, "sub"),
    port: 9000,
    ports: [],
    envFiles: [path.join(root, ".env"), path.join(root, "sub/.env")],
    https: false,
    env: {},
    dependsOn: { apps: [], services: [], tasks: [] },
    start: true,
    ready: { kind: "default", timeoutMs: 30_000 },
    reload: false,
    watch: [path.join(root, "sub")],
    ignore: [],
    setup: [],
    installs: [],
    graceMs: 3_000,
    venv: null,
    toolchain: "none",
    pm2: {},
  });
});

test("the project: its name, root, infra, and --port", async () => {
  const config = {
    infra: { services: ["db"] },
    apps: [
      { name: "one", command: "x", dependsOn: ["db", "two"], port: 1000 },
      { name: "two", command: "y", ready: { log: /up/gi }, graceMs: 10 },
    ],
  };
  const project = await resolved(config, { "docker-compose.yml": "" }, { ports: { one: 2000 } });
  const { root } = project;
  expect(project.name).toBe(path.basename(root));
  expect(project.infra).toEqual({
    files: [path.join(root, "docker-compose.yml")],
    services: ["db"],
    required: true,
    timeoutMs: 180_000,
  });
  expect(project.apps.map(({ name, port }) => [name, port])).toEqual([
    ["one", 2000],
    ["two", null],
  ]);
  expect(project.apps[0]?.dependsOn).toEqual({ apps: ["two"], services: ["db"], tasks: [] });
  // a pattern with `g` would remember where it stopped and miss the next line
  expect(project.apps[1]?.ready).toMatchObject({ kind: "log", timeoutMs: 30_000 });
  const { ready } = project.apps[1]!;
  expect(ready.kind === "log" && String(ready.pattern)).toBe("/up/i");
});

test.each([
  [
    { preset: "flask", app: "web.app" },
    ["-m", "flask", "run", "--no-reload", "--port", "$PORT"],
    { FLASK_APP: "web.app", FLASK_DEBUG: "1" },
  ],
  [
    { preset: "flask", app: "web.app", debug: false },
    ["-m", "flask", "run", "--port", "$PORT"],
    { FLASK_APP: "web.app" },
  ],
  [
    { preset: "flask", app: "web.app", env: { FLASK_DEBUG: "0", A: 1 } },
    ["-m", "flask", "run", "--no-reload", "--port", "$PORT"],
    { FLASK_APP: "web.app", FLASK_DEBUG: "0", A: "1" },
  ],
  [{ preset: "django" }, ["manage.py", "runserver", "--noreload", "$PORT"], {}],
  [
    { preset: "django", settings: "shop.settings.dev" },
    ["manage.py", "runserver", "--noreload", "--settings", "shop.settings.dev", "$PORT"],
    {},
  ],
  [{ preset: "fastapi", app: "web.api" }, ["-m", "uvicorn", "web.api:app", "--port", "$PORT"], {}],
  [{ preset: "fastapi", app: "web.api:api" }, ["-m", "uvicorn", "web.api:api", "--port", "$PORT"], {}],
])("%j", async (options, args, env) => {
  const bare = await app({ ...options, port: 5050 });
  expect(bare).toMatchObject({
    command: { argv: ["python3", ...args] },
    env,
    reload: "warm",
    toolchain: "python",
    venv: null,
    setup: [],
    installs: [],
  });
  const inVenv = await app({ ...options, port: 5050 }, VENV);
  expect(inVenv).toMatchObject({ command: { argv: ["python", ...args] }, venv: path.join(inVenv.root, "venv") });
});

test("the venv: beside the app, then beside the config, then the activated one", async () => {
  const flask = { preset: "flask", app: "x", cwd: "api" };
  const both = await app(flask, { ...VENV, "api/.venv/pyvenv.cfg": "" });
  expect(both.venv).toBe(path.join(both.root, "api/.venv"));
  const above = await app(flask, { ...VENV, "api/x.py": "" });
  expect(above.venv).toBe(path.join(above.root, "venv"));
  const elsewhere = folderWith({ "bin/python": "" });
  const activated = await app(flask, { "api/requirements.txt": "" }, { shell: { VIRTUAL_ENV: elsewhere } });
  expect(activated).toMatchObject({ venv: elsewhere, setup: [] });
});

test.each([
  ["requirements.txt", ["python3 -m venv .venv in api", "pip install -r requirements.txt in api"]],
  ["uv.lock", ["uv sync in api"]],
  ["poetry.lock", ["poetry install in api"]],
  ["pdm.lock", ["pdm install in api"]],
  ["Pipfile.lock", ["pipenv sync --dev in api"]],
  ["Pipfile", ["pipenv install --dev in api"]],
])("set-up that %s asks for", async (file, titles) => {
  const made = await app({ preset: "flask", app: "x", cwd: "api" }, { [`api/${file}`]: "", "api/x.py": "" });
  expect(made.setup.map(({ title }) => title)).toEqual(titles);
  expect(made.venv).toBe(path.join(made.root, "api/.venv"));
  expect(made.setup.at(-1)?.inputs[0]).toBe(path.join(made.root, "api", file));
});

test.each([
  ["beside the package that the app is in", "backend/requirements.txt", "backend"],
  ["beside its module", "backend/api/requirements.txt", "backend/api"],
  ["none of another package", "worker/requirements.txt", null],
  ["above it, which comes first", "requirements.txt", "."],
])("requirements of an app whose imports start further up: %s", async (_, file, folder) => {
  const fastapi = { preset: "fastapi", app: "backend.api.app:create_app" };
  const contents = {
    "backend/api/app.py": "",
    [file]: "",
    ...(folder === "." ? { "backend/requirements.txt": "" } : {}),
  };
  const { root, venv, setup } = await app(fastapi, contents);
  expect(venv).toBe(folder === null ? null : path.join(root, folder, ".venv"));
  expect(setup.map(({ cwd }) => cwd)).toEqual(folder === null ? [] : Array(2).fill(path.join(root, folder)));
});

test("pyproject.toml: a project is installed, the settings of tools are not", async () => {
  const flask = { preset: "flask", app: "x" };
  const installed = await app(flask, { "pyproject.toml": '[project]\nname = "x"\n' });
  expect(installed.setup.map(({ title }) => title)).toEqual(["python3 -m venv .venv", "pip install -e ."]);
  expect((await app(flask, { "pyproject.toml": "[tool.ruff]\n" })).setup).toEqual([]);
});

test.each([
  [["requirements/base.txt", "requirements/dev.txt"], "-r requirements/base.txt -r requirements/dev.txt"],
  [["requirements.txt", "requirements-dev.txt"], "-r requirements.txt -r requirements-dev.txt"],
  [["requirements/local.txt"], "-r requirements/local.txt"],
])("requirements in %j", async (names, args) => {
  const contents = Object.fromEntries(names.map((name) => [name, ""]));
  const made = await app({ preset: "flask", app: "x" }, contents);
  expect(made.setup[1]?.title).toBe(`pip install ${args}`);
});

test("a uv workspace: one sync of its root for its members, and none for what is no member", async () => {
  const contents = {
    "pyproject.toml":
      '[project]\nname = "shop"\n[tool.uv.workspace]\nmembers = ["services/*"]\nexclude = ["services/old"]\n',
    "uv.lock": "",
    "services/users/pyproject.toml": '[project]\nname = "users"\n',
    "services/old/pyproject.toml": '[project]\nname = "old"\n',
    "tool/requirements.txt": "",
    "scripts/x.py": "",
  };
  const of = (cwd: string) => app({ preset: "fastapi", app: "main", cwd }, contents);
  const users = await of("services/users");
  expect(users.setup).toMatchObject([{ run: ["uv", "sync", "--all-packages"], cwd: users.root }]);
  expect(users.venv).toBe(path.join(users.root, ".venv"));
  expect((await of("services/old")).setup[1]?.title).toBe("pip install -e . in services/old");
  expect((await of("tool")).setup[1]?.title).toBe("pip install -r requirements.txt in tool");
  // a folder that asks for nothing uses what lies above it
  expect((await of("scripts")).setup).toMatchObject([{ run: ["uv", "sync", "--all-packages"] }]);
});

test.each([
  ["requirements.txt", "", "uv pip install -r requirements.txt"],
  ["pyproject.toml", '[project]\nname = "x"\n', "uv sync --inexact"],
])("an environment that uv made gets %s from uv", async (file, text, title) => {
  const made = await app({ preset: "flask", app: "x" }, { ".venv/pyvenv.cfg": "uv = 0.9.1\n", [file]: text });
  expect(made.setup.map((step) => step.title)).toEqual([title]);
});

test("set-up of one's own, or none", async () => {
  const contents = { "requirements.txt": "" };
  expect((await app({ preset: "flask", app: "x", setup: false }, contents)).setup).toEqual([]);
  const own = await app({ command: "x", setup: [{ run: "make a | tee log", inputs: ["Makefile"], output: "a" }] });
  expect(own.setup).toEqual([
    {
      run: ["/bin/sh", "-c", "make a | tee log"],
      inputs: [path.join(own.root, "Makefile")],
      output: path.join(own.root, "a"),
      cwd: own.root,
      title: "make a | tee log",
    },
  ]);
});

test("a Python command shares the venv that another app's set-up makes", async () => {
  const config = {
    apps: {
      api: { preset: "flask", app: "x" },
      worker: { command: "python -m worker", cwd: "w" },
      js: { command: "node x.js" },
    },
  };
  const { apps, root } = await resolved(config, { "requirements.txt": "", "w/x.py": "" });
  expect(apps.map(({ venv, setup }) => [venv, setup.length])).toEqual([
    [path.join(root, ".venv"), 2],
    [path.join(root, ".venv"), 2],
    [null, 0],
  ]);
});

test.each([
  [{ command: "python server.py", port: 80 }, "warm"],
  [{ command: "uvicorn web:app", port: 80 }, "warm"],
  [{ command: "uv run flask run", port: 80 }, "warm"],
  [{ command: "poetry run uvicorn web:app" }, "warm"],
  [{ command: "hatch run dev:serve" }, "warm"],
  [{ command: "hatch run dev:npm run dev" }, false],
  [{ command: "pixi run uvicorn web:app" }, "warm"],
  [{ command: "pdm run server.py", port: 80 }, "warm"],
  [{ command: "uv run streamlit run app.py", port: 80 }, "warm"],
  [{ command: "uv run --with x flask", port: 80 }, "warm"],
  [{ command: "uv run npm run dev", port: 80 }, false],
  [{ command: "uv pip list", port: 80 }, false],
  [{ command: "ddtrace-run flask run", port: 80 }, "warm"],
  [{ command: "python worker.py" }, "warm"],
  [{ command: "celery -A tasks worker" }, "warm"],
  [{ command: "python server.py | tee log", port: 80 }, "warm"],
  [{ command: "serve-things --port 80", port: 80 }, false],
  [{ command: "node server.js", port: 80 }, false],
  [{ command: "node server.js", watch: true }, "restart"],
  [{ command: "node server.js", watch: ["src"] }, "restart"],
  [{ preset: "flask", app: "x", watch: ["web"] }, "warm"],
  [{ preset: "flask", app: "x", watch: false }, false],
  [{ preset: "flask", app: "x", reload: "restart" }, "restart"],
])("a save to %j: %s", async (options, reload) => {
  expect((await app(options)).reload).toBe(reload);
});

const UI = { "ui/package.json": '{ "scripts": { "dev": "vite" }, "devDependencies": { "vite": "^8" } }' };

test("a Vite folder: its bin where it is, or where it will be", async () => {
  const vite = { preset: "vite", cwd: "ui", port: 5173 };
  const soon = await app(vite, { ...UI, "node_modules/vite/bin/vite.js": "" });
  expect(soon).toMatchObject({ kind: "vite", toolchain: "node", reload: false, venv: null });
  // another project's Vite further up is not this folder's
  expect(soon.command).toMatchObject({
    argv: ["node", path.join(soon.root, "ui/node_modules/vite/bin/vite.js"), "--port", "$PORT", "--strictPort"],
  });
  const root = { "package.json": '{ "workspaces": ["ui"] }', "package-lock.json": "" };
  const workspace = await app(vite, { ...UI, ...root, "node_modules/vite/bin/vite.js": "" });
  expect(workspace.command).toMatchObject({
    argv: ["node", path.join(workspace.root, "node_modules/vite/bin/vite.js"), "--port", "$PORT", "--strictPort"],
  });
  expect(workspace.setup).toMatchObject([
    { title: "npm install", cwd: workspace.root, output: path.join(workspace.root, "node_modules") },
  ]);
});

test.each([
  ["pnpm-lock.yaml", "pnpm install in ui"],
  ["yarn.lock", "yarn install in ui"],
  ["bun.lock", "bun install in ui"],
  ["package-lock.json", "npm install in ui"],
])("packages by %s", async (lock, title) => {
  const made = await app({ preset: "vite", cwd: "ui", port: 1 }, { ...UI, [`ui/${lock}`]: "" });
  expect(made.setup.map((step) => step.title)).toEqual([title]);
  expect(made.setup[0]?.inputs).toEqual([path.join(made.root, "ui/package.json"), path.join(made.root, "ui", lock)]);
});

test.each([
  ["a lock file above", { "package-lock.json": "", "package.json": "{}" }, "npm install in ui", "ui"],
  ["pnpm above", { "pnpm-lock.yaml": "", "pnpm-workspace.yaml": "packages: [libs/*]" }, "pnpm install in ui", "ui"],
  ["yarn above", { "yarn.lock": "", "package.json": "{}" }, "npm install in ui", "ui"],
  ["a workspace", { "yarn.lock": "", "package.json": '{ "workspaces": { "packages": ["u*"] } }' }, "yarn install", "."],
  ["a pnpm workspace", { "pnpm-lock.yaml": "", "pnpm-workspace.yaml": 'packages: ["**"]' }, "pnpm install", "."],
  [
    "a workspace without ui",
    { "package-lock.json": "", "package.json": '{ "workspaces": ["*", "!ui"] }' },
    "npm install in ui",
    "ui",
  ],
])("packages with %s", async (_what, above, title, folder) => {
  const made = await app({ preset: "vite", cwd: "ui", port: 1 }, { ...UI, ...above });
  expect(made.setup.map((step) => [step.title, step.cwd])).toEqual([[title, path.join(made.root, folder)]]);
});

test("the packageManager field wins over another's lock file", async () => {
  const packageJson = '{ "packageManager": "pnpm@9.0.0", "scripts": { "dev": "vite" } }';
  const made = await app({ preset: "vite", port: 1 }, { "package.json": packageJson, "package-lock.json": "" });
  expect(made.setup.map((step) => step.title)).toEqual(["pnpm install"]);
});

test("files of variables: .env of the config and of the app, then those that are named; Vite reads its own", async () => {
  const contents = { ".env": "", "api/.env": "", "more.env": "", ...UI, "ui/.env": "" };
  const api = await app({ command: "x", cwd: "api", envFile: "more.env" }, contents);
  expect(api.envFiles).toEqual([".env", "api/.env", "more.env"].map((file) => path.join(api.root, file)));
  const ui = await app({ preset: "vite", cwd: "ui", port: 1 }, contents);
  expect(ui.envFiles).toEqual([path.join(ui.root, ".env")]);
  const pm2 = await app({ script: "x.js" }, contents);
  expect(pm2.envFiles).toEqual([]);
});

test("variables: texts, a function under the user's own environment, and what the file put into it", async () => {
  const plain = await app({ command: "x", env: { A: 1, B: true, C: null, D: undefined } });
  expect(plain.env).toEqual({ A: "1", B: "true" });
  const config = { apps: { a: { command: "x", env: () => ({ SEEN: process.env.SECRET, ALSO: process.env.DOTENV }) } } };
  const { apps } = await resolved(config, {}, { shell: { SECRET: "s" }, variables: { DOTENV: "d" } });
  const { env } = apps[0]!;
  expect(typeof env === "function" && (await env({ services: {}, apps: {} }))).toEqual({
    SEEN: "s",
    ALSO: "d",
    DOTENV: "d",
  });
  expect(process.env.SECRET).toBeUndefined();
});

test("a plain PM2 app means what it means to PM2", async () => {
  const contents = { "api/server.js": "", "api/tool.py": "" };
  const server = await app(
    {
      script: "server.js",
      args: "--x y",
      cwd: "api",
      watch: true,
      ignore_watch: ["data"],
      kill_timeout: 1600,
      max_memory_restart: "1G",
      env: { A: "1" },
      env_production: { A: "2" },
    },
    contents,
  );
  expect(server).toMatchObject({
    kind: "pm2",
    command: { argv: ["node", path.join(server.root, "api/server.js"), "--x", "y"], shell: false },
    reload: "restart",
    watch: [path.join(server.root, "api")],
    ignore: ["data"],
    graceMs: 1600,
    env: { A: "1" },
    pm2: { max_memory_restart: "1G" },
    setup: [],
    installs: [],
  });
  const still = await app({ script: "tool.py", cwd: "api", interpreter: "python3" }, contents);
  // not watched: PM2 restarts what crashes
  expect(still).toMatchObject({ reload: false, pm2: { autorestart: true }, toolchain: "python" });
  const cluster = await app({ script: "server.js", cwd: "api", instances: 2, node_args: "--inspect" }, contents);
  expect(cluster.command).toEqual({ argv: ["node", path.join(cluster.root, "api/server.js")], shell: false });
  expect(cluster.pm2).toMatchObject({ instances: 2, node_args: "--inspect" });
});

const SCRIPTS = '[project]\nname = "x"\n[project.scripts]\nserve-things = "x:main"\n';
const CONSOLE_SCRIPT = "#!/x/.venv/bin/python\nimport re\n";

test.each([
  ["a script of the environment", { ".venv/bin/serve-things": CONSOLE_SCRIPT }, "python", "warm"],
  ["a binary of the environment", { ".venv/bin/serve-things": "\x7fELF" }, "none", false],
  ["a script that pyproject.toml declares", { "pyproject.toml": SCRIPTS, "uv.lock": "" }, "python", "warm"],
  ["an environment without it", {}, "none", false],
] as const)("a command that is %s", async (_, files, toolchain, reload) => {
  const venv: Record<string, string> =
    "pyproject.toml" in files ? {} : { ".venv/pyvenv.cfg": "", "requirements.txt": "" };
  const { apps, root } = await resolved({ apps: { a: { command: "serve-things run" } } }, { ...venv, ...files });
  expect(apps[0]).toMatchObject({ toolchain, reload });
  expect(apps[0]?.venv).toBe(toolchain === "python" ? path.join(root, ".venv") : null);
});

test.each([
  [{ command: "celery -A jobs worker" }, 10_000],
  [{ command: "celery -A jobs worker", graceMs: 500 }, 500],
  [{ command: "uvicorn web:app", port: 80 }, 3_000],
  [{ command: "node worker.js" }, 3_000],
])("the time that %j has to end: %d", async (options, graceMs) => {
  expect((await app(options)).graceMs).toBe(graceMs);
});
