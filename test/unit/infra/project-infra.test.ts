import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { InfraOptions } from "../../../src/infra/infra.ts";
import { infraOf } from "../../../src/infra/infra-of.ts";
import { openInfra } from "../../../src/infra/project-infra.ts";
import { LABELS } from "../../../src/infra/observation.ts";
import type { SessionEvent } from "../../../src/model/events.ts";
import type { App } from "../../../src/model/project.ts";
import { instanceOf } from "../../../src/model/instance.ts";
import type { CommandResult } from "../../../src/system/commands.ts";
import type { LogOptions } from "../../../src/system/docker/types.ts";
import { files, type Files } from "../../../src/system/files/files.ts";
import { folderWith } from "../config/outside.ts";
import { machine } from "../machine.ts";
import { sampleApp, sampleProject } from "../plan/sample.ts";
import { environment as plain } from "../preflight/place.ts";
import { virtualClock } from "../virtual-clock.ts";
import { summary } from "./build.ts";
import { LOST, simulatedEngine } from "./simulated.ts";
import { commandResult } from "../command-result.ts";

const DB = { image: "postgres:17", ports: [{ target: 5432, published: "5432", protocol: "tcp" }] };

const logOptions = (lines: number | null = null): LogOptions => ({
  follow: false,
  signal: new AbortController().signal,
  ...(lines === null ? {} : { lines }),
});

/** Real files; a test ends when nothing is written any more: some of it is not waited for. */
function filesAtRest(): Files {
  const pending = new Set<Promise<unknown>>();
  const tracked =
    <A extends unknown[], R>(work: (...args: A) => Promise<R>) =>
    (...args: A): Promise<R> => {
      const done = work(...args);
      const settled: Promise<unknown> = done.then(
        () => pending.delete(settled),
        () => pending.delete(settled),
      );
      pending.add(settled);
      return done;
    };
  onTestFinished(async () => {
    do {
      await Promise.all(pending);
      await new Promise((resolve) => void setImmediate(resolve));
    } while (pending.size > 0);
  });
  const { read, readOwn, write, kind, realpath, makeFolder } = files;
  return {
    ...files,
    read: tracked(read),
    readOwn: tracked(readOwn),
    write: tracked(write),
    kind: tracked(kind),
    realpath: tracked(realpath),
    makeFolder: tracked(makeFolder),
  };
}

/** A project with a compose file, an engine that exists only here, and a Compose that prints what the test says. */
function project(more: { apps?: Partial<App>[]; required?: boolean; services?: string[] } = {}) {
  const root = folderWith({ "compose.yml": "services: {}\n" });
  const clock = virtualClock();
  const engine = simulatedEngine();
  const environment = { ...plain, cwd: root, home: root, shell: { DEVPM_HOME: path.join(root, ".state") } };
  const here = {
    /** What `compose config` prints. */
    config: { name: "market", services: { db: DB } as Record<string, object> },
    result: {} as Partial<CommandResult>,
    compose: true,
    reachable: true,
    exchange: { ok: false, why: "ECONNREFUSED" } as object,
    /** What `compose config --hash` prints. */
    hash: "1",
    asked: [] as string[],
    /** The files that Compose was last asked about. */
    files: [] as string[],
    /** What is to be called when a file is saved. */
    watched: new Map<string, () => void>(),
  };
  const request = {
    files: [path.join(root, "compose.yml")],
    services: more.services ?? null,
    required: more.required ?? true,
    timeoutMs: 60_000,
  };
  const apps = more.apps ?? [
    { name: "api", cwd: path.join(root, "api"), dependsOn: { apps: [], services: ["db"], tasks: [] } },
  ];
  const of = { ...sampleProject(apps.map((one) => sampleApp(one))), root, infra: request };
  const { processes, ports } = machine();
  const system = {
    environment,
    clock,
    files: { ...filesAtRest(), watch: (file: string, changed: () => void) => void here.watched.set(file, changed) },
    processes,
    ports,
    exchange: () => Promise.resolve(here.exchange),
    docker: {
      connect: () =>
        Promise.resolve(
          here.reachable
            ? { ok: true, engine }
            : { ok: false, attempts: [{ url: "unix:///var/run/docker.sock", source: "usual socket", fault: LOST }] },
        ),
    },
    compose: {
      spelling: () => Promise.resolve("docker compose"),
      fingerprint: () => Promise.resolve("compose 1"),
      read: (file: string) => (existsSync(file) ? readFileSync(file, "utf8") : null),
      run: (args: readonly string[]) => {
        const verb = args.find((word) => ["config", "version", "up", "create"].includes(word)) ?? "";
        here.asked.push(args.includes("--hash") ? "hash" : verb);
        if (verb === "config") here.files = args.filter((_, at) => args[at - 1] === "-f");
        if (!here.compose) return Promise.resolve(null);
        const stdout =
          verb === "version"
            ? "2.40.0"
            : args.includes("--hash")
              ? here.hash && `db ${here.hash}\n`
              : JSON.stringify(here.config);
        const result = verb === "config" && !args.includes("--hash") ? here.result : {};
        return Promise.resolve(commandResult({ stdout, ...result }));
      },
    },
  } as unknown as Parameters<typeof openInfra>[0];
  const events: SessionEvent[] = [];
  const stopping = new AbortController();
  return {
    root,
    clock,
    engine,
    here,
    events,
    stopping,
    instance: instanceOf(root, environment),
    said: () => events.map((event) => ("service" in event ? `${event.event} ${event.service}` : event.event)),
    open: (set: Partial<InfraOptions> = {}) =>
      openInfra(system, of, { emit: (event) => void events.push(event), signal: stopping.signal, ...set }),
  };
}

