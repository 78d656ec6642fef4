import { expect, test } from "vitest";
import { commandsOf } from "../../../../src/detect/commands/all.ts";
import { frontEnds } from "../../../../src/detect/front/apps.ts";
import { configFiles } from "../../../../src/detect/front/config.ts";
import { expectations } from "../../../../src/detect/front/expectations.ts";
import { configuredPort } from "../../../../src/detect/front/own-port.ts";
import { isMember, managerOf, packagesOf } from "../../../../src/detect/front/packages.ts";
import { FASTAPI, found, layout, packageJson, VITE } from "../layout.ts";

const fronts = (files: Record<string, string>) => {
  const repository = layout(files);
  return frontEnds(repository, packagesOf(repository), commandsOf(repository));
};

const one = (scripts: Record<string, string>, dependencies: string[], more: Record<string, string> = {}) =>
  fronts({ "ui/package.json": packageJson(scripts, dependencies), ...more }).found.map(
    ({ tool, script, scriptPort }) => [tool.kind, script, scriptPort],
  );

test.each<[string, Record<string, string>, string[], unknown[]]>([
  ["Vite", { dev: "vite" }, ["vite"], ["vite", "dev", null]],
  [
    "Vite by another name of the script",
    { start: "vite --port 3100", build: "vite build" },
    ["vite"],
    ["vite", "start", 3100],
  ],
  ["SvelteKit", { dev: "vite dev" }, ["vite", "@sveltejs/kit"], ["sveltekit", "dev", null]],
  ["SvelteKit before Vite's plugin", { dev: "svelte-kit dev" }, ["@sveltejs/kit"], ["sveltekit", "dev", null]],
  ["React Router", { dev: "react-router dev" }, ["vite", "@react-router/dev"], ["react-router", "dev", null]],
  [
    "Next beside a Vite that only tests",
    { dev: "next dev --turbopack -p 4000", start: "next start" },
    ["next", "vite"],
    ["next", "dev", 4000],
  ],
  ["Nuxt", { dev: "nuxt dev" }, ["nuxt"], ["nuxt", "dev", null]],
  ["Astro", { dev: "astro dev" }, ["astro"], ["astro", "dev", null]],
  ["Angular", { start: "ng serve", watch: "ng build --watch" }, ["@angular/cli"], ["angular", "start", null]],
  [
    "Create React App with a port",
    { start: "cross-env PORT=3005 react-scripts start" },
    ["react-scripts"],
    ["cra", "start", 3005],
  ],
  ["webpack", { "serve:web": "webpack serve" }, ["webpack"], ["webpack", "serve:web", null]],
  ["a prelude", { dev: "panda codegen && next dev" }, ["next"], ["next", "dev", null]],
  [
    "a script behind a script",
    { dev: "npm run dev:web", "dev:web": "vite --port 3101" },
    ["vite"],
    ["vite", "dev", 3101],
  ],
  [
    "a tool that another script is given",
    { babel: "babel-node --presets env", dev: "npm run babel -- ./node_modules/.bin/webpack-dev-server --hot" },
    ["webpack-dev-server"],
    ["webpack", "dev", null],
  ],
  ["one of several", { dev: 'concurrently "vite" "tsc -w"' }, ["vite"], ["vite", "dev", null]],
  ["devpm in its own script", { dev: "devpm dev" }, ["vite"], ["vite", "dev", null]],
])("%s", (_, scripts, dependencies, expected) => {
  expect(one(scripts, dependencies, { "ui/index.html": "" })).toEqual([expected]);
});

test.each<[string, Record<string, string>, string[]]>([
  ["a library that is only built", { dev: "vite build --watch" }, ["vite"]],
  ["production", { start: "next start" }, ["next"]],
  ["Storybook", { storybook: "storybook dev -p 6006" }, ["vite"]],
  ["a script for another folder", { dev: "cd ../web && vite" }, ["vite"]],
  ["a documentation site", { dev: "vite" }, ["vite", "vitepress"]],
  ["a compiler", { dev: "tsc --watch" }, []],
])("no front end: %s", (_, scripts, dependencies) => {
  expect(one(scripts, dependencies)).toEqual([]);
});

test("examples count only where there is nothing else, tests never", () => {
  const folders = (files: Record<string, string>): string[] =>
    fronts(files).found.map(({ package: { folder } }) => folder);
  expect(folders({ "web/package.json": VITE, "examples/a/package.json": VITE, "tests/b/package.json": VITE })).toEqual([
    "web",
  ]);
  expect(folders({ "examples/a/package.json": VITE, "tests/b/package.json": VITE })).toEqual(["examples/a"]);
});

