import Module from "node:module";
import path from "node:path";
import { expect, test } from "vitest";
import { loadProject } from "../../../src/config/project-loader.ts";
import type { Diagnostic } from "../../../src/diagnostics/diagnostic.ts";
import { loaderOf } from "../../../src/system/loader/loader.ts";
import { publicApi } from "../../rigs/public-api.ts";
import { openProject } from "../../rigs/project.ts";
import { until } from "../../rigs/wait.ts";
import { folderWith, outside } from "../../unit/config/outside.ts";

const APP = "{ command: 'x', cwd: HERE, env: { DIR: __dirname, URL: import.meta.url } }";
const ESM = `import { defineConfig } from "devpm";
import path from "node:path";
const HERE: string = path.join(__dirname, ".");
export default defineConfig({ name: "shop", apps: { a: ${APP} } });
`;
const untyped = ESM.replace(": string", "");
const CJS = `const { defineConfig } = require("devpm");
module.exports = defineConfig({ name: "shop", apps: { a: { command: "x", env: { DIR: __dirname } } } });
`;

test.each([
  ["a package-less repository", "ecosystem.config.ts", ESM, null],
  ["an ES module repository", "ecosystem.config.ts", ESM, '{ "type": "module" }'],
  ["a CommonJS repository", "ecosystem.config.ts", ESM, '{ "type": "commonjs" }'],
  [".mts in a CommonJS repository", "ecosystem.config.mts", ESM, '{ "type": "commonjs" }'],
  [".js in an ES module repository", "ecosystem.config.js", untyped, '{ "type": "module" }'],
  [".js in a package-less repository", "ecosystem.config.js", untyped, null],
  [".mjs in a CommonJS repository", "ecosystem.config.mjs", untyped, '{ "type": "commonjs" }'],
  [".js with require", "ecosystem.config.js", CJS, '{ "type": "commonjs" }'],
  [".cjs in an ES module repository", "ecosystem.config.cjs", CJS, '{ "type": "module" }'],
])("%s", async (_, name, text, packageJson) => {
  const root = folderWith({
    [`My Prøject ünd 市場/${name}`]: text,
    ...(packageJson === null ? {} : { "My Prøject ünd 市場/package.json": packageJson }),
  });
  const folder = path.join(root, "My Prøject ünd 市場");
  const loaded = await loadProject(outside(root), { cwd: folder });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.diagnostics));
  const { env } = loaded.value.apps[0]!;
  expect(loaded.value).toMatchObject({ name: "shop", root: folder, configFile: path.join(folder, name) });
  expect(env).toMatchObject({ DIR: folder });
  // what follows a "?" is no part of the path: new URL(".", import.meta.url) is the folder
  if (text !== CJS) expect(new URL((env as { URL: string }).URL).pathname).toBe(encodeURI(path.join(folder, name)));
});

test("devpm in it is the devpm that runs, though another is installed", async () => {
  const root = folderWith({
    "ecosystem.config.ts": 'import * as devpm from "devpm";\nexport default { devpm, apps: {} };\n',
    "node_modules/devpm/package.json": '{ "name": "devpm", "main": "index.js" }',
    "node_modules/devpm/index.js": "module.exports = { other: true };\n",
  });
  const loaded = await loader.load(path.join(root, "ecosystem.config.ts"), {}, (exported) => exported, null);
  const { devpm } = (loaded.ok ? loaded.value : {}) as { devpm: object };
  expect(Object.keys(devpm)).toEqual(expect.arrayContaining(["defineConfig", "fastapi", "flask", "vite"]));
});

test("top-level await in an ES module; a promise anywhere", async () => {
  const awaiting =
    'const name: string = await Promise.resolve("late");\nimport { defineConfig } from "devpm";\nexport default defineConfig({ name, apps: { a: { command: "x" } } });\n';
  const root = folderWith({
    "package.json": '{ "type": "module" }',
    "ecosystem.config.ts": awaiting,
    "cjs/package.json": "{}",
    "cjs/ecosystem.config.js": 'module.exports = Promise.resolve({ name: "late", apps: { a: { command: "x" } } });\n',
  });
  for (const cwd of [root, path.join(root, "cjs")]) {
    expect(await loadProject(outside(root), { cwd })).toMatchObject({ ok: true, value: { name: "late" } });
  }
});

const loader = loaderOf(publicApi);

