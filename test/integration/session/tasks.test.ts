import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { describe, expect, it, type TestContext } from "vitest";
import { ask } from "../../rigs/http.ts";
import { freePort } from "../../rigs/ports.ts";
import { openProject, type Project } from "../../rigs/project.ts";
import type { Running } from "../../rigs/program.ts";
import { openStage } from "../../rigs/scripted-app.ts";
import { until } from "../../rigs/wait.ts";

const SERVER = `
import { createServer } from "node:http";
import { existsSync } from "node:fs";
const migrated = existsSync("runs");
createServer((_, response) => response.end(String(migrated))).listen(process.env.PORT, "127.0.0.1");
`;

/** Counts its runs in a file, prints what it sees, and ends as the file `code` says. */
const MIGRATE = `
import { appendFileSync, readFileSync } from "node:fs";
appendFileSync("runs", "x");
console.log("migrating", process.env.WORD, process.env.PORT, process.cwd().endsWith("/api"));
process.exit(Number(readFileSync("code", "utf8")));
`;

interface Event {
  event: string;
  task?: string;
  app?: string;
  [key: string]: unknown;
}

const eventsOf = (dev: Running): Event[] =>
  dev.stdout
    .text()
    .split("\n")
    // the last one may be half here
    .slice(0, -1)
    .filter((line) => line.endsWith("}"))
    .map((line) => JSON.parse(line) as Event);

const named = (dev: Running, event: string, name?: string): Event[] =>
  eventsOf(dev).filter((one) => one.event === event && (name === undefined || one.task === name || one.app === name));

const until1 = (dev: Running, event: string, name: string, count = 1): Promise<Event> =>
  until(`event ${event} of ${name}`, () => named(dev, event, name)[count - 1], { describe: () => dev.output() });

interface Opened {
  project: Project;
  port: number;
  runs(): number;
}

async function opened(ctx: TestContext, more: object = {}, files: Record<string, string> = {}): Promise<Opened> {
  const port = await freePort();
  const config = {
    apps: {
      api: { command: "node server.mjs", cwd: "api", port, dependsOn: ["migrate"], env: { WORD: "word" } },
      other: { command: "sleep 1000" },
    },
    tasks: { migrate: { run: "node migrate.mjs", app: "api", inputs: ["migrations"] } },
    ...more,
  };
  const project = await openProject(ctx, {
    files: {
      "api/server.mjs": SERVER,
      "api/migrate.mjs": MIGRATE,
      "api/migrations/one.sql": "1",
      "api/code": "0",
      "ecosystem.config.json": JSON.stringify(config),
      ...files,
    },
  });
  const runs = (): number => {
    try {
      return readFileSync(project.path("api/runs"), "utf8").length;
    } catch {
      return 0;
    }
  };
  return { project, port, runs };
}

async function stopped(dev: Running): Promise<void> {
  dev.kill("SIGINT");
  expect(await dev.ended()).toMatchObject({ code: 130 });
}