const portOf = (config: string, more: Record<string, string> = {}): number | undefined => {
  const files = { "ui/package.json": VITE, "ui/vite.config.ts": config, ...more };
  const repository = layout(files);
  const [front] = fronts(files).found;
  return front && configuredPort(repository, front, configFiles(repository, front))?.port;
};

test("the port of a config, of the env files that it reads, and none", () => {
  expect(portOf("export default { server: { port: 3000 } }")).toBe(3000);
  expect(
    portOf("export default { server: { port: Number(process.env.UI_PORT) || 3000 } }", { "ui/.env": "UI_PORT=3200\n" }),
  ).toBe(3200);
  expect(
    portOf("const env = loadEnv(mode, '..', ''); export default { server: { port: +env.UI_PORT } }", {
      ".env.example": "UI_PORT=3300\n",
    }),
  ).toBe(3300);
  expect(portOf("throw new Error('x')")).toBeUndefined();
});

test("what a front end expects to listen: proxies, URLs of env files and of the code, never its own address", () => {
  const files = {
    "ui/package.json": VITE,
    "ui/vite.config.ts": "export default { server: { proxy: { '/api': { target: 'http://localhost:8001' } } } }",
    "ui/.env.development": "VITE_API_URL=http://localhost:8002\nVITE_SITE_URL=http://localhost:5173\n",
    "ui/src/api.ts": 'const base = import.meta.env.X ?? "http://127.0.0.1:8003";\n// http://localhost:9999\n',
    "ui/src/api.test.ts": 'fetch("http://localhost:9998")',
  };
  const repository = layout(files);
  const [front] = fronts(files).found;
  expect(
    front &&
      expectations(repository, front, configFiles(repository, front)).map(({ port, kind, evidence }) => [
        port,
        kind,
        evidence.file,
        evidence.line,
      ]),
  ).toEqual([
    [8001, "proxy", "ui/vite.config.ts", 1],
    [8002, "url", "ui/.env.development", 1],
    [8003, "url", "ui/src/api.ts", 1],
  ]);
});

test.each<[string, Record<string, string>, string[], string]>([
  ["its own lock", { "ui/yarn.lock": "", "pnpm-lock.yaml": "" }, [], "yarn"],
  ["a lock above counts for members only", { "package-lock.json": "", "package.json": "{}" }, ["pnpm"], "pnpm"],
  [
    "the workspace's lock",
    { "pnpm-lock.yaml": "", "package.json": "{}", "pnpm-workspace.yaml": "packages: [ui]\n" },
    [],
    "pnpm",
  ],
  [
    "the workspace's packageManager",
    { "package.json": '{ "workspaces": ["u*"], "packageManager": "bun@1.2.0" }' },
    [],
    "bun",
  ],
  [
    "a workspace that pnpm alone reads",
    { "pnpm-lock.yaml": "", "pnpm-workspace.yaml": "packages: [u*]\n" },
    [],
    "pnpm",
  ],
  ["another one's members", { "pnpm-lock.yaml": "", "pnpm-workspace.yaml": "packages: [lib]\n" }, [], "npm"],
  ["two locks: what the documents use", { "ui/package-lock.json": "", "ui/pnpm-lock.yaml": "" }, ["pnpm"], "pnpm"],
  [
    "two locks of a workspace that pnpm reads",
    { "package-lock.json": "", "pnpm-lock.yaml": "", "package.json": "{}", "pnpm-workspace.yaml": "packages: [ui]\n" },
    ["npm"],
    "pnpm",
  ],
  ["nothing", {}, [], "npm"],
])("package manager: %s", (_, files, used, manager) => {
  const repository = layout({ "ui/package.json": "{}", ...files });
  expect(managerOf(repository, packagesOf(repository), "ui", used)).toBe(manager);
});

test("members of a workspace, and those it excludes", () => {
  const repository = layout({ "package.json": '{ "workspaces": { "packages": ["apps/*", "libs/**", "!apps/old"] } }' });
  const [root] = packagesOf(repository);
  const members = ["apps/a", "apps/old", "apps/a/b", "libs/x/y", "other"].filter(
    (folder) => root && isMember(repository, root, folder),
  );
  expect(members).toEqual(["apps/a", "libs/x/y"]);
});

