import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { detect } from "../../../src/detect/detect.ts";
import { clock } from "../../../src/system/clock.ts";
import { files } from "../../../src/system/files/files.ts";
import { openProject, type Project } from "../../rigs/project.ts";
import { folderWith } from "../../unit/config/outside.ts";

const FLASK = "from flask import Flask\napp = Flask(__name__)\n";
const VITE = '{ "scripts": { "dev": "vite" }, "devDependencies": { "vite": "^8" } }';
const look = (root: string) => detect(root, { files, clock });

test("links that lead out are not followed, links in a circle end, and both are said", async () => {
  const outside = folderWith({ "secret/app.py": FLASK, "secret/.env.example": "KEY=\n", "shared.env": "PORT=9999\n" });
  const root = folderWith({ "app.py": FLASK, "real/main.py": "" });
  symlinkSync(path.join(outside, "secret"), path.join(root, "api"));
  symlinkSync(path.join(outside, "shared.env"), path.join(root, ".env"));
  symlinkSync("..", path.join(root, "real/loop"));
  symlinkSync("self", path.join(root, "self"));
  symlinkSync("real/main.py", path.join(root, "alias.py"));
  const found = await look(root);
  expect(found.apps.map(({ cwd, app, port }) => [cwd, app, port])).toEqual([[".", "app", 5000]]);
  expect(found.templates).toEqual([]);
  expect(found.notes.toSorted()).toEqual([
    "not read: .env (a link that leads out of the repository)",
    "not read: api (a link that leads out of the repository)",
  ]);
});

test("pipes, garbage and what may not be read are said, and the rest is found", async (ctx) => {
  const root = folderWith({ "app.py": FLASK, "ui/package.json": VITE, "shut/app.py": FLASK, "compose.yml": "" });
  execFileSync("mkfifo", [path.join(root, "ui/vite.config.ts")]);
  writeFileSync(path.join(root, "package.json"), Buffer.from([0, 1, 2, 255, 0]));
  writeFileSync(path.join(root, "pyproject.toml"), "[tool\n= nonsense");
  mkdirSync(path.join(root, "Makefile"));
  chmodSync(path.join(root, "shut"), 0o000);
  ctx.onTestFinished(() => chmodSync(path.join(root, "shut"), 0o755));
  const found = await look(root);
  expect(found.apps).toMatchObject([{ app: "app" }, { kind: "vite", cwd: "ui", port: 5173 }]);
  expect(found.notes).toContain("not read: package.json (not text)");
  expect(found.notes).toContain("pyproject.toml is not valid TOML and was left out");
  // root may read everything
  if (process.getuid?.() !== 0) expect(found.notes).toContain("not read: shut (EACCES)");
});

test("nothing of the project is executed: configs that throw or write, scripts, modules with effects", async (ctx) => {
  const touch = (name: string): string => `require("fs").writeFileSync(${JSON.stringify(name)}, "")`;
  const project = await openProject(ctx, {
    files: {
      "app.py": `open("ran-python", "w")\n${FLASK}raise SystemExit\n`,
      "setup.py": 'open("ran-setup", "w")\n',
      "package.json": `{ "scripts": { "dev": "vite", "prepare": "touch ran-script", "preinstall": "touch ran-install" }, "devDependencies": { "vite": "1" } }`,
      "vite.config.js": `${touch("ran-vite")};\nthrow new Error("no");\nexport default { server: { port: 5199 } };\n`,
      ".env": "X=$(touch ran-env)\n",
      "compose.yml": 'services:\n  db: { image: "postgres:$(touch ran-compose)" }\n',
      Makefile: "X := $(shell touch ran-make)\nrun:\n\tflask run\n",
      "sitecustomize.py": 'open("ran-site", "w")\n',
    },
  });
  const done = await project.devpm(["init"]);
  expect(done).toMatchObject({ code: 0, stderr: "" });
  expect(project.read("ecosystem.config.ts")).toContain("port: 5199");
  expect(readdirSync(project.root).filter((name) => name.startsWith("ran-"))).toEqual([]);
});

test("ten thousand packages do not hide what lies beside them", { timeout: 400_000 }, async (ctx) => {
  const project = await openProject(ctx, { files: { "api/app.py": FLASK, "web/package.json": VITE } });
  for (let group = 0; group < 100; group++) {
    for (let index = 0; index < 100; index++) {
      const folder = project.path("packages", `g${group}`, `p${index}`);
      mkdirSync(folder, { recursive: true });
      writeFileSync(
        path.join(folder, "package.json"),
        `{ "name": "p${group}-${index}", "scripts": { "build": "tsc" } }`,
      );
    }
  }
  const { apps } = await detected(project);
  expect(apps).toEqual(["api", "web"]);
});

test("deep folders and deep brackets", async (ctx) => {
  const project = await openProject(ctx, { files: { "api/app.py": FLASK, "web/package.json": VITE } });
  const deep = project.path(...Array<string>(60).fill("deep"));
  mkdirSync(deep, { recursive: true });
  writeFileSync(path.join(deep, "app.py"), FLASK);
  writeFileSync(project.path("nested.py"), `app = Flask(${"(".repeat(20_000)}${")".repeat(20_000)})\n`);
  writeFileSync(project.path("tsconfig.json"), "[".repeat(100_000));
  writeFileSync(project.path("compose.yml"), `services: ${"[".repeat(50_000)}`);
  writeFileSync(project.path("pyproject.toml"), `a = ${"[".repeat(50_000)}`);
  const { apps, notes } = await detected(project);
  expect(apps).toEqual(["api", "web"]);
  expect(notes).toMatch(/not read: folders more than 12 deep/);
});

async function detected(project: Project): Promise<{ apps: string[]; notes: string }> {
  const done = await project.devpm(["init", "--dry-run", "--json"], { deadlineMs: 150_000 });
  expect(done.code, done.stderr).toBe(0);
  const { apps, notes } = JSON.parse(done.stdout) as { apps: { cwd: string }[]; notes: string[] };
  return { apps: apps.map(({ cwd }) => cwd), notes: notes.join("\n") };
}
