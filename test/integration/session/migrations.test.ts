import { execFileSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import { beforeAll, expect, it, type TestContext } from "vitest";
import { noDocker, removeComposeProject } from "../../rigs/docker.ts";
import { ask } from "../../rigs/http.ts";
import { freePort } from "../../rigs/ports.ts";
import { openProject, type Project } from "../../rigs/project.ts";
import { pythonWith } from "../../rigs/python.ts";
import type { Running } from "../../rigs/program.ts";
import { until } from "../../rigs/wait.ts";

const REQUIREMENTS = ["flask==3.1.*", "alembic==1.16.*", "psycopg[binary]==3.2.*"];

beforeAll(() => pythonWith(REQUIREMENTS), 400_000);

/** Answers what it was made with, and how far its database is. */
const APP = `
import os
from flask import Flask
from sqlalchemy import create_engine, text

app = Flask(__name__)
engine = create_engine(os.environ["DATABASE_URL"])

@app.get("/")
def version():
    with engine.connect() as connection:
        return "code 1, database " + connection.execute(text("select version_num from alembic_version")).scalar()
`;

const ENV = `
import os
from alembic import context
from sqlalchemy import create_engine

with create_engine(os.environ["DATABASE_URL"]).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
`;

const migration = (number: number, before: number | null, body = "pass"): string => `
import time
from alembic import op

revision = "${number}"
down_revision = ${before === null ? "None" : `"${before}"`}

def upgrade():
    print("migrating to ${number}")
    ${body}
`;

/** It takes longer than a warm reload by far. */
const SLOW = 'time.sleep(2); op.execute("create table two (id int)")';

const FILES = {
  "web.py": APP,
  "alembic.ini": "[alembic]\nscript_location = %(here)s/db\n",
  "db/env.py": ENV,
  "db/versions/1.py": migration(1, null),
};

async function opened(ctx: TestContext, config: string, files: object = {}): Promise<Project> {
  const project = await openProject(ctx, {
    files: {
      ...FILES,
      "ecosystem.config.ts": `import { alembic, defineConfig, flask } from "devpm";\nexport default defineConfig(${config});\n`,
      ...files,
    },
  });
  symlinkSync(await pythonWith(REQUIREMENTS), project.path(".venv"));
  return project;
}

interface Event {
  event: string;
  task?: string;
  ok?: boolean;
  line?: string;
  reason?: string;
}

/** Where the next whole line of it begins: the last one may be half here. */
const nextLine = (dev: Running): number => dev.stdout.text().lastIndexOf("\n") + 1;

const events = (dev: Running, from = 0): Event[] =>
  dev.stdout
    .text()
    .slice(from)
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Event);

it("a migration that is saved runs before the reload that came with it counts", async (ctx) => {
  const port = await freePort();
  const project = await opened(
    ctx,
    `{
      apps: {
        web: flask({ app: "web", port: ${port}, setup: false, dependsOn: ["migrate"], env: { DATABASE_URL: "sqlite:///shop.db" } }),
      },
      tasks: { migrate: alembic({ app: "web" }) },
    }`,
  );
  const dev = project.start(["dev", "--json"]);
  await dev.waitFor(/"session.ready"[^\n]*\n/);
  const answer = async (): Promise<string> => (await ask(`http://127.0.0.1:${port}/`)).body;
  expect(await answer()).toBe("code 1, database 1");

  const from = nextLine(dev);
  project.write("db/versions/2.py", migration(2, 1, SLOW));
  project.edit("web.py", "code 1", "code 2");
  expect(await project.devpm(["wait", "web", "--for", "reload"])).toMatchObject({ code: 0 });
  expect(await answer()).toBe("code 2, database 2");
  const order = () =>
    events(dev, from).flatMap(({ event, ok }) =>
      event === "task.finished" || event === "app.reloaded" ? [`${event} ${ok}`] : [],
    );
  // the answer of the wait and the events come by different ways
  await until("the reload", () => order().includes("app.reloaded true"), { describe: () => dev.output() });
  expect(order()).toEqual(["task.finished true", "app.reloaded true"]);

  const before = nextLine(dev);
  project.write("db/versions/3.py", migration(3, 2, 'raise RuntimeError("no column")'));
  project.edit("web.py", "code 2", "code 3");
  const waited = await project.devpm(["wait", "web", "--for", "reload"]);
  expect(waited.code).toBe(1);
  expect(waited.stderr).toContain("migrate failed");
  const diagnostics = () => events(dev, before).filter(({ event }) => event === "diagnostic");
  await until("the diagnostic", () => diagnostics().length > 0, { describe: () => dev.output() });
  expect(diagnostics()).toHaveLength(1);
  expect(JSON.stringify(diagnostics())).toContain("RuntimeError: no column");
  await until("the code that was saved with it", async () => (await answer()) === "code 3, database 2");

  project.write("db/versions/3.py", migration(3, 2));
  expect(await project.devpm(["wait", "web", "--for", "reload"])).toMatchObject({ code: 0 });
  expect(await project.devpm(["wait", "web", "migrate"])).toMatchObject({ code: 0 });
  expect(await answer()).toBe("code 3, database 3");
  dev.kill("SIGINT");
  expect(await dev.ended()).toMatchObject({ code: 130 });
});

