import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { REPOSITORY } from "../rigs/devpm.ts";
import { until } from "../rigs/wait.ts";
import { type Engine, type Plan, DIST, env, programNamed, startEngine } from "./teardown-rig.ts";

const sleep = "sleep 4321";
const plain: Plan = { apps: [{ name: "a", command: `exec ${sleep}` }] };
const getsAway = `(env -i setsid ${sleep} &); exec tail -f /dev/null`;

/** Shapes of processes that get away from a kill of the root. Each starts `sleep 4321` once, besides what it needs. */
const shapes: [what: string, command: string][] = [
  ["a child in the same group", `${sleep} & wait`],
  ["a child in a session of its own", `setsid ${sleep} & wait`],
  ["a double fork", `(setsid ${sleep} &); exec tail -f /dev/null`],
  ["a root that ended while its child runs on", `${sleep} & exit 1`],
  ["a daemon without our environment", getsAway],
  ["stopped", `${sleep} & until grep -q sleep /proc/$!/comm; do :; done; kill -STOP $!; wait`],
  ["deaf to signals", `trap "" TERM INT HUP; ${sleep}`],
  ["deaf to signals and doubly forked", `trap "" TERM INT HUP; (setsid ${sleep} &); exec tail -f /dev/null`],
  ["a helper started on SIGTERM", `trap 'setsid tail -f /dev/zero & exit 0' TERM; ${sleep} & while :; do wait; done`],
  ["a chain that forks with setsid every 5 ms", `${sleep} & python3 -c '${forkChain()}'; wait`],
];

function forkChain(): string {
  return ["import os,time", "while True:", " time.sleep(0.005)", " if os.fork(): os._exit(0)", " os.setsid()"].join(
    "\n",
  );
}

/** Running, and stopped where the shape is that: only then has the fault happened. */
async function running(engine: Engine, command: string): Promise<void> {
  await engine.armed();
  await engine.running(sleep);
  if (!command.includes("kill -STOP")) return;
  await until("it to be stopped", () =>
    engine.namespace.left().some((seen) => seen.command === sleep && seen.state === "T"),
  );
}

const shaped = (command: string): Plan => ({ apps: [{ name: "a", command, graceMs: 500 }] });

async function ended(engine: Engine): Promise<void> {
  const { receipt, released } = await engine.ended();
  expect(receipt.leftovers).toEqual([]);
  expect(released).toEqual({ echild: true, left: [] });
  await engine.nothingLeft();
}

test.for(shapes)("Ctrl+C leaves nothing: %s", async ([, command], ctx) => {
  const engine = await startEngine(ctx, shaped(command));
  await running(engine, command);
  engine.namespace.kill(engine.pid, "SIGINT");
  await ended(engine);
});

test.for(shapes)("SIGKILL of the engine leaves nothing: %s", async ([, command], ctx) => {
  const engine = await startEngine(ctx, shaped(command));
  await running(engine, command);
  engine.namespace.kill(engine.pid, "SIGKILL");
  await engine.nothingLeft();
  const { receipt } = JSON.parse(readFileSync(path.join(engine.folder, "ended.json"), "utf8"));
  expect(receipt.leftovers).toEqual([]);
  expect(receipt.ended.length).toBeGreaterThan(0);
});

type Part = "engine" | "sentinel" | "shim" | "daemon";

async function killed(engine: Engine, parts: readonly Part[]): Promise<void> {
  const armed = await engine.armed();
  await engine.running(sleep);
  const pids = parts.map((part) => (part === "engine" ? engine.pid : armed[part]!));
  // one stroke: stopped first, none of them gets to act on the end of another
  await engine.namespace.run(["sh", "-c", 'kill -STOP "$@"; kill -9 "$@"', "sh", ...pids.map(String)], { env });
}