test("the file sees the user's variables; what it adds is for its apps; ours stay scrubbed", async () => {
  const root = folderWith({
    "ecosystem.config.cjs":
      'process.env.ADDED = "by dotenv";\nmodule.exports = { apps: [{ name: process.env.SECRET_NAME, script: "x.js" }] };\n',
  });
  const loaded = await loadProject(outside(root, { SECRET_NAME: "api" }), { cwd: root });
  expect(loaded).toMatchObject({ ok: true, value: { apps: [{ name: "api", env: { ADDED: "by dotenv" } }] } });
  expect(process.env).not.toHaveProperty("ADDED");
  expect(process.env).not.toHaveProperty("SECRET_NAME");
});

test("what the file puts into the global object, and what it loads, is there for its functions", async () => {
  const root = folderWith({
    "ecosystem.config.ts": `import vm from "node:vm";
import * as ports from "./ports";
vm.runInThisContext("var neverDeleted = 2");
Object.assign(globalThis, { portOf: (name: string): number => ports.all[name]! });
const later = async () => (await new Promise(setImmediate), { now: portOf("web") + neverDeleted });
export default { ...ports.all, later: later(), again: () => [portOf("web"), require("./ports").all === ports.all] };
`,
    "ports.ts": "export const all: Record<string, number> = { web: 5173 };\n",
  });
  type Exported = { later: Promise<object>; again: () => unknown };
  const loaded = await loader.load(path.join(root, "ecosystem.config.ts"), {}, (value) => value as Exported, null);
  if (!loaded.ok) expect.fail(loaded.message);
  expect(await loaded.value.later).toEqual({ now: 5175 });
  expect(await loader.within({}, loaded.value.again)).toEqual([5173, true]);
  Reflect.deleteProperty(globalThis, "portOf");
});

test("top-level await in the command line as it is built, which runs from kept bytecode the second time", async (ctx) => {
  const project = await openProject(ctx, {
    files: { "ecosystem.config.mjs": 'await 0;\nexport default { name: "late", apps: { a: { command: "x" } } };\n' },
  });
  for (let again = 0; again < 2; again++)
    expect(await project.devpm(["render"])).toMatchObject({
      code: 0,
      stderr: "",
      stdout: expect.stringContaining('"a"'),
    });
});

test("what it puts into globalThis is there when its env function is called, the first time and the second", async (ctx) => {
  const env = "() => ({ WORD: String(globalThis.word) })";
  const project = await openProject(ctx, {
    files: {
      "ecosystem.config.ts": `globalThis.word = "kept";\nexport default { apps: { a: { command: "x", env: ${env} } } };\n`,
    },
  });
  for (let again = 0; again < 2; again++)
    expect((await project.devpm(["run", "a", "--", "sh", "-c", "echo $WORD"])).stdout).toBe("kept\n");
});

test("while it is awaited, only the file itself sees the user's variables", async () => {
  const WAITS = 'await new Promise((go) => process.once("looked at", go));';
  for (const [name, text] of [
    ["esm/ecosystem.config.mts", `${WAITS}\nexport default { name: process.env.SECRET_NAME };\n`],
    [
      "cjs/ecosystem.config.js",
      `module.exports = (async () => { ${WAITS} return { name: process.env.SECRET_NAME }; })();\n`,
    ],
  ] as const) {
    const root = folderWith({ [name]: text });
    const loading = loader.load(path.join(root, name), { SECRET_NAME: "secret" }, (exported) => exported, null);
    await until("the file is awaited", () => process.listenerCount("looked at") === 1);
    expect(process.env.SECRET_NAME).toBeUndefined();
    process.emit("looked at" as never);
    expect(await loading).toMatchObject({ ok: true, value: { name: "secret" }, variables: {} });
  }
});

const TYPED = 'import { name } from "./part/of.ts";\nexport default { name, apps: { a: { command: "x" } } };\n';
const TS = 'export const name: string = "one";\n';
const REQUIRES = 'module.exports = { name: require("./part/of").name, apps: { a: { command: "x" } } };\n';

