import { expect, test } from "vitest";
import { addressesOf } from "../../../src/model/shared-store.ts";
import { sharedData, sharedDataWarning } from "../../../src/plan/shared-data.ts";
import type { VariableSource, Variable } from "../../../src/plan/variables.ts";

const variable = (name: string, value: string, source: VariableSource = { kind: "config" }): Variable => ({
  ...{ name, value, source, overrides: [] },
});
const found = (value: string, known: readonly string[] = []) =>
  sharedData([variable("URL", value)], new Set(known)).map(({ what }) => what);

test.each([
  ["postgresql+psycopg://ana:s3cret@localhost/shop", "postgresql at localhost:5432, database shop"],
  ["mysql://root@127.0.0.1:3307/shop?x=1", "mysql at 127.0.0.1:3307, database shop"],
  ["mongodb://LOCALHOST/shop", "mongodb at localhost:27017, database shop"],
  ["redis://[::1]:6379/2", "redis at [::1]:6379, database 2"],
  ["bolt://0.0.0.0", "bolt at 0.0.0.0:7687"],
  ["amqp://guest:guest@localhost//", "amqp at localhost:5672"],
])("%s is the main checkout's too where no part of it is this one's", (value, what) => {
  expect(found(value)).toEqual([what]);
  const [, port = ""] = /:(\d+)(?:,|$)/.exec(what) ?? [];
  expect(found(value, addressesOf(Number(port)))).toEqual([]);
});

test.each([
  "postgresql://db.example.org/shop",
  "http://localhost:5050/api",
  "sqlite:///shop.db",
  "postgresql:///shop",
  "localhost:5432",
])("%s is no such server, or not of this machine", (value) => expect(found(value)).toEqual([]));

test("the warning names each place, no login, and what can be done; what devpm sets is its own", () => {
  const variables = [
    variable("A", "redis://:s3cret@localhost/0", { kind: "file", file: "/p/api/.env", line: 3 }),
    variable("B", "redis://localhost/1", { kind: "shell" }),
    variable("DEVPM_URL_X", "redis://localhost/1", { kind: "devpm" }),
  ];
  const warning = sharedDataWarning("/p", sharedData(variables, new Set()));
  expect(warning).toMatchObject({ code: "DEVPM_DATA_SHARED", severity: "warning" });
  expect(warning?.evidence).toEqual([
    ["A", "redis at localhost:6379, database 0 (api/.env:3)"],
    ["B", "redis at localhost:6379, database 1 (shell)"],
  ]);
  expect(JSON.stringify(warning)).not.toContain("s3cret");
  expect(sharedDataWarning("/p", [])).toBeNull();
});