const code = (outcome: { ok: boolean; diagnostics?: readonly { code: string }[] }): string | undefined =>
  outcome.ok ? undefined : outcome.diagnostics?.[0]?.code;

describe("a check", () => {
  test("reads the file and the engine once, however many ask, and starts nothing", async () => {
    const { open, clock, here, engine, events } = project();
    const infra = open();
    const [first, second] = await clock.run(Promise.all([infra.check(), infra.check()]));
    expect(first).toEqual(second);
    expect(first).toMatchObject({ ok: true, value: { services: [{ service: "db", state: "missing" }] } });
    expect(here.asked.toSorted((a, b) => a.localeCompare(b))).toEqual(["config", "hash", "version"]);
    expect(engine.calls.filter((call) => call.startsWith("start"))).toEqual([]);
    expect(events.filter(({ event }) => event === "infra.checked")).toHaveLength(1);
  });

  test("asks Compose again only where something that it reads has changed", async () => {
    const one = project();
    await one.clock.run(one.open().check());
    const asked = one.here.asked.length;
    await one.clock.run(one.open().check());
    expect(one.here.asked).toHaveLength(asked);
    writeFileSync(path.join(one.root, ".env"), "A=1\n");
    await one.clock.run(one.open().check());
    expect(one.here.asked.length).toBeGreaterThan(asked);
  });

  test("does not need the place where it remembers that", async () => {
    const { open, clock, instance } = project();
    // a file where the folder would be
    mkdirSync(path.dirname(instance.cache), { recursive: true });
    writeFileSync(instance.cache, "");
    expect(await clock.run(open().check())).toMatchObject({ ok: true });
  });

  test("takes a half-written memory for none", async () => {
    const { open, clock, instance, here } = project();
    mkdirSync(instance.cache, { recursive: true });
    writeFileSync(path.join(instance.cache, "compose.json"), '{"key":');
    expect(await clock.run(open().check())).toMatchObject({ ok: true });
    expect(here.asked).toContain("config");
  });

  test.each([
    [
      "that Compose refuses",
      { exitCode: 15, stderr: "services.db Additional property imag is not allowed" },
      "DEVPM_COMPOSE_INVALID",
    ],
    ["that Compose never ends reading", { timedOut: true, exitCode: null }, "DEVPM_COMPOSE_INVALID"],
  ] as [string, Partial<CommandResult>, string][])("of a file %s fails with its words", async (_, result, expected) => {
    const { open, clock, here, engine } = project();
    here.result = result;
    const outcome = await clock.run(open().check());
    expect(code(outcome)).toBe(expected);
    expect(JSON.stringify(outcome)).toContain(result.stderr ?? "did not end within 20 s");
    // an engine that is not needed is let go
    expect(engine.calls).toContain("close");
  });

  test("names a service that is asked for and not in the file", async () => {
    const { open, clock } = project({ services: ["db", "cahce"] });
    const outcome = await clock.run(open().check());
    expect(code(outcome)).toBe("DEVPM_SERVICE_UNKNOWN");
    expect(JSON.stringify(outcome)).toContain("cahce");
  });

  test("of a project without infra asks nothing and has nothing", async () => {
    const { signal } = new AbortController();
    // no part of the system: it asks none
    const infra = await infraOf({} as never, sampleProject([]), { emit: () => {}, signal });
    expect(await infra.check()).toEqual({ ok: true, value: { ms: 0, services: [], leftOut: [] } });
    expect(await infra.up()).toEqual({ ok: true, value: undefined });
    expect(await infra.ready("db")).toEqual({ ok: true, value: undefined });
    expect([await infra.stop(), await infra.remove()]).toEqual([
      { ok: true, value: [] },
      { ok: true, value: [] },
    ]);
    expect([infra.statuses(), infra.containerId("db"), infra.own()]).toEqual([[], null, { moved: [] }]);
    infra.watch();
    infra.close();
  });
});

