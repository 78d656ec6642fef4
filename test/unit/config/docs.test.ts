import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { PM2_KEYS } from "../../../src/config/pm2-options.ts";
import { catalog } from "../../../src/diagnostics/catalog.ts";
import { APP_KEYS, CONFIG_KEYS, INFRA_KEYS, TASK_KEYS } from "../../../src/config/schema.ts";

const repository = path.resolve(import.meta.dirname, "../../..");
const page = readFileSync(path.join(repository, "docs/config.md"), "utf8");
const types = readFileSync(path.join(repository, "src/config/options.ts"), "utf8");

/** First column of the table that follows `<!-- keys: NAME -->`. */
function documented(name: string): string[] {
  const [, after = ""] = page.split(`<!-- keys: ${name} -->`);
  const [table = ""] = after.trim().split("\n\n");
  return [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, key = ""]) => key).toSorted();
}

/** Keys of an interface, each of which must be preceded by a comment. */
function typed(name: string): string[] {
  const [, after = ""] = types.split(new RegExp(`export interface ${name}\\b.*\\{\n`));
  const [body = ""] = after.split("\n}");
  const keys = [...body.matchAll(/(\*\/\n)? {2}(\w+)\??:/g)];
  expect(
    keys.filter(([, comment]) => comment === undefined).map(([, , key]) => key),
    "without a comment",
  ).toEqual([]);
  return keys.map(([, , key = ""]) => key);
}

test("the page, the types and the checks know the same keys", () => {
  const ofApp = APP_KEYS.filter((key) => !PM2_KEYS.has(key)).toSorted();
  expect(documented("app")).toEqual(ofApp);
  expect([...typed("AppOptions"), ...typed("App"), "name"].toSorted()).toEqual(ofApp);
  expect(documented("infra")).toEqual([...INFRA_KEYS].toSorted());
  expect(typed("Infra").toSorted()).toEqual([...INFRA_KEYS].toSorted());
  expect(documented("task")).toEqual([...TASK_KEYS].toSorted());
  expect(typed("Task").toSorted()).toEqual([...TASK_KEYS].toSorted());
  expect(documented("config")).toEqual([...CONFIG_KEYS].toSorted());
  expect(typed("Config").toSorted()).toEqual([...CONFIG_KEYS].toSorted());
});

/** What devpm's processes tell one another: nobody sets these. */
const INTERNAL = [
  ...["APP", "SESSION", "URL_", "SOCKET", "CACHE", "COUNTED", "ENGINE_LINE", "ENVIRONMENT_FILE", "LIBRARY_BYTECODE"],
  ...["OWN_PORTS", "OWN_VARIABLES", "MOVED_PORTS", "HMR", "HMR_PORTS", "STARTER_OUTPUTS"],
].map((name) => `DEVPM_${name}`);

test("the page has every variable that a user can set", () => {
  const sources = ["src", "bin"].flatMap((folder) =>
    readdirSync(path.join(repository, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.(ts|js|cjs|py|sh)$/.test(name))
      .map((name) => readFileSync(path.join(repository, folder, name), "utf8")),
  );
  const named = new Set(sources.flatMap((text) => text.match(/\bDEVPM_[A-Z_]+\b/g) ?? []));
  const variables = [...named].filter((name) => !(name in catalog) || isRead(name, sources));
  const examples = ["DEVPM_URL_BACKEND"];
  expect(documented("variables")).toEqual(
    variables.filter((name) => ![...INTERNAL, ...examples].includes(name)).toSorted(),
  );
});

/** A code may have the name of a variable. */
const isRead = (name: string, sources: readonly string[]): boolean =>
  sources.some((text) => text.includes(`shell.${name}`));

test("every PM2 option that is typed is one PM2 takes", () => {
  const pm2 = readFileSync(path.join(repository, "src/config/pm2-options.ts"), "utf8");
  const [body = ""] = pm2.split("export const PM2_KEYS");
  const keys = [...body.matchAll(/^ {2}(\w+)\?:/gm)].map(([, key = ""]) => key);
  expect(keys.length).toBeGreaterThan(30);
  expect(keys.filter((key) => !PM2_KEYS.has(key))).toEqual([]);
});
