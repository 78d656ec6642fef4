import path from "node:path";
import { expect, test } from "vitest";
import { resolveProject } from "../../../src/config/resolve.ts";
import { semanticProblems } from "../../../src/config/semantics.ts";
import { shapeProblems } from "../../../src/config/validate.ts";
import type { Project, Task } from "../../../src/model/project.ts";
import { folderWith, outside } from "./outside.ts";

const VENV = { "api/.venv/pyvenv.cfg": "", "api/.venv/bin/python": "" };

async function resolved(config: object, contents: Readonly<Record<string, string>> = {}): Promise<Project> {
  const root = folderWith(contents);
  const source = { config, root, configFile: path.join(root, "ecosystem.config.ts"), ports: {}, variables: {} };
  return resolveProject(source, outside(root));
}

async function task(options: object, contents: Readonly<Record<string, string>> = {}, app: object = {}) {
  const config = {
    infra: { services: ["db"] },
    apps: { api: { preset: "flask", app: "web.app:create()", cwd: "api", ...app } },
    tasks: { t: options, other: { run: "x" } },
  };
  const { tasks, apps, root } = await resolved(config, { "api/x": "", "docker-compose.yml": "", ...contents });
  const [found] = tasks;
  if (!found) throw new Error("no task");
  const inputs = found.inputs.map((input) => path.relative(root, input));
  const argv = found.command.shell ? found.command.line : found.command.argv.join(" ");
  return { task: found, app: apps[0]!, inputs, argv, at: (name: string) => path.join(root, name) };
}

const variables = async ({ env }: Task): Promise<Record<string, string | undefined>> =>
  typeof env === "function" ? env({ services: {}, apps: {} }) : env;

test("a task has what its app has, and its own over that", async () => {
  const env = { A: "1", B: "app" };
  const options = { run: "python -m seed $PORT", app: "api", dependsOn: ["other"], env: { B: "own" }, start: false };
  const contents = { ...VENV, ".env": "X=1", "api/requirements.txt": "flask" };
  const { task: one, app, argv, at } = await task(options, contents, { env, port: 5123, dependsOn: ["db"] });
  expect(one).toMatchObject({
    kind: "task",
    cwd: at("api"),
    venv: at("api/.venv"),
    port: null,
    reload: false,
    start: false,
    inputs: [],
    output: null,
    dependsOn: { apps: [], services: ["db"], tasks: ["other"] },
    envFiles: app.envFiles,
    setup: app.setup,
  });
  expect(argv).toBe("python -m seed 5123");
  const flask = { FLASK_APP: "web.app:create()", FLASK_DEBUG: "1" };
  expect(await variables(one)).toEqual({ ...flask, A: "1", B: "own", PORT: "5123" });
});

test("without an app: the config's folder, or its own", async () => {
  const { task: one, inputs, at } = await task({ run: "make | tee x", inputs: ["Makefile", "src"], output: "out" });
  expect(one).toMatchObject({
    cwd: at("."),
    venv: null,
    output: at("out"),
    command: { line: "make | tee x", shell: true },
  });
  expect(inputs).toEqual(["Makefile", "src"]);
  expect((await task({ run: "x", cwd: "api", inputs: "y" })).inputs).toEqual(["api/y"]);
});

test.each([
  ["alembic", {}, "python -m alembic upgrade head", ["api/alembic.ini", "api/alembic", "api/migrations"]],
  [
    "alembic",
    { "api/alembic.ini": "[alembic]\nscript_location = %(here)s/db/scripts\n" },
    "python -m alembic upgrade head",
    ["api/alembic.ini", "api/db/scripts"],
  ],
  ["flask-migrate", {}, "python -m flask db upgrade", ["api/migrations"]],
  [
    "flask-migrate",
    { "api/shop/migrations/alembic.ini": "", "api/docs/migrations/a.md": "" },
    "python -m flask db upgrade --directory shop/migrations",
    ["api/shop/migrations"],
  ],
  [
    "flask-migrate",
    { "api/shop/migrations/alembic.ini": "", "api/blog/migrations/alembic.ini": "" },
    "python -m flask db upgrade",
    ["api/migrations"],
  ],
  ["django", {}, "python manage.py migrate --noinput", ["api/**/migrations/*.py"]],
  ["prisma", { "pnpm-lock.yaml": "" }, "pnpm exec prisma migrate deploy", ["api/prisma", "api/prisma.config.*"]],
  ["drizzle", { "api/package-lock.json": "" }, "npx --no drizzle-kit migrate", ["api/drizzle.config.*", "api/drizzle"]],
  ["knex", { "api/yarn.lock": "" }, "yarn run knex migrate:latest", ["api/knexfile.*", "api/migrations"]],
])("the preset %s with %j", async (preset, contents, line, inputs) => {
  const found = await task({ preset, app: "api" }, { ...VENV, ...contents });
  expect(found.argv).toBe(line);
  expect(found.inputs).toEqual(inputs);
});

