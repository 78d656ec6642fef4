import { expect, test } from "vitest";
import { FASTAPI, found, packageJson } from "../layout.ts";

type Files = Record<string, string>;

const API: Files = { "api/main.py": FASTAPI, "api/requirements.txt": "fastapi\nuvicorn\n" };

/** Kind, port and what runs it, of each front end in `web`. */
const fronts = (scripts: Files, dependencies: string[], more: Files = {}) =>
  found({ ...API, "web/package.json": packageJson(scripts, dependencies), "web/package-lock.json": "{}", ...more })
    .apps.filter(({ cwd }) => cwd === "web")
    .map(({ kind, port, preset, command }) => [kind, port, preset ?? command]);

test.each<[string, Files, string[], unknown[]]>([
  [
    "an installed file of it",
    { dev: "node --inspect node_modules/.bin/next dev -p 3005" },
    ["next"],
    ["next", 3005, "npm run dev"],
  ],
  [
    "Angular by its file",
    { start: "node --max-old-space-size=8192 ./node_modules/@angular/cli/bin/ng.js serve" },
    ["@angular/cli"],
    ["angular", 4200, "npm run start"],
  ],
  ["Deno's name for it", { dev: "deno run -A npm:vite@7" }, ["vite"], ["vite", 5173, "vite"]],
  ["Remix on Vite", { dev: "remix vite:dev" }, ["@remix-run/dev", "vite"], ["react-router", 5173, "npm run dev"]],
  ["Remix before Vite", { dev: "remix dev" }, ["@remix-run/dev"], ["react-router", 3000, "npm run dev"]],
  ["SolidStart", { dev: "solid-start dev" }, ["solid-start"], ["other-node", 3000, "npm run dev"]],
  ["Vike", { dev: "vike dev" }, ["vike", "vite"], ["other-node", 3000, "npm run dev"]],
  ["Vite+", { dev: "vp dev" }, ["vite-plus"], ["vite", 5173, "npm run dev"]],
  ["Ember's other name", { start: "ember s --port 4201" }, ["ember-cli"], ["other-node", 4201, "npm run start"]],
  ["Farm without a command", { dev: "farm" }, ["@farmfe/cli"], ["other-node", 9000, "npm run dev"]],
  ["Preact CLI", { dev: "preact watch" }, ["preact-cli"], ["other-node", 8080, "npm run dev"]],
  ["Modern.js", { dev: "modern dev" }, ["@modern-js/app-tools"], ["other-node", 8080, "npm run dev"]],
  ["ice.js", { start: "ice start" }, ["@ice/app"], ["other-node", 3000, "npm run start"]],
  [
    "esbuild's own server",
    { dev: "esbuild src/app.tsx --bundle --servedir=www --serve=8123" },
    ["esbuild"],
    ["other-node", 8123, "npm run dev"],
  ],
  ["Ionic", { start: "ionic serve" }, ["@ionic/angular"], ["other-node", 8100, "npm run start"]],
  ["live-server", { dev: "live-server --port=5500 ." }, ["live-server"], ["other-node", 5500, "npm run dev"]],
  ["a wrapper that nobody knows", { dev: "portless shop next dev" }, ["next"], ["next", 3000, "npm run dev"]],
])("the tool behind a script: %s", (_, scripts, dependencies, expected) => {
  expect(fronts(scripts, dependencies)).toEqual([expected]);
});

test.each<[string, Files, string[]]>([
  ["esbuild that builds", { dev: "esbuild src/app.ts --bundle --watch" }, ["esbuild"]],
  ["a target of a Makefile that is called like it", { dev: "make next dev" }, ["next-make"]],
  ["a browser extension", { dev: "vite" }, ["vite", "@crxjs/vite-plugin"]],
  ["another browser extension", { dev: "vite" }, ["vite", "wxt"]],
])("no dev server: %s", (_, scripts, dependencies) => {
  expect(fronts(scripts, dependencies)).toEqual([]);
});

test("documents in the package of an app leave it an app", () => {
  const scripts = { dev: "vite", "docs:dev": "vitepress dev docs" };
  expect(fronts(scripts, ["vite", "vitepress"], { "web/index.html": "" })).toEqual([["vite", 5173, "vite"]]);
  expect(fronts(scripts, ["vite", "vitepress"])).toEqual([]);
});

