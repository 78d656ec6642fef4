import path from "node:path";
import { expect, test } from "vitest";
import { loadProject } from "../../../src/config/project-loader.ts";
import type { App, Command } from "../../../src/model/project.ts";
import { debugPorts, underDebugger, withDebuggers } from "../../../src/config/debug.ts";
import { folderWith, outside } from "./outside.ts";

const LISTEN = ["-m", "debugpy", "--listen", "127.0.0.1:5678"];
const PYTHON = ["python", "-Xfrozen_modules=off", ...LISTEN];
const line = (text: string): Command => ({ argv: text.split(" "), shell: false });
const under = (command: Command, toolchain: App["toolchain"] = "python", venv: string | null = null) =>
  underDebugger({ command, toolchain, venv }, 5678);

test.for<[typed: string, argv: string[], toolchain?: App["toolchain"], venv?: string]>([
  ["python -m flask run --port $PORT", [...PYTHON, "-m", "flask", "run", "--port", "$PORT"]],
  ["python server.py", [...PYTHON, "server.py"]],
  ["/v/bin/python3.12 -c x", ["/v/bin/python3.12", ...PYTHON.slice(1), "-c", "x"]],
  ["python -X dev -u -m shop", ["python", "-Xfrozen_modules=off", "-X", "dev", "-u", ...LISTEN, "-m", "shop"]],
  ["uvicorn app:app", [...PYTHON, "-m", "uvicorn", "app:app"]],
  ["/v/bin/serve --fast", [...PYTHON, "/v/bin/serve", "--fast"]],
  ["serve --fast", [...PYTHON, "/v/bin/serve", "--fast"], "python", "/v"],
  ["uv run flask run", ["uv", "run", ...PYTHON, "-m", "flask", "run"], "none"],
  ["uv run python server.py", ["uv", "run", ...PYTHON, "server.py"], "none"],
  ["hatch run dev:flask run", ["hatch", "run", "dev:python", ...PYTHON.slice(1), "-m", "flask", "run"], "none"],
  ["node server.js", ["node", "--inspect=127.0.0.1:5678", "server.js"], "node"],
  ["tsx watch server.ts", ["tsx", "--inspect=127.0.0.1:5678", "watch", "server.ts"], "node"],
])("%s", ([typed, argv, toolchain, venv]) => {
  expect(under(line(typed), toolchain, venv)).toEqual({ argv, shell: false });
});

test.for<[what: string, found: ReturnType<typeof under>, why: RegExp]>([
  ["a shell", under({ line: "python a.py | tee log", shell: true }), /needs a shell/],
  ["another language", under(line("cargo run"), "none"), /`cargo` cannot be debugged/],
  ["Vite", under(line("vite"), "node"), /`vite` cannot be debugged/],
  ["a script of an environment that is not known", under(line("uv run serve"), "none"), /`serve` .*python -m MODULE/],
  ["debugpy twice", under(line("python -m debugpy --listen 1 x.py")), /starts debugpy by itself/],
  ["no program", under(line("python -u")), /without a program/],
])("%s", ([, found, why]) => {
  expect(found).toEqual({ cannot: expect.stringMatching(why) as string });
});

const entry = (name: string, app: Record<string, unknown>) => ({
  ...{ name, key: `apps.${name}`, kind: "command" as const, app: { name, ...app } },
});
const ENTRIES = [
  entry("one", { command: "python x.py", debug: true }),
  entry("two", { command: "python x.py", debug: 7000 }),
  entry("three", { preset: "flask", debug: true }),
  entry("web", { command: "node server.js", debug: true }),
  entry("taken", { command: "python x.py", ports: [5679] }),
  entry("off", { command: "python x.py", debug: false }),
];

test("`true` is the usual port, then the next that no app has; what is not asked for stays as it is", () => {
  expect(debugPorts(ENTRIES)).toEqual([
    { app: "one", port: 5678, further: true },
    { app: "two", port: 7000, further: true },
    { app: "three", port: 5680, further: true },
    { app: "web", port: 9229, further: true },
  ]);
});

test("in a checkout with ports of its own it is one of these", () => {
  const app = (name: string) => ({ name, command: line("python x.py"), toolchain: "python" as const, venv: null });
  const apps = ["one", "two", "off"].map((name) => ({ ...app(name), ports: [1] }));
  const found = withDebuggers(apps, ENTRIES, [
    { app: "one", from: 5678, to: 21_440, further: true },
    { app: "two", from: 7000, to: 21_441, further: false },
  ]);
  expect(found.map(({ ports, debugger: where }) => [ports, where])).toEqual([
    [[1, 21_440], { port: 21_440 }],
    [[1, 7000], { port: 7000 }],
    [[1], undefined],
  ]);
  expect(found[0]?.command).toMatchObject({ argv: expect.arrayContaining(["127.0.0.1:21440"]) as string[] });
});

const load = (apps: object) => {
  const root = folderWith({
    "ecosystem.config.json": JSON.stringify({ apps }),
  });
  return loadProject(outside(root), { cwd: root, configFile: path.join(root, "ecosystem.config.json") });
};

test("the presets' commands run under it, with Flask's debug pages on", async () => {
  const project = await load({
    flask: { preset: "flask", app: "web", port: 5050, debug: true },
    api: { preset: "fastapi", app: "web", port: 5051, debug: 6000 },
  });
  expect(project.ok && project.value.apps).toMatchObject([
    { command: { argv: expect.arrayContaining(["debugpy", "flask", "--no-reload"]) as string[] }, ports: [5678] },
    { command: { argv: expect.arrayContaining(["debugpy", "uvicorn"]) as string[] }, debugger: { port: 6000 } },
  ]);
});

test.for<[apps: object, key: string, message: RegExp]>([
  [{ web: { command: "cargo run", debug: true } }, "apps.web.debug", /cannot be debugged/],
  [
    { one: { command: "python a.py", debug: 7000 }, two: { command: "x", port: 7000 } },
    "apps.two.port",
    /also claimed/,
  ],
  [{ one: { command: "python a.py", debug: "yes" } }, "apps.one.debug", /expected true, false or a port/],
])("%j is a problem of the configuration", async ([apps, key, message]) => {
  const project = await load(apps);
  expect(project.ok ? [] : project.diagnostics[0]?.evidence).toEqual([[key, expect.stringMatching(message)]]);
});
