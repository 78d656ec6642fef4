import { existsSync, rmSync, symlinkSync } from "node:fs";
import path from "node:path";
import { expect, it, type TestContext } from "vitest";
import { untilAnswers } from "../../rigs/http.ts";
import { freePort } from "../../rigs/ports.ts";
import { openProject, type Project } from "../../rigs/project.ts";
import { runProgram } from "../../rigs/program.ts";
import { pythonWith } from "../../rigs/python.ts";

// Each tool is the real one, on SQLite.

const LONG = { timeout: 600_000 };
const DEADLINE = { deadlineMs: 240_000 };

interface Tasks {
  tasks: { name: string; state: string; skipped: boolean }[];
}

async function tasksOf(project: Project): Promise<object[]> {
  const { tasks } = JSON.parse((await project.devpm(["status", "--json"])).stdout) as Tasks;
  return tasks.map(({ name, state, skipped }) => ({ name, state, skipped }));
}

/** Starts twice: the migration runs once, and the app answers from a database that has its tables. */
async function startsTwice(project: Project, app: string, check: (port: number) => Promise<void>): Promise<void> {
  for (const skipped of [false, true]) {
    const port = await freePort();
    const up = await project.devpm(["dev", "--detach", "--port", `${app}=${port}`], DEADLINE);
    expect(up, up.output).toMatchObject({ code: 0 });
    expect(await tasksOf(project)).toEqual([{ name: "migrate", state: "done", skipped }]);
    await check(port);
    expect(await project.devpm(["down"])).toMatchObject({ code: 0 });
  }
}

/** A project with the environment, and what these commands of the tool make in it, as a developer has it committed. */
async function withPython(
  ctx: TestContext,
  { requirements, files, made }: { requirements: string[]; files: Record<string, string>; made: string[][] },
): Promise<Project> {
  const venv = await pythonWith(requirements);
  const project = await openProject(ctx, { files: { ...files, "requirements.txt": requirements.join("\n") } });
  symlinkSync(venv, project.path(".venv"));
  const env = { ...project.env, PATH: `${path.join(venv, "bin")}:${project.env.PATH}` };
  for (const command of made) {
    const done = await runProgram(command, { env, cwd: project.root });
    expect(done, done.output).toMatchObject({ code: 0 });
  }
  return project;
}

/** What `init` writes is what runs; written again it is the same. */
async function initialized(project: Project, line: RegExp): Promise<void> {
  expect(await project.devpm(["init"])).toMatchObject({ code: 0 });
  const text = project.read("ecosystem.config.ts");
  expect(text).toMatch(line);
  expect((await project.devpm(["init", "--dry-run"])).stdout).toBe(text);
  expect(await project.devpm(["init"])).toMatchObject({ code: 2 });
  expect(project.read("ecosystem.config.ts")).toBe(text);
}

it("Flask-Migrate: found by init, run before the app, and skipped while nothing changes", LONG, async (ctx) => {
  const project = await withPython(ctx, {
    requirements: ["flask==3.1.*", "flask-sqlalchemy==3.1.*", "flask-migrate==4.*"],
    files: {
      "app.py": `import os
from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///" + os.path.join(app.root_path, "shop.sqlite3")
db = SQLAlchemy(app)
Migrate(app, db)

class Item(db.Model):
    id = db.Column(db.Integer, primary_key=True)

@app.get("/")
def root():
    return f"items {Item.query.count()}"
`,
      "README.md": "```\nflask db upgrade\n```\n",
    },
    made: [
      ["flask", "--app", "app", "db", "init"],
      ["flask", "--app", "app", "db", "migrate", "-m", "first"],
    ],
  });
  rmSync(project.path("shop.sqlite3"), { force: true });
  await initialized(project, /migrate: flaskMigrate\(\{ app: "backend" \}\)/);
  await startsTwice(project, "backend", async (port) => {
    expect((await untilAnswers(`http://localhost:${port}/`)).body).toBe("items 0");
  });
});

it("Django: found by init, with the tables of its own applications", LONG, async (ctx) => {
  const project = await withPython(ctx, {
    requirements: ["django==5.*"],
    files: {},
    made: [["python", "-m", "django", "startproject", "shop", "."]],
  });
  await initialized(project, /migrate: djangoMigrate\(\{ app: "\w+" \}\)/);
  const [, app = ""] = /djangoMigrate\(\{ app: "(\w+)" \}\)/.exec(project.read("ecosystem.config.ts")) ?? [];
  expect(existsSync(project.path("db.sqlite3"))).toBe(false);
  await startsTwice(project, app, async (port) => {
    expect((await untilAnswers(`http://localhost:${port}/admin/login/`)).body).toContain("csrfmiddlewaretoken");
    const checked = await project.devpm(["run", app, "--", "python", "manage.py", "migrate", "--check"]);
    expect(checked, checked.output).toMatchObject({ code: 0 });
  });
});

