import { expect, test } from "vitest";
import type { SharedStore } from "../../../src/model/shared-store.ts";
import { ownData } from "../../../src/plan/own-data.ts";
import type { VariableSource, Variable } from "../../../src/plan/variables.ts";

const POSTGRES: SharedStore = {
  service: "postgres",
  kind: "postgres",
  addresses: ["localhost:21002", "127.0.0.1:21002", "[::1]:21002", "localhost:5432"],
  database: "shop",
  own: (name) => `${name}_login`,
};
const REDIS: SharedStore = {
  service: "cache",
  kind: "redis",
  addresses: ["localhost:6379", "127.0.0.1:6379"],
  database: null,
  own: (number) => ({ "0": "4", "1": "5" })[number] ?? null,
};

const variable = (name: string, value: string, source: VariableSource = { kind: "config" }): Variable => ({
  name,
  value,
  source,
  overrides: [],
});

const given = (name: string, value: string, source?: VariableSource) =>
  ownData("api", [variable(name, value, source)], [POSTGRES, REDIS]);

test.each([
  [
    "DATABASE_URL",
    "postgresql://shop:s3cret@127.0.0.1:21002/shop",
    "postgresql://shop:s3cret@127.0.0.1:21002/shop_login",
  ],
  [
    "DATABASE_URL",
    "postgres://localhost:21002/shop?sslmode=disable",
    "postgres://localhost:21002/shop_login?sslmode=disable",
  ],
  ["DATABASE_URL", "postgresql+psycopg://u@[::1]:21002/shop", "postgresql+psycopg://u@[::1]:21002/shop_login"],
  ["DATABASE_URL", "postgresql://u@LOCALHOST/shop", "postgresql://u@LOCALHOST/shop_login"],
  ["DATABASE_URL", "psql://u:p@w@localhost:21002/shop", "psql://u:p@w@localhost:21002/shop_login"],
  ["DATABASE_URL", "asyncpg://localhost:21002/my%20shop", "asyncpg://localhost:21002/my%20shop_login"],
  ["REDIS_URL", "redis://:p@w@127.0.0.1/1", "redis://:p@w@127.0.0.1/5"],
  ["SPRING", "jdbc:postgresql://localhost:21002/shop", "jdbc:postgresql://localhost:21002/shop_login"],
  ["DSN", "host=localhost port=21002 dbname=shop user=u", "host=localhost port=21002 dbname=shop_login user=u"],
  ["TEST_URL", "postgresql://localhost:21002/shop_test", "postgresql://localhost:21002/shop_test_login"],
  ["URL", "postgresql:///shop?host=localhost&port=21002", "postgresql:///shop_login?host=localhost&port=21002"],
  ["URL", "postgresql://u@/shop?host=localhost:21002", "postgresql://u@/shop_login?host=localhost:21002"],
  ["URL", "postgresql://localhost:21002/?dbname=shop&x=1", "postgresql://localhost:21002/?dbname=shop_login&x=1"],
  ["URL", "postgresql://shop:pw@localhost:21002", "postgresql://shop:pw@localhost:21002/shop_login"],
  [
    "URL",
    "postgresql://u@db.example.org,localhost:21002/shop?target_session_attrs=any",
    "postgresql://u@db.example.org,localhost:21002/shop_login?target_session_attrs=any",
  ],
  ["URL", "postgresql://a:1,[::1]:21002/shop", "postgresql://a:1,[::1]:21002/shop_login"],
  ["DSN", "dbname='shop' host='localhost' port='21002'", "dbname='shop_login' host='localhost' port='21002'"],
  ["DSN", "host=db,localhost port=1,21002 dbname=shop", "host=db,localhost port=1,21002 dbname=shop_login"],
  ["DSN", "hostaddr=127.0.0.1 dbname=shop port=21002", "hostaddr=127.0.0.1 dbname=shop_login port=21002"],
  ["REDIS_URL", "redis://localhost:6379?db=1&x=2", "redis://localhost:6379/5?db=5&x=2"],
  ["PGDATABASE", "shop", "shop_login"],
  ["POSTGRES_DB", "shop", "shop_login"],
  ["REDIS_URL", "redis://localhost:6379", "redis://localhost:6379/4"],
  ["REDIS_URL", "redis://:pw@127.0.0.1/1", "redis://:pw@127.0.0.1/5"],
  ["BROKER", "redis://localhost:6379/0,redis://localhost:6379/1", "redis://localhost:6379/4,redis://localhost:6379/5"],
])("%s=%s names a database of its own", async (name, value, now) => {
  const data = await given(name, value);
  expect(data.variables[0]?.value).toBe(now);
  expect(data.databases.length).toBeGreaterThan(0);
  expect(data.lines.join()).not.toMatch(/s3cret|pw/);
});

test.each([
  ["DATABASE_URL", "postgresql://db.example.org:5432/shop"],
  ["DATABASE_URL", "postgresql://localhost:5433/shop"],
  ["DATABASE_URL", "mysql://localhost:21002/shop"],
  ["DATABASE_URL", "sqlite:///shop"],
  ["DSN", "host=db.example.org dbname=shop"],
  ["DATABASE_URL", "postgresql:///shop"],
  ["DATABASE_URL", "postgresql:///shop?host=/run/postgresql"],
  ["DATABASE_URL", "postgresql://localhost:21002"],
  ["DATABASE_URL", "postgresql://a,b:1/shop?port=2"],
  ["PGDATABASE", "other"],
  ["NAME", "shop"],
  ["REDIS_URL", "redis://cache.example.org:6379/0"],
])("%s=%s is somewhere else, and stays", async (name, value) => {
  expect(await given(name, value)).toMatchObject({ variables: [{ value }], databases: [], lines: [] });
});

test("what a shell or a file names follows too; what devpm sets does not; where none is left it is said", async () => {
  const url = "postgresql://localhost:21002/shop";
  expect((await given("URL", url, { kind: "shell" })).variables[0]?.value).toBe(`${url}_login`);
  expect((await given("URL", url, { kind: "file", file: "/p/.env", line: 1 })).variables[0]?.value).toBe(
    `${url}_login`,
  );
  expect((await given("DEVPM_URL_X", url, { kind: "devpm" })).variables[0]?.value).toBe(url);
  const none = await given("REDIS_URL", "redis://localhost:6379/7");
  expect(none.variables[0]?.value).toBe("redis://localhost:6379/7");
  expect(none.lines).toEqual(["api: REDIS_URL shares database 7 of cache: no database is left for this worktree"]);
  const twice = await ownData("api", [variable("A", url), variable("B", url)], [POSTGRES]);
  expect(twice.databases).toEqual([{ service: "postgres", from: "shop", to: "shop_login" }]);
  expect(twice.lines).toHaveLength(2);
});

test("numbers are taken before they are given: all that are named, once each, and of no variable of devpm's", async () => {
  const taken: string[] = [];
  const store = { ...REDIS, take: (names: readonly string[]) => (taken.push(...names), Promise.resolve()) };
  const urls = ["redis://localhost:6379/1", "redis://localhost,redis://localhost/1?db=0", "redis://elsewhere/3"];
  const variables = urls.map((url, at) => variable(`URL_${at}`, url));
  await ownData("api", [...variables, variable("DEVPM_URL", "redis://localhost/9", { kind: "devpm" })], [store]);
  expect(taken).toEqual(["1", "0"]);
  await ownData("api", [variable("NAME", "shop")], [store]);
  expect(taken).toHaveLength(2);
});
