import { expect, test } from "vitest";
import { packageDrift } from "../../../src/preflight/setup/drift.ts";
import { loadProject } from "../../../src/config/project-loader.ts";
import { files } from "../../../src/system/files/files.ts";
import { folderWith, outside } from "../config/outside.ts";

const SITE = ".venv/lib/python3.12/site-packages";
const PYTHON = { ".venv/pyvenv.cfg": "version = 3.12.1\n", [`${SITE}/Flask-3.0.1.dist-info/METADATA`]: "" };

/** The drift of an app of a project with these files, and with these other apps. */
async function driftOf(app: object, contents: Readonly<Record<string, string>>, others: Record<string, object> = {}) {
  const apps = { web: app, ...others };
  const root = folderWith({ ...contents, "ecosystem.config.json": JSON.stringify({ apps }) });
  const loaded = await loadProject(outside(root), { cwd: root });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.diagnostics));
  const found = await packageDrift(loaded.value.apps[0]!, files);
  return found && { found, root, missing: found.evidence.find(([label]) => label === "missing")?.[1] };
}

const lock = (packages: object): string => JSON.stringify({ lockfileVersion: 3, packages });
const entry = (version: string, more: object = {}): object => ({ version, ...more });

const NODE = {
  "ui/package.json":
    '{ "scripts": { "dev": "vite" }, "dependencies": { "react": "*" }, "devDependencies": { "vite": "*" } }',
  "ui/node_modules/react/package.json": "",
};

test.each([
  ["a preset with setup: false", { preset: "vite", cwd: "ui", setup: false }],
  ["a preset with steps of its own", { preset: "vite", cwd: "ui", setup: [{ run: "true" }] }],
  ["a command of Node", { command: "node server.js", cwd: "ui" }],
])("%s: what package.json names and node_modules lacks, with what installs it", async (_, app) => {
  const drift = await driftOf(app, NODE);
  expect(drift?.found).toMatchObject({
    code: "DEVPM_PACKAGES_MISSING",
    severity: "warning",
    summary: "web: 1 package is not installed",
    fixes: [{ command: `(cd ${drift?.root}/ui && npm install) && devpm restart web` }],
  });
  expect(drift?.missing).toBe("vite");
});

test("what devpm installs itself is no drift, nor what is complete, nor a folder without packages", async () => {
  expect(await driftOf({ preset: "vite", cwd: "ui" }, NODE)).toBeNull();
  const whole = { ...NODE, "ui/node_modules/vite/package.json": "" };
  expect(await driftOf({ preset: "vite", cwd: "ui", setup: false }, whole)).toBeNull();
  expect(await driftOf({ command: "node server.js" }, {})).toBeNull();
  // yarn's plug'n'play has no node_modules
  expect(await driftOf({ command: "node server.js", cwd: "ui" }, { ...NODE, "ui/.pnp.cjs": "" })).toBeNull();
});

test("what another app's set-up installs in the same folder is no drift, in another folder or at another time it is", async () => {
  const app = { command: "node e2e.js", cwd: "ui" };
  const drift = (page: object) =>
    driftOf(
      app,
      { ...NODE, "other/package.json": '{ "scripts": { "dev": "vite" } }' },
      { page: { preset: "vite", ...page } },
    );
  expect(await drift({ cwd: "ui" })).toBeNull();
  expect((await drift({ cwd: "other" }))?.missing).toBe("vite");
  expect((await drift({ cwd: "ui", start: false }))?.missing).toBe("vite");
});

test("in an environment that another app's set-up fills, too, what it does not name is drift", async () => {
  const web = { preset: "flask", app: "main", cwd: "api", port: 5001, setup: false };
  const jobs = { preset: "flask", app: "main", cwd: "jobs", port: 5002 };
  const given = { ...PYTHON, "api/requirements.txt": "flask\nredis\n", "jobs/requirements.txt": "flask\n" };
  expect((await driftOf(web, given, { jobs }))?.missing).toBe("redis");
});

test("Python: what requirements name and the environment lacks; without one nothing is known", async () => {
  const app = { preset: "flask", app: "main", setup: false };
  const drift = await driftOf(app, { ...PYTHON, "requirements.txt": "flask\nredis\n" });
  expect(drift?.missing).toBe("redis");
  expect(drift?.found.fixes[0]?.command).toMatch(
    /^\(cd \S+ && \S+\/\.venv\/bin\/python -m pip install -r requirements\.txt\) && devpm restart web$/,
  );
  expect(await driftOf(app, { "requirements.txt": "flask\nredis\n" })).toBeNull();
});

test.each([
  ["nothing", {}, {}, null],
  [
    "another version",
    { "node_modules/react": entry("19.1.0") },
    { "node_modules/react": entry("19.0.0") },
    "react@19.1.0",
  ],
  ["a dependency's dependency", { "node_modules/react/node_modules/x": entry("1.0.0") }, {}, "x"],
  ["what another platform needs", { "node_modules/fsevents": entry("1.0.0", { optional: true }) }, {}, null],
  ["a member of the workspace", { "": entry("1.0.0"), "packages/a": entry("1.0.0") }, {}, null],
])("npm's lock file against what npm has installed: %s", async (_, locked, installed, missing) => {
  const drift = await driftOf(
    { preset: "vite", cwd: "ui", setup: false },
    {
      ...NODE,
      "ui/node_modules/vite/package.json": "",
      "ui/package-lock.json": lock(locked),
      "ui/node_modules/.package-lock.json": lock(installed),
    },
  );
  expect(drift?.missing ?? null).toBe(missing);
});

test("many are counted, and a lock file that cannot be read says nothing", async () => {
  const names = ["a", "b", "c", "d", "e", "f", "g"];
  const dependencies = Object.fromEntries(names.map((name) => [name, "*"]));
  const drift = await driftOf(
    { preset: "vite", cwd: "ui", setup: false },
    {
      "ui/package.json": JSON.stringify({ scripts: { dev: "vite" }, dependencies }),
      "ui/package-lock.json": "{",
      "ui/node_modules/.package-lock.json": "{",
    },
  );
  expect(drift?.missing).toBe("a, b, c, d, e and 2 more");
});