const SERVER = `
import { createServer } from "node:http";
import { createClient } from "@libsql/client";
const client = createClient({ url: "file:shop.sqlite3" });
const { rows } = await client.execute("select count(*) as n from items");
createServer((_, answer) => answer.end("items " + rows[0].n)).listen(process.env.PORT, "127.0.0.1");
`;

const packageJson = (dependencies: object): string =>
  JSON.stringify({ private: true, scripts: { dev: "node server.mjs" }, dependencies });

/** A package of Node as the app, with the preset as its task; devpm installs its packages. */
async function withNode(
  ctx: TestContext,
  preset: string,
  files: Record<string, string>,
  env: Record<string, string> = {},
): Promise<Project> {
  return openProject(ctx, {
    files: {
      "ecosystem.config.ts": `import { defineConfig, ${preset}, vite } from "devpm";
export default defineConfig({
  apps: { web: vite({ cwd: "web", dependsOn: ["migrate"] }) },
  tasks: { migrate: ${preset}({ app: "web", env: ${JSON.stringify(env)} }) },
});`,
      "web/server.mjs": SERVER,
      ...Object.fromEntries(Object.entries(files).map(([name, text]) => [`web/${name}`, text])),
    },
  });
}

it("Drizzle", LONG, async (ctx) => {
  const project = await withNode(ctx, "drizzleMigrate", {
    "package.json": packageJson({ "drizzle-kit": "^0.31.0", "drizzle-orm": "^0.44.0", "@libsql/client": "^0.15.0" }),
    "drizzle.config.ts": `export default { dialect: "turso", schema: "./schema.ts", out: "./drizzle", dbCredentials: { url: "file:shop.sqlite3" } };`,
    "schema.ts": "",
    "drizzle/0000_first.sql": "CREATE TABLE items (id integer PRIMARY KEY);",
    "drizzle/meta/_journal.json": JSON.stringify({
      version: "7",
      dialect: "sqlite",
      entries: [{ idx: 0, version: "6", when: 1, tag: "0000_first", breakpoints: true }],
    }),
  });
  await startsTwice(project, "web", async (port) => {
    expect((await untilAnswers(`http://localhost:${port}/`)).body).toBe("items 0");
  });
});

it("knex", LONG, async (ctx) => {
  const project = await withNode(ctx, "knexMigrate", {
    // the same interface as better-sqlite3, with its binary in a package
    "package.json": packageJson({ knex: "^3.1.0", "better-sqlite3": "npm:libsql@^0.5.0", "@libsql/client": "^0.15.0" }),
    "knexfile.js": `module.exports = { client: "better-sqlite3", connection: { filename: "shop.sqlite3" }, useNullAsDefault: true };`,
    "migrations/1_items.js": `exports.up = (knex) => knex.schema.createTable("items", (table) => table.increments());
exports.down = (knex) => knex.schema.dropTable("items");`,
  });
  await startsTwice(project, "web", async (port) => {
    expect((await untilAnswers(`http://localhost:${port}/`)).body).toBe("items 0");
  });
});

it("Prisma", LONG, async (ctx) => {
  const files = {
    "package.json": packageJson({ prisma: "6.19.3", "@prisma/adapter-libsql": "6.19.3" }),
    // its native engines are downloaded, and in no package: this is the one in WebAssembly
    "prisma.config.ts": `import { PrismaLibSQL } from "@prisma/adapter-libsql";
export default {
  schema: "prisma/schema.prisma",
  experimental: { adapter: true },
  engine: "js",
  adapter: async () => new PrismaLibSQL({ url: "file:shop.sqlite3" }),
};`,
    "prisma/schema.prisma": `datasource db {
  provider = "sqlite"
  url      = "file:./shop.sqlite3"
}
model items {
  id Int @id @default(autoincrement())
}`,
    "prisma/migrations/1_items/migration.sql": "CREATE TABLE items (id integer NOT NULL PRIMARY KEY AUTOINCREMENT);",
    "prisma/migrations/migration_lock.toml": `provider = "sqlite"\n`,
    "no-engine.node": "",
  };
  const project = await withNode(ctx, "prismaMigrate", files, {
    // only an application's client uses it, but without it the command line would download it
    PRISMA_QUERY_ENGINE_LIBRARY: "no-engine.node",
    CHECKPOINT_DISABLE: "1",
  });
  await startsTwice(project, "web", async (port) => {
    expect((await untilAnswers(`http://localhost:${port}/`)).body).toBe("items 0");
  });
});