test.each([
  ["TypeScript", "ecosystem.config.ts", TYPED, { "part/of.ts": TS }],
  ["through another file", "ecosystem.config.ts", TYPED, { "part/of.ts": 'export * from "../far";\n', "far.ts": TS }],
  [
    "an ES module",
    "ecosystem.config.mjs",
    TYPED.replace(".ts", ".mjs"),
    { "part/of.mjs": 'export const name = "one";\n' },
  ],
  [
    "with top-level await",
    "ecosystem.config.mts",
    `await 0;\n${TYPED}`,
    { "part/of.ts": 'export { name } from "../far";\n', "far.ts": TS },
  ],
  [
    "CommonJS",
    "ecosystem.config.cjs",
    REQUIRES,
    { "part/of.js": 'module.exports = require("../far.json");\n', "far.json": '{ "name": "one" }' },
  ],
  [
    "CommonJS that requires an ES module",
    "ecosystem.config.cjs",
    REQUIRES.replace("/of", "/of.mjs"),
    { "part/of.mjs": 'export const name = "one";\n' },
  ],
  ["JSON", "ecosystem.config.ts", TYPED.replace("of.ts", "of.json"), { "part/of.json": '{ "name": "one" }' }],
])("a file that it loads counts as it is now: %s", async (_, config, text, loads) => {
  const root = folderWith({ [config]: text, ...loads, "node_modules/pack/index.js": "", "other.ts": "" });
  const system = outside(root);
  const load = async () => {
    const loaded = await loadProject(system, { cwd: root });
    const sources = Object.fromEntries([...loaded.sources].map(([file, was]) => [path.relative(root, file), was]));
    return { name: loaded.ok ? loaded.value.name : loaded.diagnostics, sources };
  };
  expect(await load()).toEqual({ name: "one", sources: { [config]: text, ...loads } });
  const changed = Object.fromEntries(Object.entries(loads).map(([file, was]) => [file, was.replace('"one"', '"two"')]));
  for (const [file, now] of Object.entries(changed)) await system.files.write(path.join(root, file), now);
  expect(await load()).toEqual({ name: "two", sources: { [config]: text, ...changed } });
});

test("of two that are loaded at once each has its own, also what it loads late; afterwards nothing is recorded", async () => {
  const awaiting = (name: string): string =>
    `import { name } from "./${name}";\nexport default new Promise((go) => process.once("go ${name}", () => go({ name, more: require("./${name}-more.json") })));\n`;
  const root = folderWith({
    ...{
      "one/ecosystem.config.ts": awaiting("one"),
      "one/one.ts": 'export const name = "one";\n',
      "one/one-more.json": "{}",
    },
    ...{
      "two/ecosystem.config.ts": awaiting("two"),
      "two/two.ts": 'export const name = "two";\n',
      "two/two-more.json": "{}",
    },
  });
  const load = () => Reflect.get(Module.prototype, "load") as unknown;
  const before = load();
  const names = ["one", "two"];
  const loading = names.map((name) => loader.load(path.join(root, name, "ecosystem.config.ts"), {}, (x) => x, null));
  await until("both are awaited", () => names.every((name) => process.listenerCount(`go ${name}`) === 1));
  const loaded = [];
  for (const [at, name] of names.entries()) {
    process.emit(`go ${name}` as never);
    loaded.push(await loading[at]!);
  }
  for (const [at, name] of names.entries())
    expect([...loaded[at]!.sources.keys()].map((file) => path.relative(root, file))).toEqual(
      expect.arrayContaining([`${name}/ecosystem.config.ts`, `${name}/${name}.ts`, `${name}/${name}-more.json`]),
    );
  expect(load()).toBe(before);
});

test("of a module that is not there, it is known where it was looked for", async () => {
  const root = folderWith({ "ecosystem.config.ts": 'export { default } from "./part";\n', "part.d/index.ts": "" });
  const { sources } = await loadProject(outside(root), { cwd: root });
  for (const file of ["part.ts", "part.json", "part/index.mts"]) expect(sources.get(path.join(root, file))).toBe(null);
  expect(sources.get(path.join(root, "ecosystem.config.ts"))).toContain("./part");
});

async function diagnosticsOf(contents: Record<string, string>, request = {}): Promise<Diagnostic[]> {
  const root = folderWith(contents);
  const loaded = await loadProject(outside(root), { cwd: root, ...request });
  if (loaded.ok) throw new Error("it was loaded");
  return JSON.parse(JSON.stringify(loaded.diagnostics).replaceAll(root, "ROOT")) as Diagnostic[];
}

test.each([
  ["nothing", "const a = 1;\n", "nothing"],
  ["a number", "export default 5;\n", "a number"],
])("a file that exports %s", async (_, text, got) => {
  const [diagnostic] = await diagnosticsOf({ "ecosystem.config.ts": text });
  expect(diagnostic).toMatchObject({
    code: "DEVPM_CONFIG_UNREADABLE",
    evidence: [
      ["expected", "export default defineConfig({ … })"],
      ["got", got],
    ],
  });
});

