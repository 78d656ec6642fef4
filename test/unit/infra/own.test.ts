import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { emptyAllocation, readAllocation, writeAllocation } from "../../../src/checkout/allocation.ts";
import { claimNumber, moveClaims, numberOwner, releaseCheckoutClaims } from "../../../src/checkout/claims.ts";
import type { InfraContext } from "../../../src/infra/context.ts";
import { databaseMaker } from "../../../src/infra/own/database-maker.ts";
import { openOwned } from "../../../src/infra/own/owned.ts";
import { LABELS } from "../../../src/infra/observation.ts";
import { dropOwned } from "../../../src/infra/own/drop.ts";
import { overrideFile, ownProject } from "../../../src/infra/own/own-project.ts";
import { claimAtServer, releaseAtServer } from "../../../src/infra/own/numbered.ts";
import { dropOwn, makeDatabase } from "../../../src/infra/own/postgres.ts";
import { sharedName, withoutHashes } from "../../../src/infra/own/shared-project.ts";
import { ownName, redisNumbers } from "../../../src/infra/own/stores.ts";
import { instanceOf } from "../../../src/model/instance.ts";
import type { Isolation, Project } from "../../../src/model/project.ts";
import { folderWith, outside } from "../config/outside.ts";
import { sampleProject } from "../plan/sample.ts";

const isolation = (name: string, main: string | null = null): Isolation => ({
  ...{ name, branch: null, folder: "/t", main, moved: [], containers: false },
});

test("a database's own name keeps the configuration's, and is one that Postgres keeps whole", () => {
  expect(ownName("market", isolation("feature-login"))).toBe("market_feature_login");
  const long = ["x".repeat(63), "y".repeat(63), "größe".repeat(12)].map((name) =>
    ownName(name, isolation("feature-login")),
  );
  expect(new Set(long).size).toBe(3);
  for (const name of long) expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63);
  expect(ownName("a", isolation("one"))).not.toBe(ownName("a", isolation("two")));
});

test("numbered databases: kept, never another checkout's, and none where all are taken", async () => {
  const others = new Set([14, 13]);
  const numbers = redisNumbers({ "cache:0": 6 }, (_, number) => Promise.resolve(!others.has(number)));
  expect(numbers.own("cache", "0")).toBeNull();
  // of several at once each gets one of its own
  await Promise.all([numbers.take("cache", ["0"]), numbers.take("cache", ["1"]), numbers.take("cache", ["2", "1"])]);
  expect(["0", "1", "2"].map((one) => numbers.own("cache", one))).toEqual(["6", "12", "11"]);
  expect(numbers.given()).toEqual({ "cache:0": 6, "cache:1": 12, "cache:2": 11 });
  // what main uses is low, and tests use the last
  const many = redisNumbers({}, () => Promise.resolve(true));
  const names = Array.from({ length: 15 }, (_, at) => `${at + 100}`);
  await many.take("cache", names);
  const order = names.map((one) => many.own("cache", one));
  expect(order).toEqual(["14", "13", "12", "11", "10", "9", "8", "7", "6", "5", "4", "3", "2", "15", null]);
  // another server has numbers of its own, and one that lost its number takes another
  await many.take("queue", ["0"]);
  expect(many.own("queue", "0")).toBe("14");
  const lost = redisNumbers({ "cache:0": 13 }, (_, number) => Promise.resolve(!others.has(number)));
  await lost.take("cache", ["0"]);
  expect(lost.own("cache", "0")).toBe("12");
});

test("ten checkouts that start at the same moment never take the same number", async () => {
  const base = folderWith({});
  const system = outside(base);
  const roots = Array.from({ length: 10 }, (_, at) => path.join(base, `t${at}`));
  const got = await Promise.all(
    roots.map(async (root) => {
      const numbers = redisNumbers({}, (service, number) => claimNumber(system, service, number, { root }));
      await numbers.take("cache", ["0"]);
      return numbers.own("cache", "0");
    }),
  );
  expect(new Set(got).size).toBe(10);
  expect(await numberOwner(system, "cache", Number(got[3]))).toBe(roots[3]);
  await releaseCheckoutClaims(system, roots[3]!);
  expect(await numberOwner(system, "cache", Number(got[3]))).toBeNull();
  await moveClaims(system, roots[4]!, { root: "/moved" });
  expect(await numberOwner(system, "cache", Number(got[4]))).toBe("/moved");
});