describe("a machine that cannot run the services", () => {
  test.each([
    ["without an engine", (here: ReturnType<typeof project>["here"]) => (here.reachable = false), "DEVPM_ENGINE_DOWN"],
    ["without Compose", (here: ReturnType<typeof project>["here"]) => (here.compose = false), "DEVPM_COMPOSE_MISSING"],
  ])("%s fails where they are required, and is a fact where they are not", async (_, lacks, expected) => {
    const needed = project();
    lacks(needed.here);
    expect(code(await needed.clock.run(needed.open().check()))).toBe(expected);
    const optional = project({ required: false });
    lacks(optional.here);
    const infra = optional.open();
    const checked = await optional.clock.run(infra.check());
    expect(checked).toMatchObject({ ok: true, value: { services: [], absent: { reason: expect.any(String) } } });
    expect(optional.events).toMatchObject([{ event: "infra.absent" }]);
    // what waits for a service does not wait for one that cannot come
    expect(await optional.clock.run(infra.ready("db"))).toEqual({ ok: true, value: undefined });
    expect(await optional.clock.run(infra.up())).toEqual({ ok: true, value: undefined });
    await infra.recovered("db");
  });

  test("whose engine answers a greeting and then nothing is the same", async () => {
    const { open, clock, engine } = project();
    engine.fail(LOST);
    expect(code(await clock.run(open().check()))).toBe("DEVPM_ENGINE_DOWN");
    expect(engine.calls).toContain("close");
  });

  test("without Compose runs what containers of before say about themselves", async () => {
    const { open, clock, engine, here, root } = project();
    here.compose = false;
    engine.containers = () =>
      Promise.resolve({
        ok: true,
        value: [
          summary({
            id: "id-db",
            state: "exited",
            labels: {
              [LABELS.project]: "market",
              [LABELS.service]: "db",
              [LABELS.folder]: root,
              [LABELS.files]: path.join(root, "compose.yml"),
            },
          }),
        ],
      });
    engine.set("db", { state: "exited" });
    expect(await clock.run(open().check())).toMatchObject({ ok: true, value: { services: [{ service: "db" }] } });
  });
});

describe("containers of the same name", () => {
  const made = (folder: string) =>
    summary({
      id: "id-db",
      state: "running",
      labels: { [LABELS.project]: "market", [LABELS.service]: "db", [LABELS.folder]: folder },
    });

  test("that another folder's project made are not taken", async () => {
    const { open, clock, engine } = project();
    const other = folderWith({});
    engine.set("db", { state: "running" });
    engine.containers = () => Promise.resolve({ ok: true, value: [made(other)] });
    const outcome = await clock.run(open().check());
    expect(code(outcome)).toBe("DEVPM_COMPOSE_NAME_TAKEN");
    expect(JSON.stringify(outcome)).toContain(other);
  });

  test("that a folder made which is gone are taken over, and that is said", async () => {
    const { open, clock, engine, events } = project();
    engine.set("db", { state: "running" });
    engine.containers = () => Promise.resolve({ ok: true, value: [made("/gone/market")] });
    expect(await clock.run(open().check())).toMatchObject({ ok: true });
    expect(JSON.stringify(events)).toContain("/gone/market");
  });

  test("on another machine prove nothing by their folder", async () => {
    const { open, clock, engine } = project();
    engine.set("db", { state: "running" });
    Object.assign(engine.endpoint, { remote: true });
    engine.containers = () => Promise.resolve({ ok: true, value: [made(folderWith({}))] });
    expect(await clock.run(open().check())).toMatchObject({ ok: true });
  });
});

