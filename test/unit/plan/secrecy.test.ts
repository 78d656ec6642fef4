import { expect, test } from "vitest";
import { isPlain } from "../../../src/plan/secrecy.ts";
import type { VariableSource } from "../../../src/plan/variables.ts";

const from = (kind: "shell" | "config" | "devpm" | "default" | "venv", name: string, value: string): boolean =>
  isPlain({ name, value, source: { kind } satisfies VariableSource, overrides: [] });

test.each([
  ["DATABASE_URL", "postgresql://shop:pw@localhost/shop"],
  ["SECRET_KEY", ""],
  ["API_TOKEN", "12345"],
  ["USE_AUTH", "true"],
  ["PIN", "1234"],
  ["ANYTHING", "word"],
  ["NUMBER", "123456"],
  ["NODE_OPTIONS", "--inspect"],
])("%s=%j is hidden", (name, value) => {
  expect(from("shell", name, value)).toBe(false);
  expect(from("config", name, value)).toBe(false);
});

test.each([
  ["PATH", "/usr/bin"],
  ["LC_ALL", "de_DE.UTF-8"],
  ["FLASK_APP", "web.app"],
  ["WEB_CONCURRENCY", "4"],
  ["USE_CACHE", "False"],
  ["EMPTY", ""],
])("%s=%j is shown", (name, value) => {
  expect(from("shell", name, value)).toBe(true);
});

test("what devpm itself sets is shown", () => {
  expect(from("devpm", "DEVPM_URL_API", "http://localhost:5050")).toBe(true);
  expect(from("default", "BROWSER", "none")).toBe(true);
  expect(from("venv", "VIRTUAL_ENV", "/p/.venv")).toBe(true);
});