/** A Postgres of which a test says what it answers to what. */
function container(answers: (statement: string) => [exitCode: number, output: string] | undefined) {
  const asked: string[] = [];
  const exec = (_: string, argv: readonly string[], env: readonly string[]) => {
    const statement =
      argv[0] === "psql"
        ? argv.filter((_word, at) => argv[at - 1] === "-c").join("; ")
        : `copy ${argv.slice(4).join(" ")}`;
    asked.push(statement);
    const [exitCode, output] = answers(statement) ?? [0, ""];
    expect(env).toEqual(["PGUSER=ana", "PGPASSWORD=pw"]);
    return Promise.resolve({ ok: true as const, value: { exitCode, output } });
  };
  return { asked, at: { engine: { exec }, id: "c", env: { POSTGRES_USER: "ana", POSTGRES_PASSWORD: "pw" } } };
}

const wish = (from: string, to: string) => ({ from, to, root: "/t" });

const owned = (statement: string): [number, string] | undefined =>
  statement.startsWith("SELECT pg_get_userbyid") ? [0, "shop"] : undefined;

/** How a database is called until it is whole. */
const UNFINISHED = /devpm_[0-9a-f]{16}_[0-9a-f]{8}/g;
const plain = (asked: readonly string[]): string[] => asked.map((one) => one.replaceAll(UNFINISHED, "NEW"));

test("one that is there is left as it is; a free one is a template, with its owner; names are quoted", async () => {
  const there = container(() => [0, "74|made by devpm for /t alone"]);
  expect(await makeDatabase(there.at, wish("shop", "shop_x"))).toMatchObject({ ok: true, made: "there" });
  expect(there.asked).toHaveLength(1);
  const free = container(owned);
  expect(await makeDatabase(free.at, wish(`sh"op`, "it's"))).toMatchObject({ ok: true, made: "template" });
  expect(plain(free.asked).slice(2, 4)).toEqual([
    `CREATE DATABASE "NEW" TEMPLATE "sh""op" OWNER "shop" STRATEGY file_copy; COMMENT ON DATABASE "NEW" IS 'made by devpm for /t alone'`,
    `ALTER DATABASE "NEW" RENAME TO "it's"`,
  ]);
  expect(free.asked[0]).toContain("'it''s'");
});

test("a Postgres that has only one way to copy is asked without its name", async () => {
  const old = container((statement) =>
    statement.includes("STRATEGY") ? [1, 'option "strategy" not recognized'] : owned(statement),
  );
  expect(await makeDatabase(old.at, wish("shop", "shop_x"))).toMatchObject({ ok: true, made: "template" });
  expect(plain(old.asked)[3]).toMatch(/^CREATE DATABASE "NEW" TEMPLATE "shop" OWNER "shop"; COMMENT/);
});

const inUse = (statement: string): [number, string] | undefined =>
  statement.includes("TEMPLATE") ? [1, "source database is being accessed by other users"] : owned(statement);

test("one in use is copied, an unknown one is empty, a copy that fails leaves an empty one", async () => {
  const used = container(inUse);
  expect(await makeDatabase(used.at, wish("shop", "shop_x"))).toMatchObject({ ok: true, made: "copy" });
  expect(plain(used.asked).slice(-3, -1)).toEqual([
    "copy /tmp/NEW.dump shop NEW",
    'ALTER DATABASE "NEW" RENAME TO "shop_x"',
  ]);
  expect(await makeDatabase(container(() => undefined).at, wish("shop", "shop_x"))).toMatchObject({
    ok: true,
    made: "empty",
  });
  const broken = container((statement) => (statement.startsWith("copy") ? [1, "disk full"] : inUse(statement)));
  expect(await makeDatabase(broken.at, wish("shop", "shop_x"))).toMatchObject({ ok: true, made: "empty" });
  const statements = plain(broken.asked);
  expect(statements.slice(statements.indexOf('DROP DATABASE IF EXISTS "NEW"')).map((one) => one.slice(0, 21))).toEqual([
    "DROP DATABASE IF EXIS",
    'CREATE DATABASE "NEW"',
    'ALTER DATABASE "NEW" ',
    "SELECT datname FROM p",
  ]);
});