test("a preset takes the runner of its app, and other inputs", async () => {
  const uv = { preset: undefined, app: undefined, command: "uv run uvicorn web:app --port $PORT", port: 8000 };
  const found = await task({ preset: "alembic", app: "api", inputs: "versions" }, {}, uv);
  expect(found.argv).toBe("uv run python -m alembic upgrade head");
  expect(found.inputs).toEqual(["api/versions"]);
  const hatch = await task({ preset: "alembic", app: "api" }, {}, { ...uv, command: "hatch run dev:serve" });
  expect(hatch.argv).toBe("hatch run dev:python -m alembic upgrade head");
});

test("a preset of its own sets up what it needs", async () => {
  const contents = { "api/requirements.txt": "alembic", "api/package.json": "{}" };
  const python = await task({ preset: "alembic", cwd: "api" }, contents);
  expect(python.task.venv).toBe(python.at("api/.venv"));
  expect(python.task.setup.map(({ title }) => title)).toEqual([
    "python3 -m venv .venv",
    "pip install -r requirements.txt",
  ]);
  const node = await task({ preset: "prisma", cwd: "api" }, contents);
  expect(node.task.setup.map(({ title }) => title)).toEqual(["npm install"]);
});

/** `KEY: MESSAGE`, as they are printed. */
const problems = (config: object): string[] =>
  [...shapeProblems(config), ...semanticProblems(config, {})].map(({ key, message }) => `${key}: ${message}`);

test("what is wrong with tasks and groups, all of it at once", () => {
  const config = {
    infra: { services: ["db"] },
    apps: { api: { command: "x", dependsOn: ["migrat"], start: "no" }, db2: { command: "y", dependsOn: ["loop"] } },
    tasks: {
      migrate: { run: "x", preset: "alembic", app: "apii", input: "y" },
      api: { run: "x" },
      none: {},
      odd: 3,
      empty: { run: [] },
      wrong: { preset: "alembik", dependsOn: ["dbb"] },
      loop: { run: "x", dependsOn: ["db2"] },
      self: { run: "x", dependsOn: ["self"] },
      "-x": { run: "y" },
    },
    groups: { little: ["api", "web"], migrate: [], db: [], bad: "api" },
  };
  expect(problems(config).toSorted()).toEqual(
    [
      'apps.api.dependsOn[0]: nothing is called "migrat"; did you mean "migrate"?',
      'apps.api.start: expected true or false, got "no" (a string)',
      "tasks.migrate: expected run or a preset, not both",
      'tasks.migrate.app: no app is called "apii"; did you mean "api"?',
      'tasks.migrate.input: unknown key; did you mean "inputs"?',
      'tasks.api: "api" is also the name of apps.api',
      "tasks.none: expected run: what it does (or a preset such as alembic())",
      "tasks.odd: expected an object, got 3",
      "tasks.empty.run: expected a command line, got nothing",
      'tasks.wrong.preset: expected one of "alembic", "flask-migrate", "django", "prisma", "drizzle", "knex", got "alembik" (a string)',
      'tasks.wrong.dependsOn[0]: nothing is called "dbb"; did you mean "db2"?',
      "apps.db2.dependsOn: a cycle: db2 → loop → db2; none of them could start first",
      "tasks.self.dependsOn[0]: a task cannot depend on itself",
      "tasks.-x: expected a name of at most 64 letters, digits, spaces or . _ - @ :",
      'groups.little[1]: no app or task is called "web"',
      'groups.migrate: "migrate" is also the name of tasks.migrate',
      'groups.db: "db" is also the name of a service',
      'groups.bad: expected a list of apps and tasks, got "api" (a string)',
    ].toSorted(),
  );
});
