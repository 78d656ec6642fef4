import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test, type TestContext } from "vitest";
import { listShape, parseJson } from "../../rigs/contract.ts";
import { noDocker, removeComposeProject } from "../../rigs/docker.ts";
import { untilAnswers } from "../../rigs/http.ts";
import { freePorts } from "../../rigs/ports.ts";
import { openProject, type Project } from "../../rigs/project.ts";
import { pythonWith } from "../../rigs/python.ts";
import { addWorktree, git, openRepository } from "../../rigs/worktrees.ts";

const IMAGE = "postgres:17";

/** Answers with what its database holds, and adds to it. */
const SERVER = `
import http.server, json, os, psycopg
def ask(statement):
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True, client_encoding="utf8") as db:
        done = db.execute(statement)
        return [row[0] for row in done.fetchall()] if done.description else []
ask("CREATE TABLE IF NOT EXISTS items (name text)")
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path.startswith("/add/"):
            ask("INSERT INTO items VALUES ('" + self.path[5:] + "')")
        body = {"in": os.getcwd(), "items": ask("SELECT name FROM items ORDER BY name"), "db": ask("SELECT current_database()::text")}
        self.send_response(200); self.end_headers(); self.wfile.write(json.dumps(body).encode())
    def log_message(self, *a): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
`;

/** `named`: the compose file has a name of its own; else Compose takes the folder's. */
async function openShop(ctx: TestContext, { named }: { named: boolean }) {
  ctx.skip(...skipped());
  const project = await openProject(ctx, {});
  const name = `devpm-t-${randomBytes(4).toString("hex")}`;
  const [backend = 0, database = 0] = await freePorts(2);
  const python = await pythonWith(["psycopg[binary]"]);
  const compose = {
    ...(named ? { name } : {}),
    services: {
      postgres: {
        image: IMAGE,
        environment: { POSTGRES_USER: "shop", POSTGRES_PASSWORD: "shop", POSTGRES_DB: "shop" },
        ports: [`127.0.0.1:${database}:5432`],
        healthcheck: { test: ["CMD", "pg_isready", "-h", "127.0.0.1", "-U", "shop"], interval: "1s", retries: 30 },
      },
    },
  };
  const app = {
    command: `${path.join(python, "bin/python")} server.py`,
    ...{ cwd: "backend", port: backend, reload: false, setup: false, dependsOn: ["postgres"] },
  };
  const main = openRepository(
    project,
    {
      ".gitignore": "__pycache__\n",
      "backend/server.py": SERVER,
      "backend/.env": `DATABASE_URL=postgresql://shop:shop@localhost:${database}/shop\n`,
      "compose.yml": JSON.stringify(compose),
      "ecosystem.config.json": JSON.stringify({
        name: "shop",
        infra: { services: ["postgres"] },
        apps: { backend: app },
      }),
    },
    named ? "main" : name,
  );
  ctx.onTestFinished(() => removeComposeProject(name));
  return { project, main, name, backend };
}

const skipped = (): [boolean, string] => {
  const unable = noDocker(IMAGE);
  return [unable !== null, unable ?? ""];
};

interface Answered {
  in: string;
  items: string[];
  db: string[];
}

async function answerOf(project: Project, cwd: string, at = "/"): Promise<Answered> {
  const status = await project.devpm(["status", "--json"], { cwd });
  const { apps } = JSON.parse(status.stdout) as { apps: { url: string }[] };
  return JSON.parse((await untilAnswers(`${apps[0]?.url}${at}`)).body) as Answered;
}

const databasesIn = (container: string): string[] =>
  execFileSync("docker", ["exec", container, "psql", "-U", "shop", "-tAc", "SELECT datname FROM pg_database"], {
    encoding: "utf8",
  })
    .split("\n")
    .filter((name) => name.startsWith("shop"))
    .toSorted();

test("worktrees share the containers, and each has a database of its own", { timeout: 240_000 }, async (ctx) => {
  const { project, main, name, backend } = await openShop(ctx, { named: true });
  const container = `${name}-postgres-1`;
  const start = async (cwd: string) => {
    const up = await project.devpm(["dev", "-d"], { cwd, deadlineMs: 120_000 });
    expect(up.code, up.output).toBe(0);
    return up.output;
  };
  await start(main);
  expect(await answerOf(project, main, "/add/of-main")).toMatchObject({ items: ["of-main"], db: ["shop"] });

  // main is connected to its database: that is copied, not used as a template
  const one = addWorktree(main, "one", "feature/one");
  const said = await start(one);
  expect(said).toContain("backend: DATABASE_URL names postgres's database shop_one instead of shop");
  expect(said).toContain("postgres: database shop_one was made for this worktree, copied from shop");
  expect(await answerOf(project, one, "/add/of-one")).toEqual({
    in: path.join(one, "backend"),
    items: ["of-main", "of-one"],
    db: ["shop_one"],
  });
  const two = addWorktree(main, "Zwei-größe", "fix/größe");
  await start(two);
  expect((await answerOf(project, two)).items).toEqual(["of-main"]);
  expect(await answerOf(project, main)).toEqual({ in: path.join(main, "backend"), items: ["of-main"], db: ["shop"] });
  expect(databasesIn(container)).toHaveLength(3);

  const run = await project.devpm(["run", "backend", "--", "sh", "-c", "echo $DATABASE_URL"], { cwd: one });
  expect(run.stdout.trim()).toMatch(/\/shop_one$/);
  const { sessions } = parseJson(listShape, (await project.devpm(["list", "--json"], { cwd: main })).stdout);
  expect(sessions.find(({ root }) => root === main)).toMatchObject({
    ...{ branch: "main", urls: [`http://localhost:${backend}`] },
    holds: { ports: [], databases: [], compose: null },
  });
  const listed = sessions.find(({ root }) => root === one);
  expect(listed).toMatchObject({
    branch: "feature/one",
    holds: { databases: [{ service: "postgres", name: "shop_one" }] },
  });
  expect(listed?.memoryBytes).toBeGreaterThan(0);

  // the containers are not a worktree's to stop
  const stop = await project.devpm(["infra", "down"], { cwd: one });
  expect(stop.code, stop.output).toBe(2);
  expect(stop.output).toContain("DEVPM_INFRA_SHARED");

  // what was written is there again, on the same port, until it is forgotten
  const { port } = new URL(listed?.urls[0] ?? "");
  expect((await project.devpm(["down"], { cwd: one })).code).toBe(0);
  expect(await start(one)).not.toContain("was made for this worktree");
  expect((await answerOf(project, one)).items).toEqual(["of-main", "of-one"]);
  const again = parseJson(listShape, (await project.devpm(["list", "--json"])).stdout).sessions;
  expect(new URL(again.find(({ root }) => root === one)?.urls[0] ?? "").port).toBe(port);
  const forgot = await project.devpm(["down", "--forget"], { cwd: one });
  expect(forgot.code, forgot.output).toBe(0);
  expect(forgot.output).toContain("database shop_one of postgres was dropped");
  expect(databasesIn(container)).toHaveLength(2);

  // a worktree that was removed is forgotten from any other
  expect((await project.devpm(["down"], { cwd: two })).code).toBe(0);
  rmSync(two, { recursive: true });
  expect((await project.devpm(["list"])).stdout).toMatch(/größe \(removed\) holds 1 ports?, shop_\w+ in postgres/);
  expect((await project.devpm(["down", "--forget"], { cwd: main })).code).toBe(0);
  expect(databasesIn(container)).toEqual(["shop"]);
  expect(existsSync(two)).toBe(false);
});

