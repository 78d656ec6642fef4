import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { asCommonJs, asJson, ecosystem } from "../../../src/pm2/ecosystem.ts";
import type { Command } from "../../../src/model/project.ts";
import { NEVER_SAVED } from "../../../src/model/save-rules.ts";
import { sampleApp, sampleProject } from "../plan/sample.ts";

const project = sampleProject([
  sampleApp({
    name: "web",
    kind: "vite",
    cwd: "/p/ui",
    port: 5173,
    command: { argv: ["node", "/p/ui/node_modules/vite/bin/vite.js", "--port", "$PORT", "--strictPort"], shell: false },
    dependsOn: { apps: ["backend"], services: [], tasks: [] },
  }),
  sampleApp({
    name: "backend",
    kind: "flask",
    port: 5050,
    command: { argv: ["python", "-m", "flask", "--app", "web.app", "run", "--port", "$PORT"], shell: false },
    reload: "warm",
    watch: ["/p/web"],
    ignore: ["data"],
    venv: "/p/.venv",
  }),
  sampleApp({ name: "piped", port: 9, command: { line: "tool --port $PORT | tee log", shell: true }, graceMs: 10 }),
  sampleApp({
    name: "old",
    kind: "pm2",
    command: { argv: ["node", "/p/x.js"], shell: false },
    pm2: { autorestart: true, instances: 2 },
  }),
]);

const inSpace = (command: Command): Command =>
  command.shell ? command : { ...command, argv: command.argv.map((word) => word.replace(/^\/p\//, "/My Projects/")) };

const rendered = ecosystem({
  project,
  variables: { backend: { PORT: "5050", PYTHONDONTWRITEBYTECODE: "1" } },
  programs: { backend: "/p/.venv/bin/python" },
});

test("the whole ecosystem, dependencies first", () => {
  const [backend, ...rest] = rendered.apps;
  expect(backend).toEqual({
    name: "backend",
    namespace: "shop",
    cwd: "/p",
    script: "/p/.venv/bin/python",
    args: ["-m", "flask", "--app", "web.app", "run", "--port", "5050"],
    interpreter: "none",
    watch: ["web"],
    ignore_watch: [...NEVER_SAVED.map((name) => `/p/**/${name}`), "/p/.venv", "/p/**/data"],
    watch_options: { disableGlobbing: true },
    autorestart: false,
    kill_timeout: 3000,
    kill_retry_time: 8,
    env: { PORT: "5050", PYTHONDONTWRITEBYTECODE: "1" },
  });
  expect(rest).toEqual([
    {
      name: "web",
      namespace: "shop",
      cwd: "/p/ui",
      script: "/p/ui/node_modules/vite/bin/vite.js",
      args: ["--port", "5173", "--strictPort"],
      interpreter: "node",
      watch: false,
      autorestart: false,
      kill_timeout: 3000,
      kill_retry_time: 8,
      env: {},
    },
    {
      name: "piped",
      namespace: "shop",
      cwd: "/p",
      script: "/bin/sh",
      args: ["-c", "tool --port $PORT | tee log"],
      interpreter: "none",
      watch: false,
      autorestart: false,
      kill_timeout: 10,
      kill_retry_time: 8,
      env: {},
    },
    {
      name: "old",
      namespace: "shop",
      cwd: "/p",
      script: "/p/x.js",
      args: [],
      interpreter: "node",
      watch: false,
      autorestart: true,
      instances: 2,
      kill_timeout: 3000,
      kill_retry_time: 8,
      env: {},
    },
  ]);
});

test("a program in a folder with a space and = in its name, which `env` would take for a variable", () => {
  const program = "/My Projects/a=b/.venv/bin/python";
  const { apps } = ecosystem({ project, variables: {}, programs: { backend: program } });
  expect(apps[0]).toMatchObject({ script: "/usr/bin/env", interpreter: "none" });
  expect(apps[0]?.args?.slice(0, 4)).toEqual(["nice", "-n", "0", program]);
});

test("a folder with a space in its name: PM2 would take such a script for a shell command", () => {
  const spaced = ecosystem({
    project: { ...project, apps: project.apps.map((app) => ({ ...app, command: inSpace(app.command) })) },
    variables: {},
    programs: { backend: "/My Projects/.venv/bin/python" },
  });
  expect(spaced.apps.filter(({ script }) => script.includes(" "))).toEqual([]);
  expect(spaced.apps[0]).toMatchObject({
    script: "/usr/bin/env",
    args: ["/My Projects/.venv/bin/python", "-m", "flask", "--app", "web.app", "run", "--port", "5050"],
    interpreter: "none",
  });
  expect(spaced.apps.find(({ name }) => name === "old")).toMatchObject({
    script: "node",
    args: ["/My Projects/x.js"],
    interpreter: "none",
  });
});

test.for([
  [["node", "srv.js", "--flag"], { script: "srv.js", args: ["--flag"], interpreter: "node" }],
  [
    ["node", "-r", "./a.js", "--inspect", "/p/api/srv.js"],
    { script: "api/srv.js", args: [], node_args: ["-r", "./a.js", "--inspect"] },
  ],
] as const)("a cluster is started from its file, which PM2 needs: %j", ([argv, expected]) => {
  const command: Command = { argv: [...argv], shell: false };
  const app = sampleApp({ name: "api", command, pm2: { instances: 2, exec_mode: "cluster" } });
  const { apps } = ecosystem({ project: sampleProject([app]), variables: {}, programs: {} });
  expect(apps[0]).toMatchObject({ ...expected, exec_mode: "cluster" });
});

test("both formats say the same, and neither needs devpm", () => {
  expect(JSON.parse(asJson(rendered))).toEqual(rendered);
  const text = asCommonJs(rendered);
  expect(text).toMatch(/^\/\/ Made by `devpm render/);
  expect(text).not.toMatch(/require|import/);
  const module: { exports: unknown } = { exports: null };
  runInNewContext(text, { module });
  expect(module.exports).toEqual(rendered);
});
