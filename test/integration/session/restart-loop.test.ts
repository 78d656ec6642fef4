import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, it, type TestContext } from "vitest";
import { parseJson, statusShape } from "../../rigs/contract.ts";
import { untilAnswers } from "../../rigs/http.ts";
import { freePort } from "../../rigs/ports.ts";
import { startProgram } from "../../rigs/program.ts";
import { openProject, type Project } from "../../rigs/project.ts";
import { until } from "../../rigs/wait.ts";

const LONG = { timeout: 480_000 };

/** A build that nobody knows, then a server that answers the text of `source.txt`, and how often it was started. */
const SERVER = `
const { appendFileSync, readFileSync, openSync, writeSync } = require("node:fs");
appendFileSync(process.env.COUNT, "x");
if (process.env.BUILDS) writeSync(openSync(process.env.BUILDS, "w"), "built");
const text = readFileSync("source.txt", "utf8");
require("node:http").createServer((_, answer) => answer.end(text)).listen(process.env.PORT, "127.0.0.1");
`;

interface Opened {
  project: Project;
  dev: ReturnType<Project["start"]>;
  url: string;
  starts(): number;
}

async function opened(ctx: TestContext, config: (port: number) => object, env: object = {}): Promise<Opened> {
  const port = await freePort();
  const project = await openProject(ctx, {
    env: { COUNT: "", ...env },
    files: { "app/server.cjs": SERVER, "app/source.txt": "one", "ecosystem.config.json": JSON.stringify(config(port)) },
  });
  const count = path.join(project.home, "count");
  writeFileSync(count, "");
  project.env.COUNT = count;
  const dev = project.start(["dev"]);
  return { project, dev, url: `http://127.0.0.1:${port}/`, starts: () => readFileSync(count, "utf8").length };
}

it.for([
  [
    "reload: restart",
    (port: number) => ({ apps: { api: { command: "node server.cjs", cwd: "app", port, reload: "restart" } } }),
    /write +ignore: \["out\.bin"\] into apps\.api of the ecosystem file/,
  ],
  [
    "watch in a PM2 file",
    (port: number) => ({
      apps: [{ name: "api", script: "server.cjs", cwd: "app", watch: true, env: { PORT: String(port) } }],
    }),
    /write +ignore_watch: \["out\.bin"\] into api of the PM2 file/,
  ],
] as const)(
  "%s: a command that writes where it is watched stops to restart itself",
  LONG,
  async ([, config, line], ctx) => {
    const { project, dev, url, starts } = await opened(ctx, config, { BUILDS: "out.bin" });
    // on a busy machine its first write is older than PM2's watch, and restarts nothing
    const isMissed = dev.waitFor(/api ready/).then(() => starts() === 1);
    isMissed.then(
      (missed) => missed && project.write("app/source.txt", "one"),
      () => {},
    );
    await dev.waitFor(/DEVPM_RESTART_LOOP[^]*everything else does\.\n/, { deadlineMs: 240_000 });
    const [block] = /▲ api restarts itself[^]*?does\./.exec(dev.output()) ?? [""];
    expect(block).toMatch(/its command writes out\.bin, which is watched/);
    expect(block).toMatch(line);
    expect(block).toMatch(/writer +(pid \d+ +\S*node|a process of api)/);
    expect(block.split("\n").length).toBeLessThanOrEqual(14);
    await untilAnswers(url, ({ body }) => body === "one");
    const before = starts();

    // a save of anything else still restarts it, once
    project.write("app/source.txt", "two");
    await untilAnswers(url, ({ body }) => body === "two");
    expect(await project.devpm(["wait", "api", "--for", "reload"])).toMatchObject({ code: 0 });
    expect(starts()).toBe(before + 1);
    dev.kill("SIGINT");
    expect(await dev.ended()).toMatchObject({ code: 130 });
    expect(dev.output().match(/DEVPM_RESTART_LOOP/g)).toHaveLength(1);
  },
);

/** The app of `opened`, of which a shell that runs `line` starts the session. */
async function printing(ctx: TestContext, line: string) {
  const port = await freePort();
  const config = { apps: { api: { command: "node server.cjs", cwd: "app", port, reload: "restart" } } };
  const project = await openProject(ctx, {
    files: { "app/server.cjs": SERVER, "app/source.txt": "one", "ecosystem.config.json": JSON.stringify(config) },
  });
  const count = path.join(project.home, "count");
  writeFileSync(count, "");
  project.env.COUNT = count;
  const run = (text: string) => startProgram(["sh", "-c", text], { cwd: project.root, env: project.env });
  const dev = run(line);
  const wait = (...args: string[]) => project.devpm(["wait", "api", "--for", "reload", ...args]);
  return {
    project,
    dev,
    run,
    wait,
    starts: () => readFileSync(count, "utf8").length,
    isAnswered: (text: string) => untilAnswers(`http://127.0.0.1:${port}/`, ({ body }) => body === text),
    async save(text: string) {
      project.write("app/source.txt", text);
      await untilAnswers(`http://127.0.0.1:${port}/`, ({ body }) => body === text);
      expect(await wait()).toMatchObject({ code: 0, stderr: "" });
    },
  };
}