/** A server with databases, each with its comment. */
function server(databases: Record<string, string>, number: string | null = "74") {
  return container((statement) => {
    const isNumbered = statement.includes("pg_control_system");
    if (isNumbered && number === null) return [1, "ERROR:  function pg_control_system() does not exist"];
    const asked = /shobj_description.* WHERE datname = '([^']*)'/.exec(statement)?.[1];
    if (asked !== undefined) return [0, `${isNumbered ? `${number}|` : ""}${databases[asked] ?? ""}`];
    const start = /left\(datname, (\d+)\) = '(.*)'/.exec(statement);
    if (start !== null && Number(start[1]) !== start[2]!.length) return [1, "no such length"];
    if (start !== null)
      return [
        0,
        Object.keys(databases)
          .flatMap((name) => (name.startsWith(start[2]!) ? [name] : []))
          .join("\n"),
      ];
    const [, name = ""] =
      /^(?:CREATE DATABASE|DROP DATABASE IF EXISTS|ALTER DATABASE|COMMENT ON DATABASE) "([^"]+)"/.exec(statement) ?? [];
    if (statement.startsWith("DROP")) delete databases[name];
    if (statement.startsWith("CREATE")) databases[name] = "-";
    const [, of, comment] = /COMMENT ON DATABASE "([^"]+)" IS '(.*)'$/.exec(statement) ?? [];
    if (of !== undefined) databases[of] = comment!;
    const [, to] = /RENAME TO "([^"]+)"/.exec(statement) ?? [];
    if (to !== undefined && databases[to] !== undefined) return [1, `database "${to}" already exists`];
    if (to !== undefined) {
      databases[to] = databases[name]!;
      delete databases[name];
    }
    return undefined;
  });
}

test("whatever a killed maker left does not stand in the way, and is gone after the next one", async () => {
  // a maker that dies after so many answers, and then one that lives
  for (let answers = 0; answers < 8; answers++) {
    const databases: Record<string, string> = {};
    const { at } = server(databases);
    let left = answers;
    const dying = {
      ...at,
      engine: {
        exec: (...given: Parameters<typeof at.engine.exec>) =>
          left-- > 0 ? at.engine.exec(...given) : new Promise<never>(() => {}),
      },
    };
    void makeDatabase(dying, wish("shop", "shop_x"));
    await new Promise((resolve) => setImmediate(resolve));
    // half made: under no name that anything uses, or whole
    expect([undefined, "made by devpm for /t alone"]).toContain(databases.shop_x);
    expect(await makeDatabase(at, wish("shop", "shop_x"))).toMatchObject({ ok: true });
    const again = await makeDatabase(at, wish("shop", "shop_x"));
    expect(again).toMatchObject({ ok: true, made: "there" });
    if (answers < 5) expect(databases).toEqual({ shop_x: "made by devpm for /t alone" });
    expect(await dropOwn(at, { root: "/t", to: "shop_x" })).toEqual({ reason: null, isOther: false });
    expect(databases).toEqual({});
  }
});

test("one that is not this checkout's is refused, left as it is, and not dropped", async () => {
  for (const found of ["-", "the shop's own tests", "made by devpm for /other alone"]) {
    const databases = { shop_test: found };
    const foreign = server(databases);
    expect(await makeDatabase(foreign.at, wish("shop", "shop_test"))).toMatchObject({ ok: false });
    expect(foreign.asked).toHaveLength(1);
    expect(await dropOwn(foreign.at, { root: "/t", to: "shop_test" })).toEqual({ reason: null, isOther: true });
    expect(databases).toEqual({ shop_test: found });
  }
  const moved = await makeDatabase(server({ shop_x: "made by devpm for /old tree alone" }).at, wish("shop", "shop_x"));
  expect(moved).toMatchObject({ reason: expect.stringContaining("made for /old tree; `devpm down --forget`") });
});

test("one that the checkout's own tools dropped and made again is still its own", async () => {
  const databases = { shop_x: "-" };
  const had = { ...wish("shop", "shop_x"), hadIn: "74" };
  expect(await makeDatabase(server(databases).at, had)).toEqual({ ok: true, made: "there", server: "74" });
  expect(databases).toEqual({ shop_x: "made by devpm for /t alone" });
  const again = { shop_x: "-" };
  expect(await dropOwn(server(again).at, had)).toEqual({ reason: null, isOther: false });
  expect(again).toEqual({});
  expect(await makeDatabase(server({ shop_x: "made by devpm for /u alone" }).at, had)).toMatchObject({ ok: false });
});