test("Vite's own script runs by the preset, every other by the package manager", () => {
  const run = (scripts: Record<string, string>, dependencies: string[], lock: string): unknown => {
    const files = { "ui/package.json": packageJson(scripts, dependencies), [`ui/${lock}`]: "", "ui/index.html": "" };
    const [app] = found(files).apps;
    return app?.preset ?? app?.command;
  };
  expect(run({ dev: "vite" }, ["vite"], "package-lock.json")).toBe("vite");
  expect(run({ dev: "devpm dev" }, ["vite"], "bun.lock")).toBe("vite");
  expect(run({ start: "vite" }, ["vite"], "package-lock.json")).toBe("npm run start");
  expect(run({ dev: "next dev -p 4000" }, ["next"], "pnpm-lock.yaml")).toBe("pnpm run dev");
  expect(run({ start: "react-scripts start" }, ["react-scripts"], "yarn.lock")).toBe("yarn run start");
});

test.each<[string, Record<string, string>, string, number]>([
  ["make", { Makefile: "ui:\n\tcd ui && npx vite --port $(UI_PORT) --host\n" }, "npx vite --host", 5173],
  ["just", { justfile: "ui:\n    cd ui && npx vite --port 5199\n" }, "npx vite --port 5199", 5199],
  ["a Procfile", { "Procfile.dev": "api: uvicorn main:app\nui: cd ui && npx vite\n" }, "npx vite", 5173],
  [
    "mise",
    { "mise.toml": '[tasks."dev:ui"]\ndir = "ui"\nrun = "npx vite --port={{ env.UI_PORT }} --host"\n' },
    "npx vite --host",
    5173,
  ],
])("a tool that only a task runner starts, without what that fills in: %s", (_, files, command, port) => {
  const ui = packageJson({ build: "vite build" }, ["vite"]);
  const site = { "site/package.json": VITE };
  expect(found({ "main.py": FASTAPI, "ui/package.json": ui, ...files }).apps[1]).toMatchObject({
    cwd: "ui",
    command,
    port,
  });
  // a script of its own comes first
  const { apps } = found({ ...files, ...site, "ui/package.json": packageJson({ dev: "vite" }, ["vite"]) });
  expect(apps.find(({ cwd }) => cwd === "ui")?.command).toBeUndefined();
});

test.each([
  ["for tests", "e2e:\n\tcd ui && npx vite --port 4000\n"],
  ["what is built", "ui:\n\tcd ui && npx vite preview\n"],
  ["in another folder", "ui:\n\tnpx vite\n"],
])("not one that a task runner starts %s", (_, Makefile) => {
  const ui = packageJson({ build: "vite build" }, ["vite"]);
  expect(found({ "main.py": FASTAPI, "ui/package.json": ui, Makefile }).apps).toHaveLength(1);
});

test("a tool that only the documents start is run by its own command", () => {
  const files = {
    "ui/package.json": packageJson({ lint: "eslint ." }, ["quasar", "@quasar/app-vite"]),
    "ui/README.md": "```bash\nquasar dev\n```\n",
  };
  const [app] = found(files).apps;
  expect(app).toMatchObject({
    cwd: "ui",
    port: 9000,
    command: "npx quasar dev",
    evidence: [{ file: "ui/README.md", line: 2 }],
  });
  expect(found({ ...files, "ui/pnpm-lock.yaml": "" }).apps[0]?.command).toBe("pnpm exec quasar dev");
  // not without the tool, and not what builds
  expect(found({ ...files, "ui/package.json": packageJson({}, ["eslint"]) }).apps).toEqual([]);
  expect(found({ ...files, "ui/README.md": "`npx quasar build`" }).apps).toEqual([]);
});

test("a site of documents beside the product leaves it the tool's own port", () => {
  const { apps } = found({
    "package.json": JSON.stringify({ workspaces: ["apps/*"] }),
    "apps/docs/package.json": VITE,
    "apps/web/package.json": VITE,
  });
  expect(Object.fromEntries(apps.map(({ cwd, port }) => [cwd, port]))).toEqual({ "apps/docs": 5174, "apps/web": 5173 });
});

test("a workspace's `apps/docs` is one of its apps; `docs` beside them, and a site of documents, are not", () => {
  const next = packageJson({ dev: "next dev --port 3001" }, ["next"]);
  const files = {
    "package.json": JSON.stringify({ workspaces: ["apps/*"] }),
    "apps/web/package.json": packageJson({ dev: "next dev" }, ["next"]),
  };
  const folders = (more: Record<string, string>) =>
    found({ ...files, ...more })
      .apps.map(({ cwd }) => cwd)
      .toSorted();
  expect(folders({ "apps/docs/package.json": next })).toEqual(["apps/docs", "apps/web"]);
  expect(folders({ "docs/package.json": next })).toEqual(["apps/web"]);
  expect(folders({ "apps/docs/package.json": packageJson({ dev: "next dev" }, ["next", "nextra"]) })).toEqual([
    "apps/web",
  ]);
});

