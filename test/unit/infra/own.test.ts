import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { emptyAllotment } from "../../../src/checkout/allotment.ts";
import { dropDatabase, makeDatabase } from "../../../src/infra/own/postgres.ts";
import { sharedName, withoutHashes } from "../../../src/infra/own/shared-project.ts";
import { ownName, redisNumbers } from "../../../src/infra/own/stores.ts";
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
  const other = { ...emptyAllotment("/other"), redis: { "cache:0": 2, "cache:1": 3 } };
  const numbers = redisNumbers({ "cache:0": 6 }, [other]);
  expect(numbers.own("cache", "0")).toBe("6");
  expect(numbers.own("cache", "1")).toBe("4");
  expect(numbers.own("cache", "1")).toBe("4");
  expect(numbers.given()).toEqual({ "cache:0": 6, "cache:1": 4 });
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
    const statement = argv[0] === "psql" ? (argv.at(-1) ?? "") : `copy ${argv.slice(4).join(" ")}`;
    asked.push(statement);
    const [exitCode, output] = answers(statement) ?? [0, ""];
    expect(env).toEqual(["PGUSER=ana", "PGPASSWORD=pw"]);
    return Promise.resolve({ ok: true as const, value: { exitCode, output } });
  };
  return { asked, at: { engine: { exec }, id: "c", env: { POSTGRES_USER: "ana", POSTGRES_PASSWORD: "pw" } } };
}

const owned = (statement: string): [number, string] | undefined =>
  statement.startsWith("SELECT pg_get_userbyid") ? [0, "shop"] : undefined;

test("one that is there is left as it is; a free one is a template, with its owner; names are quoted", async () => {
  const there = container(() => [0, "1"]);
  expect(await makeDatabase(there.at, "shop", "shop_x")).toEqual({ ok: true, made: "there" });
  expect(there.asked).toHaveLength(1);
  const free = container(owned);
  expect(await makeDatabase(free.at, `sh"op`, "it's")).toEqual({ ok: true, made: "template" });
  expect(free.asked.at(-1)).toBe(`CREATE DATABASE "it's" TEMPLATE "sh""op" OWNER "shop"`);
  expect(free.asked[0]).toContain("'it''s'");
});

const inUse = (statement: string): [number, string] | undefined =>
  statement.includes("TEMPLATE") ? [1, "source database is being accessed by other users"] : owned(statement);

test("one in use is copied, an unknown one is empty, a copy that fails leaves an empty one", async () => {
  const used = container(inUse);
  expect(await makeDatabase(used.at, "shop", "shop_x")).toEqual({ ok: true, made: "copy" });
  expect(used.asked.at(-1)).toBe("copy /tmp/devpm-shop_x.dump shop shop_x");
  expect(await makeDatabase(container(() => undefined).at, "shop", "shop_x")).toEqual({ ok: true, made: "empty" });
  const broken = container((statement) => (statement.startsWith("copy") ? [1, "disk full"] : inUse(statement)));
  expect(await makeDatabase(broken.at, "shop", "shop_x")).toEqual({ ok: true, made: "empty" });
  expect(broken.asked.at(-2)).toBe('DROP DATABASE IF EXISTS "shop_x"');
});

test("two that make it at once both have it; a refusal is a sentence", async () => {
  const race = container((statement) =>
    statement.includes("TEMPLATE") ? [1, 'database "x" already exists'] : owned(statement),
  );
  expect(await makeDatabase(race.at, "shop", "x")).toEqual({ ok: true, made: "there" });
  const denied = container((statement) =>
    statement.startsWith("CREATE") ? [1, "permission denied"] : owned(statement),
  );
  expect(await makeDatabase(denied.at, "shop", "x")).toEqual({ ok: false, reason: "permission denied" });
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