test.each<[string, Files, string[], string]>([
  [
    "by the name of the inner script",
    { dev: 'concurrently "npm:web" "npm:api"', web: "next dev", api: "cd ../api && uvicorn main:app" },
    ["next"],
    "npm run web",
  ],
  [
    "by the script that is run in it",
    { start: "react-scripts start", dev: 'concurrently "npm start" "cd ../api && flask run"' },
    ["react-scripts"],
    "npm run start",
  ],
  [
    "by the tool itself",
    { dev: 'concurrently "next dev -p 3001" "cd ../api && flask run"' },
    ["next"],
    "npx next dev -p 3001",
  ],
  [
    "beside what `&` starts",
    { start: "react-scripts start", dev: "npm start & (cd ../api && flask run)" },
    ["react-scripts"],
    "npm run start",
  ],
  ["Vite, by its preset", { dev: 'concurrently "vite" "cd ../api && flask run"' }, ["vite"], "vite"],
  ["with what is no backend", { dev: 'concurrently "next dev" "tailwindcss -w"' }, ["next"], "npm run dev"],
  ["after a migration", { dev: "python manage.py migrate && next dev" }, ["next"], "npm run dev"],
])("a script that starts the backend as well is run without it: %s", (_, scripts, dependencies, command) => {
  expect(fronts(scripts, dependencies).map(([, , run]) => run)).toEqual([command]);
});

test("a library that Vite builds is none beside an app, and one where it is alone", () => {
  const config = "export default { build: { lib: { entry: 'src/index.ts' } } }";
  const library = { "ui/package.json": packageJson({ dev: "vite" }, ["vite"]), "ui/vite.config.ts": config };
  const folders = (files: Files) => found({ ...API, ...files }).apps.map(({ cwd }) => cwd);
  expect(folders(library)).toEqual(["api", "ui"]);
  expect(folders({ ...library, "web/package.json": packageJson({ dev: "vite" }, ["vite"]) })).toEqual(["api", "web"]);
});

test("a program of the project around Vite is run as it is, on its own port", () => {
  const server = { "web/index.html": "", "web/server.ts": "app.listen(process.env.PORT || 3200)" };
  expect(fronts({ dev: "tsx watch server.ts" }, ["vite", "express"], server)).toEqual([["vite", 3200, "npm run dev"]]);
  const own = { "web/server.js": "const port = process.env.PORT || 3300; app.listen(port)" };
  const router = ["@react-router/dev", "vite", "express"];
  expect(fronts({ dev: "node server.js" }, router, own)).toEqual([["react-router", 3300, "npm run dev"]]);
});

const manager = (files: Files, more: object = {}, scripts: Files = {}): string | undefined =>
  found({ ...API, "web/package.json": packageJson({ dev: "vite", ...scripts }, ["vite"], more), ...files }).apps.find(
    ({ cwd }) => cwd === "web",
  )?.packageManager;

test.each<[string, string, Files, object?, Files?]>([
  ["devEngines", "pnpm", {}, { devEngines: { packageManager: { name: "pnpm", version: "10" } } }],
  ["only-allow", "pnpm", {}, {}, { preinstall: "npx only-allow pnpm" }],
  ["engines", "pnpm", {}, { engines: { node: ">=20", pnpm: ">=9" } }],
  ["engines that name npm as well", "npm", {}, { engines: { npm: ">=10", pnpm: ">=9" } }],
  ["yarn's settings", "yarn", { "web/.yarnrc.yml": "nodeLinker: node-modules\n" }],
  ["a document that only installs", "pnpm", { "README.md": "```\ncd web && pnpm i\n```\n" }],
  [
    "an installation for all of the machine",
    "npm",
    { "README.md": "```\ncd web\nyarn global add serve\nnpm install -g pnpm\n```\n" },
  ],
  [
    "the image",
    "yarn",
    { "web/Dockerfile": "FROM node:22\nRUN npm install -g corepack\nRUN yarn install --immutable\n" },
  ],
  [
    "two locks and the image",
    "yarn",
    { "web/package-lock.json": "{}", "web/yarn.lock": "", "web/Dockerfile": "FROM node\nRUN yarn install\n" },
  ],
  [
    "a workspace with alternatives",
    "pnpm",
    { "pnpm-lock.yaml": "", "package.json": "{}", "pnpm-workspace.yaml": "packages:\n  - '{web,docs}'\n" },
  ],
])("the package manager by %s", (_, expected, files, more, scripts) => {
  expect(manager(files, more, scripts)).toBe(expected);
});
