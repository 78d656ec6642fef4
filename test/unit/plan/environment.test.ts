import path from "node:path";
import { expect, test } from "vitest";
import { absentService } from "../../../src/config/absent.ts";
import { reasonOf } from "../../../src/config/problem.ts";
import type { Outcome } from "../../../src/diagnostics/outcome.ts";
import type { App } from "../../../src/model/project.ts";
import { appEnvironment, plainEnvironment } from "../../../src/plan/environment.ts";
import { folderWith, outside } from "../config/outside.ts";
import { sampleApp } from "./sample.ts";

const references = {
  apps: { api: { port: 5050, url: "http://localhost:5050" } },
  services: { db: absentService("db") },
};
const facts = { session: "s", references, configFile: "/p/ecosystem.config.ts" };

/** Of an app whose environment can be made. */
async function made<T>(outcome: Promise<Outcome<T>>): Promise<T> {
  const built = await outcome;
  if (!built.ok) throw new Error(reasonOf(built.diagnostics));
  return built.value;
}

test("files are read again at each start, a later one wins; undefined variables are left as they are", async () => {
  const root = folderWith({ ".env": "A=1\nB='two words' # said\n", "more.env": "A=2\n" });
  const system = outside(root, { ALSO: "shell" });
  const app = sampleApp({
    envFiles: [path.join(root, ".env"), path.join(root, "more.env"), path.join(root, "gone.env")],
    dependsOn: { apps: ["api"], services: [], tasks: [] },
    env: () => ({ ALSO: undefined, MINE: "m" }),
  });
  expect(await made(plainEnvironment(system, app, facts))).toMatchObject({
    A: "2",
    B: "two words",
    ALSO: "shell",
    MINE: "m",
    DEVPM_URL_API: "http://localhost:5050",
  });
  await system.files.write(path.join(root, "more.env"), "A=3\n");
  expect(await made(plainEnvironment(system, app, facts))).toMatchObject({ A: "3" });
});

test("a variable that needs an absent service stays as it is without devpm", async () => {
  const root = folderWith({ ".env": "FALLBACK=file\n" });
  const app = sampleApp({
    envFiles: [path.join(root, ".env")],
    env: ({ services: { db } }) => ({
      FALLBACK: `postgres://${db?.host}/x`,
      PORT_OF_IT: String(db?.port(5432)),
      JSON_OF_IT: JSON.stringify({ port: db?.port(5432) }),
      ENCODED: encodeURIComponent(db?.host ?? ""),
      PARSED: new URL(`http://${db?.host}/`).href,
      USER: db?.env("POSTGRES_USER"),
    }),
  });
  const { variables, unset } = await made(appEnvironment(outside(root), app, facts));
  expect(unset).toEqual(
    ["FALLBACK", "PORT_OF_IT", "JSON_OF_IT", "ENCODED", "PARSED", "USER"].map((name) => ({ name, service: "db" })),
  );
  expect(variables.find(({ name }) => name === "FALLBACK")?.value).toBe("file");
  expect(variables.find(({ name }) => name === "ENCODED")).toBeUndefined();
});

test("what the user's own env function throws, and a file that cannot be read, are problems of the configuration", async () => {
  const root = folderWith({});
  const problem = async (more: Partial<App>) => {
    const system = outside(root);
    const read = () => Promise.reject(new Error("EACCES: permission denied"));
    const built = await appEnvironment(
      { ...system, files: { ...system.files, read } },
      sampleApp({ name: "api", ...more }),
      facts,
    );
    return built.ok ? null : built.diagnostics.map(({ code, summary, evidence }) => [code, summary, ...evidence[0]!]);
  };
  const env = (): never => {
    throw new Error("no vault");
  };
  const broken = ["DEVPM_CONFIG_INVALID", "ecosystem.config.ts has a problem"];
  expect(await problem({ env })).toEqual([[...broken, "apps.api.env", "no vault"]]);
  // oxlint-disable-next-line prefer-promise-reject-errors -- the user's code may throw anything
  expect(await problem({ env: () => Promise.reject("no") })).toEqual([[...broken, "apps.api.env", "no"]]);
  const mistaken = (): never => {
    throw new TypeError("x is not a function");
  };
  expect(await problem({ env: mistaken })).toEqual([[...broken, "apps.api.env", "TypeError: x is not a function"]]);
  expect(await problem({ env, kind: "task" })).toEqual([[...broken, "tasks.api.env", "no vault"]]);
  expect(await problem({ envFiles: [path.join(root, ".env")] })).toEqual([
    [...broken, "apps.api.envFile", "its environment file cannot be read: EACCES: permission denied"],
  ]);
});

/** The environment of an app with these files, and the warnings about them. */
async function withFiles(texts: readonly string[], shell: Record<string, string> = {}, more: Partial<App> = {}) {
  const root = folderWith(Object.fromEntries(texts.map((text, index) => [`${index}.env`, text])));
  const envFiles = texts.map((_, index) => path.join(root, `${index}.env`));
  const built = await made(appEnvironment(outside(root, shell), sampleApp({ envFiles, ...more }), facts));
  const value = (wanted: string) => built.variables.find(({ name }) => name === wanted)?.value;
  const warnings = built.warnings.map(({ summary, evidence }) => [summary, ...evidence.slice(1).map(String)]);
  return { value, warnings };
}

test("a reference means what the app sees: the configuration, the shell, then the files so far", async () => {
  const { value, warnings } = await withFiles(
    [
      'USER_OF_DB=shop\nHELD=file\nURL="${USER_OF_DB}@${HELD}/${CONFIGURED}:${PORT}"',
      "SECOND=${USER_OF_DB}\nLITERAL='${USER_OF_DB}'",
    ],
    { HELD: "shell" },
    { port: 5050, env: { CONFIGURED: "config" } },
  );
  expect(value("URL")).toBe("shop@shell/config:5050");
  expect(value("SECOND")).toBe("shop");
  expect(value("LITERAL")).toBe("${USER_OF_DB}");
  expect(warnings).toEqual([]);
});

test("lines that mean nothing are one warning a file, which quotes no value", async () => {
  const { value, warnings } = await withFiles([
    'GOOD=1\nsome secret\nmy.key=secret\nLONELY\nOPEN="secret\nREF=${GONE}${X:?secret}',
    "FINE=1\n",
  ]);
  expect(value("GOOD")).toBe("1");
  expect(warnings).toEqual([
    [
      "0.env has 6 lines with a problem",
      "line 2,expected NAME=value",
      "line 3,my.key: expected a name of letters, digits and _ that does not begin with a digit",
      "line 4,LONELY: has no =, so nothing is set",
      'line 5,OPEN: the quote " is never closed',
      "line 6,REF: ${GONE} is not set, so it is empty here",
      "line 6,REF: ${X:?…} has no meaning here; write ${NAME} or ${NAME:-default}",
    ],
  ]);
  expect(JSON.stringify(warnings)).not.toContain("secret");
});

test("a name alone hands on what the shell has", async () => {
  const { value, warnings } = await withFiles(["TOKEN\n"], { TOKEN: "shell" });
  expect([value("TOKEN"), warnings]).toEqual(["shell", []]);
});

test("a long list of problems is cut", async () => {
  const { warnings } = await withFiles(["x y\n".repeat(30)]);
  expect(warnings[0]?.at(-1)).toBe("and,23 more lines");
  expect(warnings[0]).toHaveLength(9);
});