describe("whoever of engine, sentinel and shim is left ends the session", () => {
  const strokes: Part[][] = [
    ["sentinel"],
    ["shim"],
    ["engine", "shim"],
    ["shim", "daemon"],
    ["engine", "sentinel"],
    ["sentinel", "daemon"],
    ["engine", "daemon"],
    ["engine", "sentinel", "daemon"],
  ];
  test.for(strokes.map((parts) => [parts.join(" + "), parts] as const))("SIGKILL of %s", async ([, parts], ctx) => {
    const engine = await startEngine(ctx, shaped(getsAway));
    await killed(engine, parts);
    await engine.nothingLeft();
  });

  test("the engine says which part it lost", async (ctx) => {
    const engine = await startEngine(ctx, plain);
    await killed(engine, ["sentinel"]);
    expect((await engine.ended()).reason).toBe("lost sentinel");
    await engine.nothingLeft();
  });

  test("SIGKILL of every process of node", async (ctx) => {
    const engine = await startEngine(ctx, shaped(getsAway));
    await engine.armed();
    await engine.running(sleep);
    await engine.namespace.run(["sh", "-c", "kill -9 $(pidof node)"], { env });
    await engine.nothingLeft();
  });
});

describe("the sentinel alone, where there is no python3", () => {
  test.for(shapes.filter(([what]) => !/without our environment|chain/.test(what)))(
    "SIGKILL of the engine: %s",
    async ([, command], ctx) => {
      const engine = await startEngine(ctx, { ...shaped(command), alone: true });
      expect((await engine.armed()).proof).toBe("scan");
      await running(engine, command);
      engine.namespace.kill(engine.pid, "SIGKILL");
      await engine.nothingLeft();
    },
  );

  test("Ctrl+C, and the daemon that it started itself", async (ctx) => {
    const engine = await startEngine(ctx, { ...plain, alone: true });
    await engine.armed();
    await engine.running(sleep);
    engine.namespace.kill(engine.pid, "SIGINT");
    expect((await engine.ended()).receipt.ended).toMatchObject([{ app: "a", how: "SIGTERM" }]);
    await engine.nothingLeft();
  });
});

// eleven engines, each with a namespace and waits of its own
test("SIGKILL of the engine at any moment of arming", { timeout: 900_000 }, async (ctx) => {
  for (let ms = 0; ms <= 300; ms += 30) {
    const engine = await startEngine(ctx, shaped(getsAway));
    await delay(ms);
    engine.namespace.kill(engine.pid, "SIGKILL");
    await engine.nothingLeft();
  }
});

test("a stopped engine is not a dead one", async (ctx) => {
  const engine = await startEngine(ctx, plain);
  const armed = await engine.armed();
  await engine.running(sleep);
  const before = engine.namespace.left().map((seen) => `${seen.pid} ${seen.started}`);
  engine.namespace.kill(engine.pid, "SIGSTOP");
  await until("the engine to be stopped", () => engine.namespace.left().some((seen) => seen.state === "T"));
  await delay(2_000);
  expect(engine.namespace.left().map((seen) => `${seen.pid} ${seen.started}`)).toEqual(before);
  engine.namespace.kill(engine.pid, "SIGCONT");
  engine.namespace.kill(armed.sentinel, "SIGTERM");
  engine.namespace.kill(armed.shim!, "SIGHUP");
  engine.namespace.kill(engine.pid, "SIGINT");
  await ended(engine);
});

test("an app that is started again whenever it ends, with a hung daemon", async (ctx) => {
  const engine = await startEngine(ctx, { apps: [{ name: "a", command: `exec ${sleep}`, again: true }] });
  const { daemon } = await engine.armed();
  await engine.running(sleep);
  engine.namespace.kill(daemon, "SIGSTOP");
  engine.namespace.kill(engine.pid, "SIGINT");
  await ended(engine);
});

test("a second Ctrl+C skips the grace", async (ctx) => {
  const engine = await startEngine(ctx, {
    apps: [{ name: "a", command: `trap "" TERM; ${sleep}`, graceMs: 50_000 }],
  });
  await engine.armed();
  await engine.running(sleep);
  engine.namespace.kill(engine.pid, "SIGINT");
  engine.namespace.kill(engine.pid, "SIGTERM");
  await ended(engine);
});