it("what devpm itself prints into a watched folder is no save", LONG, async (ctx) => {
  const { project, dev, wait, starts, isAnswered, save } = await printing(ctx, "exec devpm dev >app/printed.txt 2>&1");
  await isAnswered("one");
  // it may answer before PM2 watches
  await until("it to be ready", () => project.read("app/printed.txt").includes("ready in"));
  for (const text of ["two", "three"]) await save(text);
  expect(starts()).toBe(3);
  expect((await wait("--file", "app/printed.txt")).stderr).toContain("app/printed.txt does not reload api");
  expect(project.read("app/printed.txt")).toContain("source.txt");
  dev.kill("SIGINT");
  expect(await dev.ended()).toMatchObject({ code: 130 });
});

it(
  "nor is what the command prints that leaves a session running, and what a command that follows it prints",
  LONG,
  async (ctx) => {
    const { project, dev, run, wait, starts, save } = await printing(ctx, "exec devpm dev -d >app/printed.txt 2>&1");
    // it returns once the app is ready, which one that is restarted at each line never is
    expect(await dev.ended()).toMatchObject({ code: 0 });
    await save("two");
    expect(starts()).toBe(2);
    expect((await wait("--file", "app/printed.txt")).stderr).toContain("app/printed.txt does not reload api");

    const follower = run("exec devpm attach >app/followed.txt 2>&1");
    await until("it to have the history", () =>
      Promise.resolve(project.read("app/followed.txt").includes("source.txt")),
    );
    // none shorter than the one before: to shorten a file in place is a second write, which may restart it once more
    for (const text of ["three", "seven"]) await save(text);
    await until("it to have a later line", () =>
      Promise.resolve(/source\.txt[^]*source\.txt/.test(project.read("app/followed.txt"))),
    );
    await save("eight");
    // once for each save; the new file is left out by one more start, and may have caused one before it
    expect(starts()).toBeLessThanOrEqual(7);
    expect((await wait("--file", "app/followed.txt")).stderr).toContain("app/followed.txt does not reload api");
    follower.kill("SIGINT");
    await follower.ended();

    // what prints once has written the file as an editor does
    await run("exec devpm request api / >app/asked.txt 2>&1").ended();
    expect(project.read("app/asked.txt")).toContain("eight");
    expect(await wait("--file", "app/asked.txt")).toMatchObject({ code: 0, stderr: "" });
    expect(await project.devpm(["down"])).toMatchObject({ code: 0 });
  },
);

it.runIf(process.platform === "linux")(
  "nor is what a program prints that reads what a command prints: it is told when it has restarted the app again and again",
  LONG,
  async (ctx) => {
    const { project, dev, run, wait, isAnswered, save } = await printing(ctx, "exec devpm dev");
    await isAnswered("one");
    await dev.waitFor(/ready in/);
    const follower = run("exec devpm attach | tee app/teed.txt");
    await until("it to have the history", () => project.read("app/teed.txt").includes("ready"));
    // the line of this restart is the cause of the next one
    project.write("app/source.txt", "two");
    await dev.waitFor(/api is no longer restarted by teed\.txt: what devpm prints is written there/, {
      deadlineMs: 240_000,
    });
    await isAnswered("two");
    // the former process may have answered, while the start without that file is still to come
    expect(await wait()).toMatchObject({ code: 0, stderr: "" });
    expect((await wait("--file", "app/teed.txt")).stderr).toContain("app/teed.txt does not reload api");
    await save("six");
    dev.kill("SIGINT");
    expect(await dev.ended()).toMatchObject({ code: 130 });
    await follower.ended();
  },
);

it("a user who saves the same file quickly, many times, is not taken for it", LONG, async (ctx) => {
  const { project, dev, url } = await opened(ctx, (port) => ({
    apps: { api: { command: "node server.cjs", cwd: "app", port, reload: "restart" } },
  }));
  await dev.waitFor(/ready in/);
  // each as soon as the one before is answered: as close to the app's own starts as a user can be
  for (let save = 1; save <= 14; save++) {
    project.write("app/source.txt", `text ${save}`);
    await untilAnswers(url, ({ body }) => body === `text ${save}`);
  }
  // and at an even pace, whatever the app does
  for (let save = 1; save <= 20; save++) {
    project.write("app/source.txt", `even ${save}`);
    await delay(300);
  }
  await untilAnswers(url, ({ body }) => body === "even 20");
  expect(dev.output()).not.toContain("DEVPM_RESTART_LOOP");
  project.write("app/source.txt", "last");
  await untilAnswers(url, ({ body }) => body === "last");
  const state = async () => parseJson(statusShape, (await project.devpm(["status", "--json"])).stdout).apps[0]?.state;
  await until("the app to be ready", async () => (await state()) === "ready");
  dev.kill("SIGINT");
  expect(await dev.ended()).toMatchObject({ code: 130 });
});