test("one of its name in a server that was made since is not, nor where servers have no number", async () => {
  for (const [number, hadIn] of [
    ["75", "74"],
    [null, null],
  ] as const) {
    const databases = { shop_x: "-" };
    const had = { ...wish("shop", "shop_x"), hadIn };
    expect(await makeDatabase(server(databases, number).at, had)).toMatchObject({ ok: false });
    expect(await dropOwn(server(databases, number).at, had)).toEqual({ reason: null, isOther: true });
    expect(databases).toEqual({ shop_x: "-" });
    // what is marked is its own anywhere
    const marked = { shop_x: "made by devpm for /t alone" };
    expect(await makeDatabase(server(marked, number).at, had)).toEqual({ ok: true, made: "there", server: number });
    expect(await dropOwn(server(marked, number).at, had)).toEqual({ reason: null, isOther: false });
    expect(marked).toEqual({});
  }
});

test("one that was made where the worktree was before is its own, and is marked so", async () => {
  const databases = { shop_x: "made by devpm for /old alone" };
  const moved = { ...wish("shop", "shop_x"), formerly: ["/older", "/old"] };
  expect(await makeDatabase(server(databases).at, moved)).toMatchObject({ ok: true, made: "there" });
  expect(databases).toEqual({ shop_x: "made by devpm for /t alone" });
});

test("two that make it at once both have it; a refusal is a sentence", async () => {
  const databases: Record<string, string> = {};
  const { at } = server(databases);
  const both = await Promise.all([makeDatabase(at, wish("shop", "x")), makeDatabase(at, wish("shop", "x"))]);
  expect(both.map(({ ok }) => ok)).toEqual([true, true]);
  expect(databases).toEqual({ x: "made by devpm for /t alone" });
  const denied = container((statement) =>
    statement.startsWith("CREATE") ? [1, "permission denied"] : owned(statement),
  );
  expect(await makeDatabase(denied.at, wish("shop", "x"))).toEqual({ ok: false, reason: "permission denied" });
  expect(await dropOwn(container(() => [1, "no"]).at, { root: "/t", to: "x" })).toEqual({
    reason: "no",
    isOther: false,
  });
});

/** A server's container whose shell is this machine's. `programs`: a folder with what it has besides. */
const shellHere = (programs = "", env: Record<string, string> = {}) => ({
  ...{ id: "c", env },
  engine: {
    exec: (_id: string, [program = "", ...args]: readonly string[], variables: readonly string[]) => {
      const own = Object.fromEntries(variables.map((one) => one.split("=")));
      const all = { ...process.env, ...own, PATH: `${programs}:${process.env.PATH}` };
      const { status, stdout } = spawnSync(program, args, { encoding: "utf8", env: all });
      return Promise.resolve({ ok: true as const, value: { exitCode: status ?? -1, output: stdout } });
    },
  },
});
/** A redis-cli that answers the question for the folder of the server's data. */
function redisIn(base: string, prints: string): string {
  const programs = mkdtempSync(path.join(base, "bin-"));
  writeFileSync(path.join(programs, "redis-cli"), `#!/bin/sh\n${prints}\n`, { mode: 0o755 });
  return programs;
}