test("no file, and nothing to detect; a file that is named and not there", async () => {
  expect(await diagnosticsOf({ "README.md": "" })).toMatchObject([{ code: "DEVPM_CONFIG_MISSING" }]);
  expect(await diagnosticsOf({}, { configFile: "x.config.ts" })).toMatchObject([
    { code: "DEVPM_CONFIG_MISSING", summary: "There is no file x.config.ts" },
  ]);
});

test("places that are not there, beside every other problem, and unknown names of the command line", async () => {
  const config = {
    apps: { a: { command: "x", cwd: "no", port: "1" }, ui: { preset: "vite", cwd: "ui", envFile: ["a.env", "b.env"] } },
  };
  const contents = { "ecosystem.config.json": JSON.stringify(config), "ui/package.json": "{}", "a.env": "" };
  const [first, ...rest] = await diagnosticsOf(contents, { ports: { ux: 1 }, only: ["b"] });
  expect(first?.evidence).toEqual([
    ["apps.a.port", 'expected a whole number from 1 to 65535, got "1" (a string)'],
    ["apps.a.cwd", "no such folder: ROOT/no"],
    ["apps.ui.envFile", "no such file: ROOT/b.env"],
    ["apps.ui.cwd", 'no "dev" script in ROOT/ui/package.json'],
  ]);
  expect(rest.map(({ code, state }) => [code, state])).toEqual(
    Array.from({ length: 2 }, () => ["DEVPM_APP_UNKNOWN", "Nothing was started."]),
  );
  expect(rest.map(({ summary }) => summary)).toEqual(['--port: no app is called "ux"', 'Nothing here is called "b"']);
});

test("what is on: all but what is off, or what was asked for, each with what it needs", async () => {
  const config = {
    apps: {
      web: { command: "x", dependsOn: ["api"] },
      api: { command: "y", dependsOn: ["migrate"] },
      mail: { command: "z", start: false },
    },
    tasks: { migrate: { run: "m", start: false }, seed: { run: "s", dependsOn: ["migrate"] } },
    groups: { little: ["api", "mail"] },
  };
  const root = folderWith({ "ecosystem.config.json": JSON.stringify(config) });
  const on = async (...only: string[]): Promise<unknown> => {
    const loaded = await loadProject(outside(root), { cwd: root, only });
    if (!loaded.ok) return loaded.diagnostics;
    return [...loaded.value.apps, ...loaded.value.tasks].filter(({ start }) => start).map(({ name }) => name);
  };
  expect(await on()).toEqual(["web", "api", "migrate", "seed"]);
  expect(await on("web")).toEqual(["web", "api", "migrate"]);
  expect(await on("little")).toEqual(["api", "mail", "migrate"]);
  expect(await on("seed")).toEqual(["migrate", "seed"]);
});

test("the nearest file upwards; --config names another", async () => {
  const config = (name: string): string => JSON.stringify({ name, apps: { a: { command: "x" } } });
  const root = folderWith({
    "ecosystem.config.json": config("outer"),
    "in/ecosystem.config.cjs": `module.exports = ${config("inner")}`,
    "in/deep/er/x": "",
    "other.json": config("other"),
  });
  const from = async (cwd: string, more = {}): Promise<unknown> => {
    const loaded = await loadProject(outside(root), { cwd: path.join(root, cwd), ...more });
    return loaded.ok && [loaded.value.name, path.relative(root, loaded.value.root)];
  };
  expect(await from("in/deep/er")).toEqual(["inner", "in"]);
  expect(await from(".")).toEqual(["outer", ""]);
  expect(await from("in/deep/er", { configFile: "../../../other.json" })).toEqual(["other", ""]);
});

test("PM2's JSON with comments and trailing commas", async () => {
  const root = folderWith({
    "ecosystem.config.json": '{ // the apps\n  "apps": [{ "name": "a", "script": "x.js", },],\n}\n',
  });
  expect(await loadProject(outside(root), { cwd: root })).toMatchObject({
    ok: true,
    value: { apps: [{ name: "a", kind: "pm2" }] },
  });
});

test("a well-formed configuration is remembered as such, and a change is checked again", async () => {
  const root = folderWith({ "ecosystem.config.json": '{ "apps": { "a": { "command": "x" } } }' });
  const system = outside(root);
  const load = async (): Promise<boolean> => (await loadProject(system, { cwd: root })).ok;
  expect(await load()).toBe(true);
  expect(await load()).toBe(true);
  await system.files.write(path.join(root, "ecosystem.config.json"), '{ "apps": { "a": { "command": 5 } } }');
  expect(await load()).toBe(false);
  expect(await load()).toBe(false);
});