test.for([
  ["Ctrl+C", "SIGINT"],
  ["SIGKILL of the engine", "SIGKILL"],
] as const)("a browser that an app opened lives on and is reported: %s", async ([, signal], ctx) => {
  const engine = await startEngine(ctx, plain);
  const { shim } = await engine.armed();
  const firefox = programNamed("firefox", engine.folder);
  const opened = await startEngine(ctx, shaped(`${firefox} 77 & ${sleep}`));
  await opened.armed();
  await opened.running(`${firefox} 77`);
  const before = opened.namespace.left().find((seen) => seen.command.startsWith(firefox))!;
  opened.namespace.kill(opened.pid, signal);
  await until("only the browser left", () => opened.namespace.left().length === 1);
  expect(opened.namespace.left()).toMatchObject([{ pid: before.pid, started: before.started }]);
  const receipt =
    signal === "SIGINT"
      ? (await opened.ended()).receipt
      : JSON.parse(readFileSync(path.join(opened.folder, "ended.json"), "utf8")).receipt;
  expect(receipt.spared).toEqual([{ pid: before.pid, app: "a", command: `${firefox} 77` }]);
  if (signal === "SIGINT") {
    expect((await opened.ended()).released).toEqual({
      echild: false,
      left: [{ pid: before.pid, command: `${firefox} 77` }],
    });
  }
  expect(shim).not.toBeNull();
});

test("a browser's name does not protect who holds a port of ours", async (ctx) => {
  const folder = (await startEngine(ctx, plain)).folder;
  const chrome = programNamed("chrome", folder);
  // the listening socket is inherited by a program called chrome
  const holder = `import os,socket; s=socket.create_server(("127.0.0.1",5050)); os.set_inheritable(s.fileno(),True); os.execv("${chrome}",["${chrome}","78"])`;
  const engine = await startEngine(ctx, {
    apps: [{ name: "a", command: `python3 -c '${holder}'`, ports: [5050], graceMs: 500 }],
  });
  await engine.armed();
  await engine.running(`${chrome} 78`);
  engine.namespace.kill(engine.pid, "SIGINT");
  await ended(engine);
  expect((await engine.ended()).receipt.portsFree).toEqual([5050]);
});

describe("what three dead guards leave is swept by the next command", () => {
  const sweep = (engine: Engine): readonly string[] => [
    process.execPath,
    path.join(REPOSITORY, "test/integration/teardown-sweep.mjs"),
    DIST,
    path.join(engine.folder, "session.json"),
  ];

  test("marked, recorded and below the recorded daemon", async (ctx) => {
    const engine = await startEngine(ctx, shaped(`(setsid ${sleep} &); exec tail -f /dev/null`));
    await killed(engine, ["engine", "sentinel", "shim"]);
    expect(engine.namespace.left().length).toBeGreaterThan(2);
    const done = await engine.namespace.run(sweep(engine), { env });
    expect(JSON.parse(done.output)).toMatchObject({ leftovers: [] });
    await engine.nothingLeft();
  });

  test("an innocent that has the recorded pid is not touched", async (ctx) => {
    const engine = await startEngine(ctx, plain);
    await killed(engine, ["engine", "sentinel", "shim"]);
    const innocent = await engine.namespace.innocent(["sleep", "99"], { env });
    const file = path.join(engine.folder, "session.json");
    const record = JSON.parse(readFileSync(file, "utf8"));
    record.apps[0].pids = [{ ...record.daemon, pid: innocent.pid }];
    writeFileSync(file, JSON.stringify(record));
    await engine.namespace.run(sweep(engine), { env });
    await engine.nothingLeft();
    expect(engine.namespace.harmed()).toEqual([]);
  });

  test("an engine that does not answer is ended with its session", async (ctx) => {
    const engine = await startEngine(ctx, plain);
    await engine.armed();
    await engine.running(sleep);
    engine.namespace.kill(engine.pid, "SIGSTOP");
    const done = await engine.namespace.run(sweep(engine), { env });
    expect(JSON.parse(done.output)).toMatchObject({ leftovers: [], ended: [{ app: "a", how: "SIGTERM" }] });
    await engine.nothingLeft();
  });
});

test("the state folder may be gone", async (ctx) => {
  const engine = await startEngine(ctx, shaped(getsAway));
  await engine.armed();
  await engine.running(sleep);
  await engine.namespace.run(["rm", "-rf", engine.folder], { env });
  engine.namespace.kill(engine.pid, "SIGKILL");
  await engine.nothingLeft();
});