test("a numbered database is taken at its server, where every machine and user that shares it sees that", async () => {
  const data = folderWith({});
  const here = shellHere(redisIn(folderWith({}), `printf 'dir\\n%s\\n' '${data}'`));
  const claim = (number: number, owner: string, formerly: string[] = []) =>
    claimAtServer(here, { number, owner, formerly });
  expect(await claim(14, "ana:/t/it's one")).toBe(true);
  expect(await claim(14, "ben:/t/it's one")).toBe(false);
  expect(await claim(14, "ana:/t/it's one")).toBe(true);
  expect(await claim(13, "ben:/t/it's one")).toBe(true);
  // it was moved
  expect(await claim(14, "ana:/t/two", ["ana:/t/it's one"])).toBe(true);
  expect(await claim(14, "ana:/t/it's one")).toBe(false);
  // only its owner gives it back
  await releaseAtServer(here, { number: 14, owner: "ben:/t/it's one" });
  expect(await claim(14, "cleo:/t")).toBe(false);
  await releaseAtServer(here, { number: 14, owner: "ana:/t/two" });
  expect(await claim(14, "cleo:/t")).toBe(true);
  expect(readdirSync(path.join(data, "devpm-databases")).toSorted()).toEqual(["13", "14"]);
  // nothing can be written there: what this machine knows has to do
  const full = folderWith({ "devpm-databases": "a file" });
  const unable = shellHere(redisIn(folderWith({}), `printf 'dir\\n%s\\n' '${full}'`));
  expect(await claimAtServer(unable, { number: 12, owner: "ana:/t" })).toBe(true);
  expect(await claimAtServer(unable, { number: 12, owner: "ben:/t" })).toBe(true);
});

test("a claim stands beside the server's data: a container that is made again with these still has it", async () => {
  const base = folderWith({ "data/dump.rdb": "" });
  const data = path.join(base, "data");
  const asked = `[ "$REDISCLI_AUTH $*" = "pw CONFIG GET dir" ] && printf 'dir\\n%s\\n' '${data}'`;
  const named = shellHere(redisIn(base, asked), { REDIS_PASSWORD: "pw" });
  expect(await claimAtServer(named, { number: 14, owner: "ana:/t" })).toBe(true);
  expect(readdirSync(path.join(data, "devpm-databases"))).toEqual(["14"]);
  expect(await claimAtServer(named, { number: 14, owner: "ben:/t" })).toBe(false);
  await releaseAtServer(named, { number: 14, owner: "ana:/t" });
  expect(readdirSync(path.join(data, "devpm-databases"))).toEqual([]);
  // one that does not say where
  const mute = shellHere(redisIn(base, "echo NOAUTH Authentication required."));
  const claim = { number: path.basename(base), owner: "ana:/t" };
  expect(await claimAtServer(mute, claim)).toBe(true);
  expect(await claimAtServer(mute, { ...claim, owner: "ben:/t" })).toBe(false);
  await releaseAtServer(mute, claim);
  expect(await claimAtServer(mute, { ...claim, owner: "ben:/t" })).toBe(true);
  await releaseAtServer(mute, { ...claim, owner: "ben:/t" });
});

function shared(main: Record<string, string>, compose: string, shell: Record<string, string> = {}) {
  const base = folderWith({ "Tree One/compose.yml": compose, ...main });
  mkdirSync(path.join(base, "My Shop"), { recursive: true });
  writeFileSync(path.join(base, "My Shop/compose.yml"), compose);
  const root = path.join(base, "Tree One");
  const project: Project = { ...sampleProject([]), root, isolation: isolation("t", path.join(base, "My Shop")) };
  return sharedName(outside(base, shell), project, [path.join(root, "compose.yml")]);
}

test("the containers are those of the main checkout's compose project, by whatever names it", async () => {
  expect(await shared({}, "services: {}\n")).toBe("myshop");
  expect(await shared({ "My Shop/.env": "COMPOSE_PROJECT_NAME=shop\n" }, "services: {}\n")).toBe("shop");
  expect(await shared({}, "name: named\nservices: {}\n")).toBeNull();
  expect(await shared({}, '{"name": "named", "services": {}}')).toBeNull();
  expect(await shared({}, '{"services": {"name": {}}}')).toBe("myshop");
  expect(await shared({}, "services: {}\nvolumes:\n  data:\n    name: x\n")).toBe("myshop");
  expect(await shared({}, "services: {}\n", { COMPOSE_PROJECT_NAME: "shell" })).toBeNull();
});

test("a definition that is shared is never compared: its paths are another checkout's", () => {
  const definition = { name: "n", folder: "/f", files: [], from: "compose" as const, version: "2", services: [] };
  const service = { service: "s", image: null, build: null, platform: null, pullPolicy: null, hash: "h", ports: [] };
  const one = { ...service, dependsOn: [], mounts: [], environment: {} };
  expect(withoutHashes({ ...definition, services: [one] }).services[0]?.hash).toBeNull();
});

