import { cpSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { loadProject } from "../../../src/config/project-loader.ts";
import { configText } from "../../../src/detect/config-text.ts";
import { detect } from "../../../src/detect/detect.ts";
import { detection } from "../../../src/detect/detection.ts";
import { clock } from "../../../src/system/clock.ts";
import { files } from "../../../src/system/files/files.ts";
import { REPOSITORY } from "../../rigs/devpm.ts";
import { openProject } from "../../rigs/project.ts";
import { folderWith, outside } from "../../unit/config/outside.ts";

const OUTSIDE = { files, clock };
const load = (root: string, ports: Record<string, number> = {}) =>
  loadProject(outside(root), { cwd: root, ports }, detection(OUTSIDE));

const FLASK = "from flask import Flask\napp = Flask(__name__)\n";
const FASTAPI = "from fastapi import FastAPI\napp = FastAPI()\n";
const VITE = '{ "scripts": { "dev": "vite" }, "devDependencies": { "vite": "^8" } }';

test("the demo, without its ecosystem files", async () => {
  const root = folderWith({});
  const copied = (from: string): boolean => !/node_modules|\.venv|__pycache__/.test(from);
  cpSync(path.join(REPOSITORY, "examples/market"), path.join(root, "examples/market"), {
    recursive: true,
    filter: copied,
  });
  cpSync(path.join(REPOSITORY, "compose.yml"), path.join(root, "compose.yml"));
  const found = await detect(root, OUTSIDE);
  expect(found.apps).toMatchObject([
    {
      name: "market",
      preset: "flask",
      cwd: "examples/market",
      app: "web.app",
      port: 5050,
      dependsOn: ["postgres", "neo4j", "kafka"],
    },
    { name: "ui", preset: "vite", cwd: "examples/market/ui", port: 5173, dependsOn: ["market"] },
  ]);
  expect(found.infra).toMatchObject({ compose: "compose.yml", services: ["postgres", "neo4j", "kafka"] });
  expect(found.omitted).toMatchObject([{ what: "examples/market/web/api.py: app" }]);
  expect(configText(found)).toContain('"postgres"');
});

test.each<[string, Record<string, string>, object[]]>([
  [
    "one file",
    { "app.py": FLASK, "requirements.txt": "flask\n" },
    [{ name: "backend", preset: "flask", cwd: ".", app: "app" }],
  ],
  [
    "a package below its requirements",
    { "backend/requirements.txt": "", "backend/shop/__init__.py": "", "backend/shop/main.py": FASTAPI },
    [{ name: "backend", preset: "fastapi", cwd: "backend", app: "shop.main", port: 8000 }],
  ],
  [
    "a folder without __init__ that imports from its root",
    { "requirements.txt": "", "app/main.py": `from app.db import x\n${FASTAPI}`, "app/db.py": "" },
    [{ cwd: ".", app: "app.main" }],
  ],
  [
    "a folder whose files import each other",
    { "requirements.txt": "", "server/main.py": `import db\n${FASTAPI}`, "server/db.py": "" },
    [{ cwd: "server", app: "main" }],
  ],
  [
    "a factory in a package",
    { "shop/__init__.py": "def create_app():\n    app = Flask(__name__)\n    return app\n" },
    [{ cwd: ".", app: "shop" }],
  ],
  [
    "two services and two front ends",
    {
      "api/app.py": FLASK,
      "admin/main.py": FASTAPI,
      "web/package.json": VITE,
      "tools/web/package.json": VITE,
      "docs/package.json": '{ "scripts": { "dev": "vitepress" } }',
    },
    [
      { name: "admin", preset: "fastapi", port: 8000 },
      { name: "api", preset: "flask", cwd: "api", port: 5000 },
      { name: "web", preset: "vite", port: 5173, dependsOn: ["admin", "api"] },
      { name: "tools-web", cwd: "tools/web", port: 5174 },
    ],
  ],
  [
    "the port that Vite's proxy expects",
    { "app.py": FLASK, "ui/package.json": VITE, "ui/vite.config.ts": 'proxy: { "/api": "http://127.0.0.1:9000" }' },
    [{ name: "backend", port: 9000 }, { name: "ui" }],
  ],
  [
    "nothing of tests, venvs and packages",
    { "tests/app.py": FLASK, "venv/app.py": FLASK, "node_modules/x/package.json": VITE, "test_app.py": FLASK },
    [],
  ],
])("%s", async (_, contents, apps) => {
  expect((await detect(folderWith(contents), OUTSIDE)).apps).toMatchObject(apps);
});

test("services: what an app's libraries talk to; what is built here is no infra", async () => {
  const compose = "services:\n  db:\n    image: postgres:17\n  cache:\n    image: redis:8\n  api:\n    build: .\n";
  const found = await detect(
    folderWith({ "app.py": FLASK, "requirements.txt": "flask\npsycopg\n", "docker-compose.yml": compose }),
    OUTSIDE,
  );
  expect(found.infra).toMatchObject({ compose: "docker-compose.yml", services: ["db", "cache"] });
  expect(found.apps[0]?.dependsOn).toEqual(["db"]);
  expect(found.omitted).toMatchObject([
    { what: "api", why: "one of the apps, or made of their image", at: { file: "docker-compose.yml", line: 6 } },
  ]);
  expect(found.notes).toEqual(
    ["db", "cache"].map((name) => expect.stringMatching(new RegExp(`^${name} publishes no port`))),
  );
});

test("dev without a file runs what init would write, and says so", async () => {
  const root = folderWith({ "app.py": FLASK, "ui/package.json": VITE });
  const loaded = await load(root, { backend: 5051 });
  expect(loaded).toMatchObject({
    ok: true,
    value: {
      configFile: null,
      root,
      apps: [
        { name: "backend", kind: "flask", port: 5051 },
        { name: "ui", kind: "vite" },
      ],
      notes: [
        "no ecosystem file: running what is here: backend (flask app on 5000), ui (vite ui on 5173); `devpm init` writes it down",
      ],
    },
  });
});

test("what is written loads as what was detected", async () => {
  const contents = {
    "app.py": FLASK,
    "my ui/package.json": VITE,
    "compose.yml": "services:\n  db:\n    image: postgres\n",
  };
  const root = folderWith(contents);
  const text = configText(await detect(root, OUTSIDE));
  expect(text).toBe(`import { defineConfig, flask, vite } from "devpm";

export default defineConfig({
  name: ${JSON.stringify(path.basename(root))},
  infra: { compose: "compose.yml", services: ["db"] },
  apps: {
    backend: flask({ app: "app", port: 5000, dependsOn: ["db"] }),
    "my ui": vite({ cwd: "my ui", port: 5173, dependsOn: ["backend"] }),
  },
});
`);
  const detected = await load(root);
  await files.write(path.join(root, "ecosystem.config.ts"), text);
  const written = await load(root);
  const essence = (loaded: typeof written) => loaded.ok && { ...loaded.value, configFile: null, notes: [] };
  expect(essence(written)).toEqual(essence(detected));
});

test("devpm init: a dry run, the file, and never over one that is there", async (ctx) => {
  const project = await openProject(ctx, {
    files: { "app.py": FLASK, "web/package.json": VITE, "web/api.py": FASTAPI },
  });
  const dry = await project.devpm(["init", "--dry-run"]);
  expect(dry.code).toBe(0);
  expect(dry.stderr).toMatch(/^name +kind +port +runs\nbackend +flask +5000 +app\n +app\.py:2\n/);
  expect(dry.stdout).toMatch(/^import \{ defineConfig, fastapi, flask, vite \} from "devpm";\n/);
  expect(await files.list(project.root)).not.toContain("ecosystem.config.ts");

  const json = await project.devpm(["init", "--dry-run", "--json"]);
  expect(JSON.parse(json.stdout)).toMatchObject({ config: dry.stdout, apps: [{}, {}, {}], infra: {}, notes: [] });

  const written = await project.devpm(["init"]);
  expect(written).toMatchObject({ code: 0, stderr: "" });
  expect(written.stdout).toContain("wrote ecosystem.config.ts\n");
  expect(project.read("ecosystem.config.ts")).toBe(dry.stdout);
  expect((await project.devpm(["render"])).code).toBe(0);

  const again = await project.devpm(["init"]);
  expect(again.code).toBe(2);
  expect(again.stderr).toContain("DEVPM_CONFIG_EXISTS");
  expect(project.read("ecosystem.config.ts")).toBe(dry.stdout);
  expect((await project.devpm(["init", "--dry-run"])).stdout).toBe(dry.stdout);
});

test("devpm init where there is nothing", async (ctx) => {
  const project = await openProject(ctx, { files: { "README.md": "" } });
  const nothing = await project.devpm(["init"]);
  expect(nothing.code).toBe(2);
  expect(nothing.stderr).toContain("DEVPM_CONFIG_MISSING");
});

test("init --debug: the configuration's Python apps can be debugged, and the editor gets their entries once", async (ctx) => {
  const project = await openProject(ctx, {
    files: { "api/app.py": FLASK, "api/requirements.txt": "flask\n", "ui/package.json": VITE, "ui/index.html": "" },
  });
  const launch = (): unknown => JSON.parse(project.read(".vscode/launch.json"));
  const made = await project.devpm(["init", "--debug"]);
  expect(made).toMatchObject({ code: 0 });
  expect(made.stdout).toContain("wrote .vscode/launch.json");
  const config = project.read("ecosystem.config.ts");
  expect(config.split("debug: true")).toHaveLength(2);
  expect(config).toMatch(/flask\(\{[^}]*debug: true/);
  const entry = { name: "devpm: attach to backend", type: "debugpy", connect: { port: 5678 }, restart: true };
  expect(launch()).toMatchObject({ configurations: [entry] });
  const again = await project.devpm(["init", "--debug"]);
  expect([again.code, again.stdout.trim()]).toEqual([0, ".vscode/launch.json has the entries already"]);
  expect(project.read("ecosystem.config.ts")).toBe(config);

  project.write(".vscode/launch.json", "// mine\n{}");
  const left = await project.devpm(["init", "--debug", "--json"]);
  expect((JSON.parse(left.stdout) as { launch: string }).launch).toContain("left as it is: it is not plain JSON; add");
  expect(project.read(".vscode/launch.json")).toBe("// mine\n{}");
  project.edit("ecosystem.config.ts", /,? ?debug: true,?/.exec(config)?.[0] ?? "", "");
  const none = await project.devpm(["init", "--debug"]);
  expect(none.stdout).toContain("no app has `debug: true`");
});
