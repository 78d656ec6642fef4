import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { type Project, openProject } from "../rigs/project.ts";
import { until } from "../rigs/wait.ts";

const JS = "ecosystem.config.mjs";
const JSON_FILE = "ecosystem.config.json";
const app = (more: object): string => JSON.stringify({ apps: { a: { command: "sleep 1000", ...more } } });
const code = (text: string): Record<string, string> => ({ [JS]: text });
const config = (more: object): Record<string, string> => ({ [JSON_FILE]: app(more) });

/** What a user may write by mistake: each was a bug of devpm's, an endless wait, or silence. */
test.concurrent.for<[string, Record<string, string>, RegExp]>([
  ["process.exit in it", code("process.exit(0);"), /it called process\.exit\(0\)/],
  ["process.exit after a moment", code("await null; process.exit(3);"), /it called process\.exit\(3\)/],
  ["a promise that never resolves", code("export default new Promise(() => {});"), /still not done after 10 s/],
  ["an await that never ends", code("await new Promise(() => {}); export default {};"), /still not done after 10 s/],
  ["a loop that never ends", code("while (true) {}"), /still running after 10 s: a loop in it never ends/],
  ["a loop in a .cjs", { "ecosystem.config.cjs": "for (;;);" }, /still running after 10 s: a loop in it never ends/],
  [
    "a getter with a loop",
    code("export default { apps: { a: { get command() { for (;;); } } } };"),
    /still running after 10 s: a loop in it never ends/,
  ],
  ["a circle", code("const c = { apps: {} }; c.apps.a = c; export default c;"), /apps\.a {2,}it contains itself/],
  [
    "a getter that throws",
    code('export default { apps: { a: { get command() { throw new Error("no vault"); } } } };'),
    /apps\.a\.command {2,}reading it failed: no vault/,
  ],
  [
    "a proxy that throws",
    code('export default { apps: new Proxy({}, { ownKeys() { throw new Error("no keys"); } }) };'),
    /apps {2,}it cannot be read: no keys/,
  ],
  [
    "names that JSON would call",
    code('export default { apps: { toJSON() { throw new Error("called"); } } };'),
    /apps\.toJSON[^]*got a function/,
  ],
  ["a bigint", code('export default { apps: { a: { command: "x", port: 5n } } };'), /apps\.a\.port[^]*got a bigint/],
  ["a NUL", code('export default { apps: { a: { command: "x", cwd: "a\\0b" } } };'), /apps\.a\.cwd[^]*NUL/],
  ["something thrown that is not an error", code("throw Object.create(null);"), /threw \[Object: null prototype\]/],
  ["a grace that no timer takes", config({ graceMs: 2 ** 31 }), /apps\.a\.graceMs[^]*0 to 86400000/],
  ["a timeout that no timer takes", config({ ready: { tcp: 1, timeoutMs: 1e12 } }), /timeoutMs[^]*0 to 86400000/],
  ["an empty command", config({ command: " " }), /apps\.a\.command {2,}expected a command, got an empty one/],
  ["no words", config({ command: [] }), /apps\.a\.command {2,}expected a command/],
  ["a quote that is not closed", config({ command: "echo 'x" }), /apps\.a\.command {2,}the quote ' is never closed/],
  ["PM2 options of wrong types", config({ instances: "many", exec_mode: "spoon" }), /instances[^]*exec_mode/],
  [
    "PM2 options of wrong types in a PM2 file",
    { [JSON_FILE]: JSON.stringify([{ script: "x.js", autorestart: "no", max_memory_restart: "lots" }]) },
    /max_memory_restart[^]*autorestart/,
  ],
])("a configuration with %s", { timeout: 480_000 }, async ([, files, said], ctx) => {
  const project = await openProject(ctx, { files });
  const done = await project.devpm(["dev"]);
  expect(done.code, done.output).toBe(2);
  expect(done.output).toMatch(said);
  expect(done.output).toContain("Nothing was started.");
  await project.nothingLeft();
});

test.concurrent.for<[string, string, RegExp]>([
  ["returns no object", "env: () => 5", /its env function returned .*: expected an object, got 5/],
  [
    "returns a promise of something else",
    'env: async () => ({ A: ["x"] })',
    /A: expected a string or a number, got a list/,
  ],
  ["rejects", 'env: async () => { throw new Error("no vault") }', /no vault/],
  ["ends the process", "env: () => process.exit(0)", /it called process\.exit\(0\)/],
  ["never returns", "env: () => new Promise(() => {})", /still not done after 10 s/],
  ["has a loop that never ends", "env: () => { for (;;); }", /still running after 10 s: a loop in it never ends/],
])("an env function that %s", { timeout: 480_000 }, async ([, env, said], ctx) => {
  const project = await openProject(ctx, {
    files: code(`export default { apps: { a: { command: "sleep 1000", ${env} } } };`),
  });
  const done = await project.devpm(["dev", "-d"]);
  expect(done.code, done.output).toBe(1);
  expect(done.output).toMatch(said);
  await project.nothingLeft();
});

test.concurrent.for<[string, string, string]>([
  ["at its top level", "await new Promise((r) => setTimeout(r, 900)); for (;;);", JS],
  ["in an async function", "export default (async () => { await 0; for (;;); })();", JS],
  [
    "in an env function",
    "export default { apps: { a: { command: 'sleep 1000', env: async () => { await 0; for (;;); } } } };",
    "an env function",
  ],
])("a loop that never ends after an await, %s", { timeout: 480_000 }, async ([, text, what], ctx) => {
  const project = await openProject(ctx, { files: code(text) });
  for (const args of [["dev"], ["dev", "-d"]]) {
    const done = await project.devpm(args);
    expect(done.code, done.output).toBe(2);
    expect(done.output).toContain(`✖ ${what} never ends`);
    expect(done.output).toContain("still running after 11 s: a loop in it never ends");
    expect(done.output).not.toContain("debugger");
    await project.nothingLeft();
  }
});

test("an env function may be async, and reads the user's own variables", async (ctx) => {
  const project = await openProject(ctx, {
    env: { MINE: "of the shell" },
    files: code(`export default { apps: { a: {
      command: ["sh", "-c", "echo [$SEEN] && sleep 1000"],
      env: async () => { await new Promise((r) => setTimeout(r, 20)); return { SEEN: process.env.MINE }; },
      ready: { log: "of the shell" },
    } } };`),
  });
  const up = await project.devpm(["dev", "-d"]);
  expect(up.code, up.output).toBe(0);
  expect((await project.devpm(["down"])).code).toBe(0);
});

test("what the configuration prints is no part of an answer", async (ctx) => {
  const project = await openProject(ctx, {
    files: code(`console.log("read"); export default { apps: { a: {
      command: "sleep 1000",
      env: () => { console.info("called"); return { SEEN: "yes" }; },
    } } };`),
  });
  for (const args of [
    ["render"],
    ["doctor", "--json"],
    ["infra", "status", "--json"],
    ["explain-env", "a", "--json"],
  ]) {
    const done = await project.devpm(args);
    expect(() => void JSON.parse(done.stdout), done.output).not.toThrow();
    expect(done.stderr).toContain("read\n");
  }
  const run = await project.devpm(["run", "a", "--", "sh", "-c", "echo $SEEN"]);
  expect(run, run.output).toMatchObject({ code: 0, stdout: "yes\n" });
  expect(run.stderr).toContain("called\n");
});

test("a pattern that takes years holds nothing up", async (ctx) => {
  const project = await openProject(ctx, {
    files: config({
      command: ["sh", "-c", `while :; do echo ${"a".repeat(60)}; sleep 0.05; done`],
      ready: { log: "^(a+)+b$", timeoutMs: 2_000 },
    }),
  });
  const dev = project.start(["dev"]);
  await dev.waitFor(/given up: a line takes it more than 100 ms/);
  const status = await project.devpm(["status", "--json"]);
  expect(JSON.parse(status.stdout)).toMatchObject({ apps: [{ name: "a" }] });
  dev.kill("SIGINT");
  expect(await dev.ended()).toMatchObject({ code: 130 });
  await project.nothingLeft();
});

test("a compose file that makes Compose wait for ever is given up, and said", async (ctx) => {
  const unable = noCompose();
  ctx.skip(unable !== null, unable ?? "");
  const project = await openProject(ctx, {
    files: {
      "compose.yml": "services:\n  db:\n    image: postgres:17\n    env_file: [./pipe]\n",
      [JSON_FILE]: JSON.stringify({ infra: { compose: "compose.yml" }, apps: { a: { command: "sleep 1000" } } }),
    },
  });
  spawnSync("mkfifo", [project.path("pipe")]);
  const done = await project.devpm(["dev"]);
  expect([2, 3], done.output).toContain(done.code);
  expect(done.output).toMatch(/docker compose config did not end within 20 s/);
  await project.nothingLeft();
});

const noCompose = (): string | null =>
  spawnSync("docker", ["compose", "version"]).status === 0 ? null : "there is no docker compose";

test("durations of the command line have a range", async (ctx) => {
  const project = await openProject(ctx, { files: config({}) });
  for (const args of [
    ["dev", "--timeout", "3000000"],
    ["wait", "--timeout", "1e9"],
    ["wait", "--timeout", "Infinity"],
    ["dev", "--timeout", "-1"],
    ["logs", "-n", "1e400"],
  ]) {
    const done = await project.devpm(args);
    expect(done.code, `${args.join(" ")}\n${done.output}`).toBe(2);
  }
});

const nobody = process.getuid?.() === 0 ? null : "takes root, to be another user that may not read everything";
const AS_NOBODY = { owner: 65_534, through: ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"] };

/** Each of these was a stack and exit 70. */
test.concurrent.for<[string, (project: Project) => void, RegExp]>([
  [
    "a virtual environment whose python may not be run",
    ({ path: at }) => {
      mkdirSync(at(".venv/bin"), { recursive: true });
      writeFileSync(at(".venv/pyvenv.cfg"), "version = 3.11.0\n");
      writeFileSync(at(".venv/bin/python"), "", { mode: 0o600 });
      chmodSync(at(".venv"), 0o000);
    },
    /\.venv/,
  ],
  ["a folder that may not be entered", ({ path: at }) => mkdirSync(at("shut"), { mode: 0o000 }), /shut/],
  ["a link that leads back to itself", ({ path: at }) => symlinkSync("loop", at("loop")), /loop/],
  ["a path through a file", ({ path: at }) => writeFileSync(at("file"), ""), /file/],
  ["a name that no disk takes", () => {}, /n{100}/],
])("%s is a sentence", async ([name, make, said], ctx) => {
  ctx.skip(nobody !== null, nobody ?? "");
  const cwd = { "a folder": "shut/in", "a link": "loop", "a path": "file/in", "a name": "n".repeat(300) };
  const own = Object.entries(cwd).find(([begin]) => name.startsWith(begin))?.[1] ?? ".";
  const files = { [JSON_FILE]: JSON.stringify({ apps: { a: { command: "python x.py", cwd: own, port: 5050 } } }) };
  const project = await openProject(ctx, { files, ...AS_NOBODY });
  make(project);
  for (const args of [["dev"], ["doctor"], ["render"]]) {
    const done = await project.devpm(args);
    expect([2, 3], `${args.join(" ")}\n${done.output}`).toContain(done.code);
    if (args[0] !== "doctor") expect(done.output).toMatch(said);
    expect(done.output).not.toMatch(/DEVPM_BUG|^\s+at \S.*[jt]s:\d+:\d+/m);
  }
  spawnSync("chmod", ["-R", "u+rwX", project.root]);
  await until("nothing to be left", () => project.left().length === 0);
  expect(path.isAbsolute(project.root)).toBe(true);
});