/** A checkout that shares a Redis, which answers `redis-cli` with what the test puts in. */
async function sharingRedis(root: string, size: string, others: readonly string[] = []) {
  const asked: string[] = [];
  const engine = {
    endpoint: { host: "localhost" },
    exec: (_id: string, argv: readonly string[]) => {
      const [number = "", owner = ""] = argv.slice(-2);
      if (argv[0] === "sh")
        return Promise.resolve({
          ok: true,
          value: { exitCode: 0, output: others.includes(number) ? "/other" : owner },
        });
      asked.push(argv.join(" "));
      return Promise.resolve({ ok: true, value: { exitCode: 0, output: size } });
    },
  };
  const system = outside(root, { DEVPM_HOME: path.join(root, ".state") });
  const instance = instanceOf(root, system.environment);
  const services = [
    { service: "cache", image: "redis:8", ports: [], environment: {} },
    { service: "graph", image: "neo4j:5", ports: [{ container: 7687, host: 7000 }], environment: {} },
  ];
  const context = {
    system,
    engine,
    definition: { name: "shop", services },
    services: ["cache", "graph"],
    containers: { snapshot: () => new Map([["cache", { container: { id: "c", ports: [] }, details: { env: {} } }]]) },
    project: { ...sampleProject([]), root, isolation: isolation("t") },
  } as unknown as InfraContext;
  // as a start does
  if ((await readAllocation(system, instance)) === null) await writeAllocation(system, instance, emptyAllocation(root));
  const own = await openOwned(context);
  const { stores = [], sharedServers } = own!.references();
  await stores[0]!.take!(["0"]);
  const number = stores[0]!.own("0") ?? "";
  const lines = await own!.make([{ service: "cache", from: "0", to: number }]);
  return { system, asked, lines, sharedServers, kept: await readAllocation(system, instance) };
}

test("a numbered database that is empty is the checkout's to empty; one that holds data is not, also later", async () => {
  const empty = await sharingRedis(folderWith({}), "0\n");
  expect(empty).toMatchObject({ asked: ["redis-cli -n 14 DBSIZE"], lines: [] });
  expect(empty.sharedServers).toContain("localhost:7000");
  expect(empty.kept).toMatchObject({ redis: { "cache:0": 14 }, databases: [{ name: "14", numbered: true }] });
  const root = folderWith({});
  for (const size of ["3", "10", "NOAUTH Authentication required."]) {
    const full = await sharingRedis(root, size);
    expect(full.lines).toEqual([
      "cache: database 14 may hold data of others, so `devpm down --forget` does not empty it",
    ]);
    expect(full.kept).toMatchObject({ redis: { "cache:0": 14 }, databases: [{ name: "14", unsure: true }] });
  }
  // another machine, or another user of this one, has the first two
  const elsewhere = await sharingRedis(folderWith({}), "0", ["14", "13"]);
  expect(elsewhere.kept).toMatchObject({ redis: { "cache:0": 12 }, databases: [{ name: "12" }] });
  expect(await numberOwner(elsewhere.system, "/shop/cache", 14)).toBeNull();
  const again = folderWith({});
  await sharingRedis(again, "0");
  expect(await sharingRedis(again, "3")).toMatchObject({ asked: [], kept: { databases: [{ name: "14" }] } });
});

test("a database that could not be noted, as on a full disk, is made at the next try", async () => {
  const root = folderWith({});
  const system = outside(root);
  const instance = instanceOf(root, system.environment);
  let isFull = true;
  const write: typeof system.files.write = (...given) =>
    isFull ? Promise.reject(new Error("no space left on device")) : system.files.write(...given);
  const context = {
    system: { ...system, files: { ...system.files, write } },
    engine: { exec: () => Promise.resolve({ ok: true, value: { exitCode: 0, output: "0" } }) },
    definition: { name: "shop", services: [{ service: "cache", image: "redis:8", ports: [], environment: {} }] },
    containers: { snapshot: () => new Map([["cache", { container: { id: "c" }, details: { env: {} } }]]) },
    project: { ...sampleProject([]), root },
  } as unknown as InfraContext;
  const make = databaseMaker(
    context,
    null,
    redisNumbers({ "cache:0": 14 }, () => Promise.resolve(true)),
  );
  const database = { service: "cache", from: "0", to: "14" };
  await expect(make(database)).rejects.toThrow("no space left");
  isFull = false;
  expect(await make(database)).toEqual([]);
  expect(await readAllocation(system, instance)).toMatchObject({ databases: [{ name: "14", numbered: true }] });
});