test("the port that a Procfile, a Makefile or a script above gives to the script of a front end", () => {
  const port = (files: Record<string, string>): number | undefined =>
    found({
      "ui/package.json": VITE,
      "ui/vite.config.ts": "export default { server: { port: 3000 } }",
      ...files,
    }).apps.find(({ kind }) => kind === "vite")?.port;
  expect(port({ Procfile: "web: npm --prefix ui run dev -- --port 3100\n" })).toBe(3100);
  expect(port({ Makefile: "web:\n\tcd ui && pnpm dev --port 3200\n" })).toBe(3200);
  expect(port({ "package.json": packageJson({ dev: "npm run dev --prefix ui -- --port=3300" }) })).toBe(3300);
  expect(port({ Procfile: "web: npm --prefix other run dev -- --port 3100\n" })).toBe(3000);
  expect(port({ "README.md": "If it is taken: `npm --prefix ui run dev -- --port 3400`" })).toBe(3000);
});

test("the port that a container gives to the script, where it is published as that", () => {
  const port = (published: string): number | undefined =>
    found({
      "ui/package.json": VITE,
      "compose.yml": `services:\n  web:\n    image: node:22\n    volumes: ["./ui:/app"]\n    command: sh -c "npm install && npm run dev -- --port 5200"\n    ports: ["${published}"]\n`,
    }).apps[0]?.port;
  expect(port("5200:5200")).toBe(5200);
  expect(port("80:5200")).toBe(5173);
});

test("Create React App after its ejection, on the port that its script falls back to", () => {
  const start = `const Server = require("webpack-dev-server");\nconst PORT = parseInt(process.env.PORT, 10) || 3010;\n`;
  expect(one({ start: "node scripts/start.js" }, ["webpack-dev-server"], { "ui/scripts/start.js": start })).toEqual([
    ["webpack", "start", 3010],
  ]);
  expect(one({ start: "node scripts/start.js" }, ["express"], { "ui/scripts/start.js": "listen(3010)" })).toEqual([]);
});

test("an app for phones is left out by its name", () => {
  const omitted = (dependencies: string[], start: string) =>
    fronts({ "phone/package.json": packageJson({ start }, dependencies) }).omitted.map(({ what, at }) => [
      what,
      at?.says,
    ]);
  expect(omitted(["expo"], "expo start --tunnel")).toEqual([["Expo in phone", "expo start --tunnel"]]);
  expect(omitted(["react-native"], "react-native start")).toEqual([["React Native in phone", "react-native start"]]);
});

test("of two copies on the same port the newer or the plain one keeps it", () => {
  const ports = (folders: string[]): Record<string, number> =>
    Object.fromEntries(
      found(Object.fromEntries(folders.map((folder) => [`${folder}/package.json`, VITE]))).apps.map(({ cwd, port }) => [
        cwd,
        port,
      ]),
    );
  expect(ports(["web-2", "web"])).toEqual({ web: 5173, "web-2": 5174 });
  const rebuilt = found({
    "web/package.json": VITE,
    "web_rebuilt/package.json": VITE,
    "web_rebuilt/Dockerfile": "FROM node AS build\nFROM nginx\n",
    "compose.yml": "services:\n  web: { build: web_rebuilt, ports: ['80:80'] }\n",
  });
  expect(rebuilt.apps.map(({ cwd, port }) => [cwd, port])).toEqual([
    ["web", 5174],
    ["web_rebuilt", 5173],
  ]);
  expect(ports(["admin_old", "web"])).toEqual({ web: 5173, admin_old: 5174 });
});

test("a script of any name that runs a dev server, where no usual one does", () => {
  const own = { w: "webpack-dev-server --hot", build: "webpack" };
  expect(found({ "package.json": packageJson(own, ["webpack-dev-server"]) }).apps).toMatchObject([
    { kind: "webpack", command: "npm run w" },
  ]);
  const demo = { demo: "vite demo", build: "vite build" };
  expect(found({ "package.json": packageJson(demo, ["vite"]) }).apps).toEqual([]);
});