describe("a start", () => {
  test("starts what is stopped, once, and reports when it is usable", async () => {
    const { open, clock, engine, here, said } = project();
    engine.set("db", { state: "exited", exitCode: 0 });
    here.exchange = { ok: true, bytes: Buffer.from("S") };
    const infra = open();
    const [up, ready] = await clock.run(Promise.all([infra.up(), infra.ready("db"), infra.up()]));
    expect([up.ok, ready.ok]).toEqual([true, true]);
    expect(engine.calls.filter((call) => call === "start db")).toHaveLength(1);
    await clock.pass(1_000);
    expect(said()).toContain("infra.started db");
    // what is not among the services is nothing to wait for
    expect(await clock.run(infra.ready("other"))).toEqual({ ok: true, value: undefined });
    expect(infra.containerId("db")).toBe("id-db");
    expect(infra.references().db?.port(5432)).toBe(5432);
    infra.close();
  });

  test("that the engine refuses fails with the reason", async () => {
    const { open, clock, engine } = project();
    engine.set("db", { state: "exited", exitCode: 0 });
    engine.on.set("start db", () => ({ kind: "answered", detail: "no space left on device", status: 500 }));
    const infra = open();
    const up = await clock.run(infra.up());
    expect(up.ok).toBe(false);
    expect(JSON.stringify(up)).toContain("no space left on device");
    infra.close();
  });

  test("that could not check starts nothing", async () => {
    const { open, clock, here, engine } = project();
    here.reachable = false;
    const infra = open();
    expect((await clock.run(infra.up())).ok).toBe(false);
    expect((await clock.run(infra.ready("db"))).ok).toBe(false);
    expect((await clock.run(infra.stop())).ok).toBe(false);
    expect((await clock.run(infra.remove())).ok).toBe(false);
    expect((await clock.run(infra.logs("db", logOptions(), () => {}))).ok).toBe(false);
    expect(engine.calls).toEqual([]);
  });
});