test(
  "without a name in the file the main checkout's containers are found, also where main does not run",
  { timeout: 180_000 },
  async (ctx) => {
    const { project, main, name } = await openShop(ctx, { named: false });
    const tree = addWorktree(main, "tree", "tree");
    const up = await project.devpm(["dev", "-d"], { cwd: tree, deadlineMs: 120_000 });
    expect(up.code, up.output).toBe(0);
    expect((await answerOf(project, tree, "/add/x")).db).toEqual(["shop_tree"]);
    const status = await project.devpm(["infra", "status", "--json"], { cwd: main });
    expect(JSON.parse(status.stdout)).toMatchObject({
      infra: [{ service: "postgres", container: `${name}-postgres-1`, state: "healthy" }],
    });
    const first = await project.devpm(["dev", "-d"], { cwd: main, deadlineMs: 120_000 });
    expect(first.code, first.output).toBe(0);
    expect(await answerOf(project, main)).toMatchObject({ items: [], db: ["shop"] });
    expect((await project.devpm(["down", "--all"])).code).toBe(0);
  },
);

test(
  "with isolate: containers a worktree has containers and volumes of its own; a file that cannot run twice is refused",
  { timeout: 180_000 },
  async (ctx) => {
    const { project, main, name, backend } = await openShop(ctx, { named: true });
    const isolated = `${name}-tree`;
    ctx.onTestFinished(() => removeComposeProject(isolated));
    const config = JSON.parse(readFileSync(path.join(main, "ecosystem.config.json"), "utf8")) as object;
    writeFileSync(path.join(main, "ecosystem.config.json"), JSON.stringify({ ...config, isolate: "containers" }));
    git(main, "commit", "-qam", "containers");
    const up = async (cwd: string, code: number) => {
      const ended = await project.devpm(["dev", "-d"], { cwd, deadlineMs: 120_000 });
      expect(ended.code, ended.output).toBe(code);
      return ended.output;
    };
    await up(main, 0);
    expect(await answerOf(project, main, "/add/of-main")).toMatchObject({ items: ["of-main"], db: ["shop"] });
    const tree = addWorktree(main, "tree", "tree");
    await up(tree, 0);
    expect(await answerOf(project, tree, "/add/of-tree")).toMatchObject({ items: ["of-tree"], db: ["shop"] });
    expect(await answerOf(project, main)).toMatchObject({ items: ["of-main"] });
    const { sessions } = parseJson(listShape, (await project.devpm(["list", "--json"])).stdout);
    expect(sessions.find(({ root }) => root === tree)?.holds).toMatchObject({ databases: [], compose: isolated });
    expect(sessions.find(({ root }) => root === main)?.ports).toEqual([backend]);

    // its own containers are its own to stop, and come back with their data on the same port
    expect((await project.devpm(["down", "--infra"], { cwd: tree })).code).toBe(0);
    await up(tree, 0);
    expect((await answerOf(project, tree)).items).toEqual(["of-tree"]);
    const forgot = await project.devpm(["down", "--forget"], { cwd: tree });
    expect(forgot.code, forgot.output).toBe(0);
    const left = execFileSync("docker", ["ps", "-aq", "--filter", `label=com.docker.compose.project=${isolated}`]);
    expect(left.toString()).toBe("");
    expect((await answerOf(project, main)).items).toEqual(["of-main"]);

    const compose = JSON.parse(readFileSync(path.join(tree, "compose.yml"), "utf8")) as { services: object };
    const services = { ...compose.services, lan: { image: IMAGE, network_mode: "host" } };
    writeFileSync(path.join(tree, "compose.yml"), JSON.stringify({ ...compose, services }));
    const refused = await up(tree, 2);
    expect(refused).toContain("DEVPM_COMPOSE_FIXED");
    expect(refused).toContain("services.lan.network_mode");
    expect((await project.devpm(["down", "--all"])).code).toBe(0);
  },
);