describe("a task", () => {
  it("runs before what depends on it, in its app's folder and environment, and is skipped while nothing changed", async (ctx) => {
    const { project, port, runs } = await opened(ctx);
    const dev = project.start(["dev", "--json"]);
    await until1(dev, "app.ready", "api");
    expect((await ask(`http://127.0.0.1:${port}/`)).body).toBe("true");
    const order = eventsOf(dev).flatMap(({ event, task, app }) =>
      (task ?? app) === "migrate" || (event === "app.starting" && app === "api") ? [event] : [],
    );
    expect(order).toEqual(["task.started", "log", "task.finished", "app.starting"]);
    expect(named(dev, "log", "migrate")).toMatchObject([{ line: `migrating word ${port} true`, stream: "out" }]);
    await until1(dev, "app.ready", "other");
    const status = JSON.parse((await project.devpm(["status", "--json"])).stdout) as { tasks: unknown };
    expect(status.tasks).toEqual([
      {
        name: "migrate",
        state: "done",
        pid: null,
        exitCode: 0,
        skipped: false,
        startedAt: expect.any(String) as string,
        ms: expect.any(Number) as number,
      },
    ]);
    await stopped(dev);
    expect((await project.devpm(["logs", "migrate", "--no-follow"])).stdout).toContain(`migrating word ${port}`);

    const again = project.start(["dev", "--json"]);
    await until1(again, "app.ready", "api");
    expect(named(again, "task.skipped", "migrate")).toHaveLength(1);
    await stopped(again);
    expect(runs()).toBe(1);

    project.write("api/migrations/two.sql", "2");
    const changed = project.start(["dev", "--json"]);
    await until1(changed, "app.ready", "api");
    expect(named(changed, "task.started", "migrate")).toMatchObject([{ reason: "inputs changed" }]);
    await stopped(changed);
    expect(runs()).toBe(2);
  });

  it("that fails stops what depends on it, and nothing else, with its output once; a save mends it", async (ctx) => {
    const { project, runs } = await opened(ctx, {}, { "api/code": "3" });
    const dev = project.start(["dev"]);
    await dev.waitFor(/DEVPM_TASK_FAILED/);
    await dev.waitFor(/node migrate\.mjs {2}\(exit code 3\)/);
    await dev.waitFor(/api waits for it\./);
    await dev.waitFor(/other ready/);
    const waited = await project.devpm(["wait", "api"]);
    expect(waited).toMatchObject({ code: 1 });
    expect(waited.stderr).toContain("api is failed: it waits for migrate, which failed");
    const text = dev.stdout.text();
    expect(text.match(/migrating word/g)).toHaveLength(1);
    expect(text.match(/DEVPM_/g)).toHaveLength(1);
    expect(text).not.toContain("api starting");
    expect(runs()).toBe(1);

    project.write("api/code", "0");
    project.write("api/migrate.mjs", `${MIGRATE}// mended\n`);
    await dev.waitFor(/api ready/);
    expect(runs()).toBe(2);
    await stopped(dev);
  });

  it("that a signal ends has failed, whatever PM2 makes of it; detached, the start is given up", async (ctx) => {
    const { project } = await opened(ctx, {}, { "api/migrate.mjs": 'process.kill(process.pid, "SIGKILL");' });
    const done = await project.devpm(["dev", "--detach"]);
    expect(done.code).toBe(1);
    expect(done.stderr).toContain("(exit code 137, SIGKILL)");
    await project.nothingLeft();
  });

  it("that cannot be started says why", async (ctx) => {
    const { project } = await opened(ctx, { tasks: { migrate: { run: "./gone", app: "api" } } });
    const dev = project.start(["dev"]);
    await dev.waitFor(/DEVPM_(TASK_FAILED|TOOLCHAIN\w*|PROGRAM\w*)/);
    await dev.waitFor(/\.\/gone/);
    dev.kill("SIGINT");
    await dev.ended();
  });

  it("that fails runs again with what was saved while it ran", async (ctx) => {
    const apps = await openStage(ctx);
    const { project } = await opened(ctx, {
      tasks: { migrate: { run: apps.command("migrate"), inputs: ["api/migrations"] } },
    });
    const dev = project.start(["dev"]);
    const first = await apps.next("migrate");
    project.write("api/migrations/one.sql", "2");
    await first.exit(4);
    await dev.waitFor(/DEVPM_TASK_FAILED/);
    await (await apps.next("migrate")).exit(0);
    await dev.waitFor(/api ready/);
    await stopped(dev);
  });

  it("runs again when it is asked to, and stops on demand", async (ctx) => {
    const apps = await openStage(ctx);
    const { project, runs } = await opened(ctx, {
      tasks: {
        migrate: { run: "node migrate.mjs", app: "api", inputs: ["migrations"] },
        seed: { run: apps.command("seed"), dependsOn: ["migrate"], start: false },
      },
    });
    const dev = project.start(["dev"]);
    await dev.waitFor(/ready in/);
    expect(apps.untaken("seed")).toBe(0);
    expect(await project.devpm(["start", "migrate"])).toMatchObject({ code: 0 });
    expect(runs()).toBe(2);

    const starting = project.devpm(["start", "seed"]);
    const seed = await apps.next("seed");
    // it may be here before PM2 has said that it was started
    await until("it to be shown", async () => /seed +running/.test((await project.devpm(["status"])).stdout));
    await seed.exit(0);
    expect(await starting).toMatchObject({ code: 0 });

    const failing = project.devpm(["start", "seed"]);
    await (await apps.next("seed")).exit(4);
    const failed = await failing;
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain("seed failed with exit code 4");

    const ended = project.devpm(["start", "seed"]);
    const last = await apps.next("seed");
    expect(await project.devpm(["stop", "seed"])).toMatchObject({ code: 0 });
    await last.closed;
    expect((await ended).code).toBe(1);
    expect((await project.devpm(["status"])).stdout).toMatch(/seed +stopped/);
    await stopped(dev);
  });

  it("without inputs runs at each start, and once in it", async (ctx) => {
    const { project, runs } = await opened(ctx, { tasks: { migrate: { run: "node migrate.mjs", app: "api" } } });
    for (const count of [1, 2]) {
      const dev = project.start(["dev"]);
      await dev.waitFor(/ready in/);
      expect(await project.devpm(["restart", "api"])).toMatchObject({ code: 0 });
      expect(runs()).toBe(count);
      await stopped(dev);
    }
  });

  it("whose output is gone, or that did not come to its end, runs again", async (ctx) => {
    const tasks = { migrate: { run: "node migrate.mjs", app: "api", inputs: ["migrations"], output: "made" } };
    const migrate = `import { writeFileSync } from "node:fs";\nwriteFileSync("made", "");${MIGRATE}`;
    const { project, runs } = await opened(ctx, { tasks }, { "api/migrate.mjs": migrate });
    const start = async (): Promise<void> => {
      const dev = project.start(["dev"]);
      await dev.waitFor(/ready in/);
      await stopped(dev);
    };
    await start();
    await start();
    expect(runs()).toBe(1);
    rmSync(project.path("api/made"));
    await start();
    expect(runs()).toBe(2);
    writeFileSync(project.path("api/code"), "1");
    project.write("api/migrations/x.sql", "");
    expect(await project.devpm(["dev", "-d"])).toMatchObject({ code: 1 });
    writeFileSync(project.path("api/code"), "0");
    await start();
    expect(runs()).toBe(4);
  });
});