describe("what runs already", () => {
  async function running(prepare: (here: ReturnType<typeof project>["here"]) => void = () => {}) {
    const one = project();
    prepare(one.here);
    one.engine.set("db", { state: "running" });
    one.engine.log = ["starting", "ready to accept connections"];
    const infra = one.open();
    await one.clock.run(infra.check());
    return { ...one, infra };
  }

  test("is stopped with its data kept, and that is all that was stopped", async () => {
    const { infra, clock, engine } = await running();
    expect(await clock.run(infra.stop())).toEqual({ ok: true, value: ["db"] });
    expect(engine.calls).toContain("stop db");
  });

  test("has its log; a service without a container has none", async () => {
    const { infra, clock, engine } = await running();
    const lines: string[] = [];
    await clock.run(infra.logs("db", logOptions(1), ({ line }) => lines.push(line)));
    expect(lines).toEqual(["ready to accept connections"]);
    engine.remove("db");
    await clock.run(infra.logs("cache", logOptions(), ({ line }) => lines.push(line)));
    expect(lines).toHaveLength(1);
  });

  /** A session with a container that was made from the file as it was. */
  async function following(prepare?: Parameters<typeof running>[0]) {
    const one = await running(prepare);
    const { here, clock, engine, infra, root, events } = one;
    engine.labels = { [LABELS.hash]: "1", [LABELS.version]: "2.40.0" };
    await clock.run(infra.up());
    infra.watch();
    await clock.pass(100);
    events.length = 0;
    const file = path.join(root, "compose.yml");
    return {
      ...one,
      file,
      notices: () => events.flatMap((event) => (event.event === "notice" ? [event.text] : [])),
      async save(text: string, saved = file) {
        writeFileSync(saved, text);
        here.watched.get(saved)?.();
        await clock.pass(200);
      },
    };
  }

  const CHANGED = "db: its definition in the compose file has changed; to apply it: docker compose up -d db";

  test("is told of a saved file: what it changes in its container, once, and the command that applies it", async () => {
    const { infra, here, engine, clock, save, notices, events } = await following();
    here.hash = "2";
    await save("services: {} # 2");
    expect(notices()).toEqual([CHANGED]);
    expect(infra.statuses()).toMatchObject([{ service: "db", state: "running", drift: true }]);
    expect(events).toContainEqual(expect.objectContaining({ event: "infra.changed" }));
    await save("services: {} # a comment");
    expect(notices()).toHaveLength(1);

    // the command was run
    engine.labels[LABELS.hash] = "2";
    engine.event("start");
    await clock.pass(100);
    expect(infra.statuses()).toMatchObject([{ drift: false, reason: null }]);
    here.hash = "3";
    await save("services: {} # 3");
    expect(notices()).toEqual([CHANGED, CHANGED]);
    expect(engine.calls.filter((call) => /^(start|stop)/.test(call))).toEqual([]);
    infra.close();
  });

  test("is told of what the .env that is made during the session changes", async () => {
    const { infra, here, file, save, notices } = await following();
    here.hash = "2";
    await save("TAG=18", path.join(path.dirname(file), ".env"));
    expect(notices()).toEqual([CHANGED]);
    infra.close();
  });

  test("is told of what an override file changes that first appears, then of its saves, and once it is gone", async () => {
    const { infra, here, engine, clock, file, save, notices, root } = await following();
    const override = path.join(path.dirname(file), "compose.override.yml");
    const more = path.join(root, "more.yml");
    writeFileSync(more, "services: {}");
    here.hash = "2";
    await save("include: [more.yml]", override);
    expect(notices()).toEqual([CHANGED]);
    expect(here.files).toEqual([file, override]);
    engine.labels[LABELS.hash] = "2";
    here.hash = "3";
    await save("services: {} # 3", more);
    expect(notices()).toEqual([CHANGED, CHANGED]);
    here.hash = "1";
    rmSync(override);
    here.watched.get(override)?.();
    await clock.pass(200);
    expect(notices()).toEqual([CHANGED, CHANGED, CHANGED]);
    expect(here.files).toEqual([file]);
    infra.close();
  });

  test("is told of what a saved env_file changes, which Compose does not hash", async () => {
    const { infra, here, save, notices } = await following((one) => {
      one.config.services.db = { ...DB, environment: { TZ: "UTC" } };
      one.hash = "";
    });
    await save("services: {} # a comment");
    expect(notices()).toEqual([]);
    here.config.services.db = { ...DB, environment: { TZ: "CET" } };
    await save("services: {} # env_file");
    await save("services: {} # once");
    const changed = "db: what it is made with has changed; to apply it: docker compose up -d db";
    expect(notices()).toEqual([changed]);
    // changed back it is what the container has
    here.config.services.db = { ...DB, environment: { TZ: "UTC" } };
    await save("services: {} # back");
    expect(notices()).toEqual([changed]);
    here.config.services.db = { ...DB, environment: { TZ: "PST" } };
    await save("services: {} # again");
    expect(notices()).toEqual([changed, changed]);
    infra.close();
  });

  test("is told of services that come with the next session, and of a file that cannot be used", async () => {
    const { infra, here, save, notices } = await following();
    here.config.services.cache = { image: "redis:8" };
    await save("services: {} # cache");
    await save("services: {} # once");
    expect(notices()).toEqual(["takes effect at the next devpm dev: the service cache is new"]);
    here.result = { exitCode: 15, stderr: "services.db Additional property imag is not allowed" };
    await save("services: ? ");
    expect(notices().slice(1)).toEqual([
      "compose.yml cannot be used: services.db Additional property imag is not allowed; the containers run as they were made",
    ]);
    here.result = {};
    here.hash = "2";
    delete here.config.services.cache;
    await save("services: {} # mended");
    expect(notices().slice(2)).toEqual([CHANGED]);
    infra.close();
  });

  test("is followed: what ends is reported, and what comes back too", async () => {
    const { infra, clock, engine, said } = await running();
    await clock.run(infra.up());
    infra.watch();
    await clock.pass(100);
    engine.set("db", { state: "exited", exitCode: 1 });
    await clock.pass(5_000);
    expect(said()).toContain("infra.failed db");
    expect(infra.statuses()).toMatchObject([{ service: "db", state: "stopped" }]);
    engine.set("db", { state: "running" });
    await clock.pass(5_000);
    expect(said()).toContain("infra.recovered db");
    infra.close();
  });
});