it(
  "Postgres: waited for, at its real port, and migrated again where it is another container",
  { timeout: 300_000 },
  async (ctx) => {
    const unable = noDocker("postgres:17");
    ctx.skip(unable !== null, unable ?? "");
    const port = await freePort();
    const name = `devpmtasks${port}`;
    ctx.onTestFinished(() => removeComposeProject(name));
    const project = await opened(
      ctx,
      `{
      infra: { compose: "compose.yml", services: ["db"] },
      apps: {
        web: flask({
          app: "web", port: ${port}, setup: false, reload: false, dependsOn: ["db", "migrate"],
          env: ({ services: { db } }) => ({ DATABASE_URL: \`postgresql+psycopg://postgres:app@\${db.host}:\${db.port(5432)}/postgres?client_encoding=utf8\` }),
        }),
      },
      tasks: { migrate: alembic({ app: "web" }) },
    }`,
      {
        "compose.yml": `name: ${name}
services:
  db:
    image: postgres:17
    environment: { POSTGRES_PASSWORD: app }
    ports: ["127.0.0.1::5432"]
    healthcheck: { test: ["CMD-SHELL", "pg_isready -U postgres -h 127.0.0.1"], interval: 500ms, retries: 60 }
`,
      },
    );
    const tasks = async (): Promise<string[]> => {
      const dev = await project.devpm(["dev", "-d", "--json"], { deadlineMs: 120_000 });
      expect(dev.code, dev.output).toBe(0);
      expect((await ask(`http://127.0.0.1:${port}/`)).body).toBe("code 1, database 1");
      const ran = await project.devpm([
        "run",
        "web",
        "--",
        "python",
        "-c",
        "import os; print(os.environ['DATABASE_URL'])",
      ]);
      expect(ran.stdout).toMatch(/^postgresql\+psycopg:\/\/postgres:app@[^:]+:\d+\/postgres\?client_encoding=utf8\n$/);
      expect(await project.devpm(["down"])).toMatchObject({ code: 0 });
      const all = dev.stdout.split("\n").filter((line) => line.endsWith("}"));
      return all
        .map((line) => JSON.parse(line) as Event)
        .flatMap(({ event, task, reason }) =>
          task && /started|skipped/.test(event) ? [`${event} ${reason ?? ""}`] : [],
        );
    };
    expect(await tasks()).toEqual(["task.started first run"]);
    expect(await tasks()).toEqual(["task.skipped "]);
    // the same data at another port
    execFileSync("docker", ["restart", "-t", "5", `${name}-db-1`]);
    expect(await tasks()).toEqual(["task.skipped "]);
    expect(await project.devpm(["infra", "down", "--volumes", "--yes"]).then(({ code }) => code)).toBeLessThan(3);
    removeComposeProject(name);
    const unset = await project.devpm(["run", "web", "--", "sh", "-c", "echo ${DATABASE_URL-unset}"]);
    expect(unset.stdout).toBe("unset\n");
    expect(unset.stderr).toContain("note: DATABASE_URL is left unset: db is missing");
    expect(await tasks()).toEqual(["task.started other containers"]);
  },
);