test("a compose project is removed with its volumes where all of it was made for the checkout", async () => {
  const root = folderWith({});
  const system = outside(root, { DEVPM_HOME: path.join(root, ".state") });
  const own = `/p/compose.yml,${overrideFile(instanceOf(root, system.environment))}`;
  const drop = async (...files: string[]) => {
    const ran: string[] = [];
    const found = files.map((one) => ({ labels: { [LABELS.files]: one } }));
    const containers = () => Promise.resolve({ ok: true, value: found });
    const engine = { endpoint: { host: "localhost" }, containers, close: () => {} };
    const run = (args: readonly string[]) => (ran.push(args.join(" ")), Promise.resolve({ exitCode: 0 }));
    const docker = { connect: () => Promise.resolve({ ok: true, engine }) };
    const outer = { ...system, docker, compose: { run } } as unknown as Parameters<typeof dropOwned>[0];
    return { ran, ...(await dropOwned(outer, { ...emptyAllocation(root), compose: "shop-test" })) };
  };
  for (const files of [[own, own], []])
    expect(await drop(...files)).toEqual({
      ran: ["--project-name shop-test down --volumes --remove-orphans"],
      dropped: ["the containers of shop-test and their volumes were removed"],
      failures: [],
    });
  expect(await drop(own, "/main/compose.yml")).toEqual({
    ran: [],
    dropped: ["the containers of shop-test were not made for this worktree, and are left"],
    failures: [],
  });
});

test("a Compose that cannot replace ports is refused before anything is written", async () => {
  const started = async (version: string, config: object) => {
    const root = folderWith({ "compose.yml": "services: {}\n" });
    const printed: Record<string, string> = { version, config: JSON.stringify({ name: "shop", ...config }) };
    const run = (args: readonly string[]) =>
      Promise.resolve({ exitCode: 0, stdout: printed[args.find((word) => word in printed) ?? ""] });
    const system = { ...outside(root), compose: { run } } as unknown as Parameters<typeof ownProject>[0];
    const own = await ownProject(
      system,
      { ...sampleProject([]), root },
      { ...isolation("login"), containers: true },
      { files: [path.join(root, "compose.yml")], signal: new AbortController().signal, engine: Promise.resolve(null) },
    );
    const written = await system.files.read(overrideFile(instanceOf(root, system.environment)));
    return [own.ok ? null : own.diagnostics[0]?.code, written !== null];
  };
  const published = { services: { db: { ports: [{ target: 5432, published: "5432" }] } } };
  expect(await started("v2.24.3+ds1-0ubuntu1\n", published)).toEqual(["DEVPM_COMPOSE_OLD", false]);
  expect(await started("1.29", published)).toEqual(["DEVPM_COMPOSE_OLD", false]);
  for (const version of ["2.24.4", "2.26.1-4", "v5.0.0", "dev"])
    expect(await started(version, published)).toEqual([null, true]);
  // without ports or names there is nothing that an old one could not do
  expect(await started("2.0.1", { services: { db: {} } })).toEqual([null, true]);
});

test("a worktree's own compose project is named after the main checkout, or as the file is", async () => {
  const nameOf = async (compose: string, printed: string) => {
    const base = folderWith({ "Shop/compose.yml": compose, "trees/login/compose.yml": compose });
    const root = path.join(base, "trees/login");
    const run = () => Promise.resolve({ exitCode: 0, stdout: JSON.stringify({ name: printed, services: {} }) });
    const system = { ...outside(base, { DEVPM_HOME: path.join(base, ".state") }), compose: { run } };
    const files = [path.join(root, "compose.yml")];
    const own = await ownProject(
      system as unknown as Parameters<typeof ownProject>[0],
      { ...sampleProject([]), root },
      { ...isolation("login", path.join(base, "Shop")), containers: true },
      { files, signal: new AbortController().signal, engine: Promise.resolve(null) },
    );
    return own.ok ? own.value?.name : own.diagnostics;
  };
  expect(await nameOf("services: {}\n", "login")).toBe("shop-login");
  expect(await nameOf("name: named\nservices: {}\n", "named")).toBe("named-login");
});
