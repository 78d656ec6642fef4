import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { emptyAllotment, readAllotment, writeAllotment } from "../../../src/checkout/allotment.ts";
import type { InfraContext } from "../../../src/infra/context.ts";
import { openOwned } from "../../../src/infra/own/owned.ts";
import { LABELS } from "../../../src/infra/observation.ts";
import { dropOwned } from "../../../src/infra/own/drop.ts";
import { overrideFile, ownProject } from "../../../src/infra/own/own-project.ts";
import { dropDatabase, makeDatabase } from "../../../src/infra/own/postgres.ts";
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

test("numbered databases: kept, never another checkout's, and none where all are taken", () => {
  const other = { ...emptyAllotment("/other"), redis: { "cache:0": 14, "cache:1": 13 } };
  const numbers = redisNumbers({ "cache:0": 6 }, [other]);
  expect(numbers.own("cache", "0")).toBe("6");
  expect(numbers.own("cache", "1")).toBe("12");
  expect(numbers.own("cache", "1")).toBe("12");
  expect(numbers.given()).toEqual({ "cache:0": 6, "cache:1": 12 });
  // what main uses is low, and tests use the last
  const many = redisNumbers({}, []);
  const order = Array.from({ length: 15 }, (_, at) => many.own("cache", `${at + 100}`));
  expect(order).toEqual(["14", "13", "12", "11", "10", "9", "8", "7", "6", "5", "4", "3", "2", "15", null]);
  const full = {
    ...emptyAllotment("/full"),
    redis: Object.fromEntries(Array.from({ length: 14 }, (_, at) => [`c:${at}`, at + 2])),
  };
  expect(redisNumbers({}, [full]).own("cache", "0")).toBeNull();
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

test("one that is there is left as it is; a free one is a template, with its owner; names are quoted", async () => {
  const there = container(() => [0, "made by devpm for /t alone"]);
  expect(await makeDatabase(there.at, wish("shop", "shop_x"))).toEqual({ ok: true, made: "there" });
  expect(there.asked).toHaveLength(1);
  const free = container(owned);
  expect(await makeDatabase(free.at, wish(`sh"op`, "it's"))).toEqual({ ok: true, made: "template" });
  expect(free.asked.at(-1)).toBe(
    `CREATE DATABASE "it's" TEMPLATE "sh""op" OWNER "shop"; COMMENT ON DATABASE "it's" IS 'made by devpm for /t alone'`,
  );
  expect(free.asked[0]).toContain("'it''s'");
});

const inUse = (statement: string): [number, string] | undefined =>
  statement.includes("TEMPLATE") ? [1, "source database is being accessed by other users"] : owned(statement);

test("one in use is copied, an unknown one is empty, a copy that fails leaves an empty one", async () => {
  const used = container(inUse);
  expect(await makeDatabase(used.at, wish("shop", "shop_x"))).toEqual({ ok: true, made: "copy" });
  expect(used.asked.at(-2)).toBe("copy /tmp/devpm-shop_x.dump shop shop_x");
  expect(await makeDatabase(container(() => undefined).at, wish("shop", "shop_x"))).toEqual({
    ok: true,
    made: "empty",
  });
  const broken = container((statement) => (statement.startsWith("copy") ? [1, "disk full"] : inUse(statement)));
  expect(await makeDatabase(broken.at, wish("shop", "shop_x"))).toEqual({ ok: true, made: "empty" });
  expect(broken.asked.at(-2)).toBe('DROP DATABASE IF EXISTS "shop_x"');
});

test("one that is not this checkout's is refused, and left as it is; a copy that was interrupted is made again", async () => {
  const answered = (found: string) => container((statement) => (statement.includes("shobj") ? [0, found] : undefined));
  for (const found of ["-", "the shop's own tests", "made by devpm for /other alone"]) {
    const foreign = answered(found);
    expect(await makeDatabase(foreign.at, wish("shop", "shop_test"))).toMatchObject({ ok: false });
    expect(foreign.asked).toHaveLength(1);
  }
  const moved = await makeDatabase(answered("made by devpm for /old tree alone").at, wish("shop", "shop_x"));
  expect(moved).toMatchObject({ reason: expect.stringContaining("made for /old tree; `devpm down --forget`") });
  const half = answered("being copied by devpm for /t alone");
  expect(await makeDatabase(half.at, wish("shop", "shop_x"))).toEqual({ ok: true, made: "empty" });
  expect(half.asked).toContain('DROP DATABASE IF EXISTS "shop_x"');
  const copying = container(inUse);
  await makeDatabase(copying.at, wish("shop", "shop_x"));
  const marks = copying.asked.flatMap((one) => /IS '(.*)'$/.exec(one)?.[1] ?? []);
  expect(marks.slice(-2)).toEqual(["being copied by devpm for /t alone", "made by devpm for /t alone"]);
});

test("two that make it at once both have it; a refusal is a sentence", async () => {
  const race = container((statement) =>
    statement.includes("TEMPLATE") ? [1, 'database "x" already exists'] : owned(statement),
  );
  expect(await makeDatabase(race.at, wish("shop", "x"))).toEqual({ ok: true, made: "there" });
  const denied = container((statement) =>
    statement.startsWith("CREATE") ? [1, "permission denied"] : owned(statement),
  );
  expect(await makeDatabase(denied.at, wish("shop", "x"))).toEqual({ ok: false, reason: "permission denied" });
  expect(await dropDatabase(container(() => undefined).at, "x")).toBeNull();
  expect(await dropDatabase(container(() => [1, "no"]).at, "x")).toBe("no");
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
async function sharingRedis(
  root: string,
  size: string,
  meanwhile?: (system: ReturnType<typeof outside>) => Promise<void>,
) {
  const asked: string[] = [];
  const engine = {
    endpoint: { host: "localhost" },
    exec: (_id: string, argv: readonly string[]) => {
      asked.push(argv.join(" "));
      return Promise.resolve({ ok: true, value: { exitCode: 0, output: size } });
    },
  };
  const system = outside(root, { DEVPM_HOME: path.join(root, ".state") });
  const service = { service: "cache", image: "redis:8", ports: [], environment: {} };
  const context = {
    system,
    engine,
    definition: { name: "shop", services: [service] },
    services: ["cache"],
    live: { snapshot: () => new Map([["cache", { container: { id: "c", ports: [] }, details: { env: {} } }]]) },
    project: { ...sampleProject([]), root, isolation: isolation("t") },
  } as unknown as InfraContext;
  const own = await openOwned(context);
  own!.stores()[0]!.own("0");
  await meanwhile?.(system);
  const lines = await own!.make([{ service: "cache", from: "0", to: "14" }]);
  return { asked, lines, kept: await readAllotment(system, instanceOf(root, system.environment)) };
}

test("a numbered database that is empty is the checkout's to empty; one that holds data is not, also later", async () => {
  const empty = await sharingRedis(folderWith({}), "0\n");
  expect(empty).toMatchObject({ asked: ["redis-cli -n 14 DBSIZE"], lines: [] });
  expect(empty.kept).toMatchObject({ redis: { "cache:0": 14 }, databases: [{ name: "14", numbered: true }] });
  const root = folderWith({});
  for (const size of ["3", "10", "NOAUTH Authentication required."]) {
    const full = await sharingRedis(root, size);
    expect(full.lines).toEqual([
      "cache: database 14 may hold data of others, so `devpm down --forget` does not empty it",
    ]);
    expect(full.kept).toMatchObject({ redis: { "cache:0": 14 }, databases: [] });
  }
  const again = folderWith({});
  await sharingRedis(again, "0");
  expect(await sharingRedis(again, "3")).toMatchObject({ asked: [], kept: { databases: [{ name: "14" }] } });
});

test("a compose project is removed with its volumes where all of it was made for the checkout", async () => {
  const root = folderWith({});
  const system = outside(root, { DEVPM_HOME: path.join(root, ".state") });
  const own = `/p/compose.yml,${overrideFile(instanceOf(root, system.environment))}`;
  const drop = async (...files: string[]) => {
    const ran: string[] = [];
    const found = files.map((one) => ({ labels: { [LABELS.files]: one } }));
    const engine = { containers: () => Promise.resolve({ ok: true, value: found }), close: () => {} };
    const run = (args: readonly string[]) => (ran.push(args.join(" ")), Promise.resolve({ exitCode: 0 }));
    const docker = { connect: () => Promise.resolve({ ok: true, engine }) };
    const outer = { ...system, docker, compose: { run } } as unknown as Parameters<typeof dropOwned>[0];
    return { ran, ...(await dropOwned(outer, { ...emptyAllotment(root), compose: "shop-test" })) };
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
      { files, signal: new AbortController().signal },
    );
    return own.ok ? own.value?.name : own.diagnostics;
  };
  expect(await nameOf("services: {}\n", "login")).toBe("shop-login");
  expect(await nameOf("name: named\nservices: {}\n", "named")).toBe("named-login");
});

test("a number that two checkouts took at the same moment is reported", async () => {
  const root = folderWith({});
  const { lines } = await sharingRedis(root, "0", (system) =>
    writeAllotment(system, instanceOf("/other", system.environment), {
      ...emptyAllotment("/other"),
      redis: { "cache:0": 14 },
    }),
  );
  expect(lines).toEqual([expect.stringMatching(/^cache: \/other took database 14 at the same moment, so both use it/)]);
});
