import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { userInfo } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { displayWidth } from "../../src/util/text.ts";
import { parseJson, statusShape } from "../rigs/contract.ts";
import { noDocker, removeComposeProject } from "../rigs/docker.ts";
import { untilAnswers } from "../rigs/http.ts";
import { freePort, listening } from "../rigs/ports.ts";
import type { Finished } from "../rigs/program.ts";
import { type Project, openProject } from "../rigs/project.ts";

/** One that lives, listens on its port and needs nothing but Node. */
const APP = `require("node:http").createServer((_, answer) => answer.end("hello")).listen(process.env.PORT, "127.0.0.1");`;
const server = (port: number): object => ({ command: "node app.cjs", port, ready: { http: "/" } });
const json = (config: object): string => JSON.stringify({ name: "bad", ...config });
const CONFIG = "ecosystem.config.json";

/** One root cause is said once, whole; nothing was started, nothing of it is left. */
async function refused(project: Project, said: Finished, exit: number, code: string): Promise<void> {
  expect(said, said.output).toMatchObject({ code: exit });
  expect(said.output.match(/DEVPM_(?!HOME)[A-Z]\w+/g)).toEqual([code]);
  expect(said.output).toContain("Nothing was started.");
  expect(said.output).not.toMatch(/^\s+at \S.*[jt]s:\d+:\d+|✔|starting on/m);
  const block = said.output.slice(said.output.indexOf("✖")).trim();
  expect(block.split("\n").length).toBeLessThanOrEqual(14);
  await project.nothingLeft();
}

const LONELY = { "README.md": "nothing to run here" };

test.for<[string, Record<string, string>, number, string, RegExp]>([
  ["no config and nothing to detect", LONELY, 2, "DEVPM_CONFIG_MISSING", /ecosystem\.config\.ts/],
  [
    "a syntax error",
    { "ecosystem.config.ts": 'export default {\n  name: "bad",\n  apps: {{\n};\n' },
    2,
    "DEVPM_CONFIG_UNREADABLE",
    /line 3|:3/,
  ],
  [
    "a throw",
    { "ecosystem.config.ts": 'throw new Error("the vault is closed");\n' },
    2,
    "DEVPM_CONFIG_UNREADABLE",
    /the vault is closed/,
  ],
  [
    "a wrong type and an unknown key, at once",
    { [CONFIG]: json({ apps: { web: { command: "node app.cjs", port: "5173", dependOn: [] } } }) },
    2,
    "DEVPM_CONFIG_INVALID",
    /apps\.web\.port[^]*"5173"[^]*dependsOn|dependsOn[^]*apps\.web\.port/,
  ],
  [
    "a cycle",
    {
      [CONFIG]: json({
        apps: { a: { command: "node app.cjs", dependsOn: ["b"] }, b: { command: "node app.cjs", dependsOn: ["a"] } },
      }),
    },
    2,
    "DEVPM_CONFIG_INVALID",
    /a → b → a|b → a → b/,
  ],
  [
    "two apps on one port",
    { "app.cjs": APP, [CONFIG]: json({ apps: { a: server(4999), b: server(4999) } }) },
    2,
    "DEVPM_CONFIG_INVALID",
    /4999/,
  ],
  [
    "a folder that is missing",
    { [CONFIG]: json({ apps: { web: { command: "node app.cjs", cwd: "frontend" } } }) },
    2,
    "DEVPM_CONFIG_INVALID",
    /frontend/,
  ],
  [
    "a compose file that is missing",
    {
      "app.cjs": APP,
      [CONFIG]: json({ infra: { compose: "compose.yml" }, apps: { web: { command: "node app.cjs" } } }),
    },
    2,
    "DEVPM_COMPOSE_INVALID",
    /compose\.yml/,
  ],
])("%s", async ([, files, exit, code, evidence], ctx) => {
  const project = await openProject(ctx, { files });
  const said = await project.devpm(["dev"]);
  await refused(project, said, exit, code);
  expect(said.output).toMatch(evidence);
});

test("python is missing, and node_modules are: both said at once, with what mends them", async (ctx) => {
  const project = await openProject(ctx, {
    files: {
      "app.py": "",
      "ui/package.json": '{ "scripts": { "dev": "vite" }, "devDependencies": { "vite": "8" } }',
      [CONFIG]: json({
        apps: { backend: { command: "python3 app.py" }, web: { command: "node_modules/.bin/vite", cwd: "ui" } },
      }),
    },
  });
  const bin = project.path("only-node");
  mkdirSync(bin);
  symlinkSync(process.execPath, path.join(bin, "node"));
  const said = await project.devpm(["dev"], { env: { PATH: bin } });
  expect(said, said.output).toMatchObject({ code: 3 });
  expect(said.output.match(/DEVPM_TOOLCHAIN_MISSING/g)).toHaveLength(2);
  expect(said.output).toMatch(/python3 was not found[^]*vite/);
  await project.nothingLeft();
});

const INFRA = { infra: { compose: "compose.yml" }, apps: { web: { command: "node app.cjs" } } };
const COMPOSE = "services:\n  db:\n    image: postgres:17\n";

test.for<[string, (project: Project) => string, string]>([
  ["is down", () => "unix:///nowhere/docker.sock", "DEVPM_ENGINE_DOWN"],
  ["hangs", (project) => silent(project), "DEVPM_ENGINE_HANGS"],
])("Docker %s", async ([, host, code], ctx) => {
  const project = await openProject(ctx, { files: { "app.cjs": APP, "compose.yml": COMPOSE, [CONFIG]: json(INFRA) } });
  const said = await project.devpm(["dev"], { env: { DOCKER_HOST: host(project) } });
  await refused(project, said, 3, code);
  expect(said.output).toMatch(/needed by\s+db[^]*devpm dev --no-infra/);
});

/** Accepts and never answers. */
function silent(project: Project): string {
  const socket = path.join(project.home, "docker.sock");
  createServer((client) => client.on("error", () => {}))
    .listen(socket)
    .unref();
  return `unix://${socket}`;
}

/** Another user than root. */
const NOBODY = 65_534;
const AS_NOBODY = {
  owner: NOBODY,
  through: ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups", "--inh-caps=-all", "--"],
};
const notRoot = process.getuid?.() === 0 ? null : "only root can become another user";

test("Docker refuses permission", async (ctx) => {
  ctx.skip(notRoot !== null, notRoot ?? "");
  const project = await openProject(ctx, {
    ...AS_NOBODY,
    files: { "app.cjs": APP, "compose.yml": COMPOSE, [CONFIG]: json(INFRA) },
  });
  const DOCKER_HOST = silent(project);
  chmodSync(DOCKER_HOST.replace("unix://", ""), 0o600);
  const said = await project.devpm(["dev"], { env: { DOCKER_HOST } });
  await refused(project, said, 3, "DEVPM_ENGINE_DENIED");
});

test("a compose file that Compose does not accept", async (ctx) => {
  const unable = noDocker("postgres:17");
  ctx.skip(unable !== null, unable ?? "");
  const project = await openProject(ctx, {
    files: { "app.cjs": APP, "compose.yml": "services:\n  db:\n    image: [1\n", [CONFIG]: json(INFRA) },
  });
  await refused(project, await project.devpm(["dev"]), 2, "DEVPM_COMPOSE_INVALID");
});

test("a service that never becomes healthy: what needs it does not start, and the rest runs", async (ctx) => {
  const unable = noDocker("postgres:17");
  ctx.skip(unable !== null, unable ?? "");
  const port = await freePort();
  const name = `devpmbad${port}`;
  ctx.onTestFinished(() => removeComposeProject(name));
  const project = await openProject(ctx, {
    files: {
      "app.cjs": APP,
      "compose.yml": `name: ${name}
services:
  db:
    image: postgres:17
    init: true
    network_mode: none
    entrypoint: [sh, -c, "echo no such role >&2; sleep 600"]
    stop_grace_period: 0s
    healthcheck: { test: [CMD, sh, -c, "echo refused; exit 1"], interval: 200ms, retries: 2 }
`,
      [CONFIG]: json({
        infra: { compose: "compose.yml" },
        apps: { needs: { command: "node app.cjs", dependsOn: ["db"] }, free: server(port) },
      }),
    },
  });
  const terminal = await project.terminal(["dev"]);
  await terminal.waitFor(/DEVPM_SERVICE_UNHEALTHY[^]*refused/, { deadlineMs: 150_000 });
  await terminal.waitFor(/free ready/);
  const status = parseJson(statusShape, (await project.devpm(["status", "--json"])).stdout);
  expect(status.apps.find((app) => app.name === "needs")).toMatchObject({ pid: null });
  expect(status.infra).toMatchObject([{ service: "db", state: "unhealthy" }]);
  terminal.write("\x03");
  expect(await terminal.ended()).toMatchObject({ code: 130 });
  await project.nothingLeft({ ports: [port] });
});

test("beside a running session: a second one, unknown apps, and a config that broke or is gone", async (ctx) => {
  const port = await freePort();
  const project = await openProject(ctx, {
    awkwardPath: true,
    files: { "app.cjs": APP, [CONFIG]: json({ apps: { backend: server(port) } }) },
  });
  const devpm = async (code: number, ...args: string[]): Promise<Finished> => {
    const said = await project.devpm(args);
    expect(said, said.output).toMatchObject({ code });
    return said;
  };
  await devpm(0, "dev", "--detach");
  expect((await devpm(3, "dev")).output).toMatch(/DEVPM_SESSION_RUNNING/);
  for (const command of ["logs", "restart", "wait"])
    expect((await devpm(2, command, "bakcend")).stderr).toMatch(
      /backend[^]*DEVPM_APP_UNKNOWN|DEVPM_APP_UNKNOWN[^]*backend/,
    );

  project.write(CONFIG, "{ not JSON");
  expect((await devpm(0, "status")).stdout).toContain("backend");
  await devpm(0, "down");
  expect(listening()).not.toContain(port);
  project.write(CONFIG, json({ apps: { backend: server(port) } }));
  await devpm(0, "dev", "--detach");
  rmSync(project.path(CONFIG));
  expect((await devpm(0, "down")).stdout).toContain(String(port));
  await project.nothingLeft({ ports: [port] });
});

test("a state folder that is a file, or may not be written", async (ctx) => {
  const files = { "app.cjs": APP, [CONFIG]: json({ apps: { web: { command: "node app.cjs" } } }) };
  const blocked = await openProject(ctx, { files });
  writeFileSync(blocked.devpmHome, "");
  await refused(blocked, await blocked.devpm(["dev"]), 3, "DEVPM_STATE_UNWRITABLE");
  if (process.platform === "linux") {
    const env = { DEVPM_HOME: "/proc/nothing" };
    await refused(blocked, await blocked.devpm(["dev"], { env }), 3, "DEVPM_STATE_UNWRITABLE");
  }
  ctx.skip(notRoot !== null, notRoot ?? "");
  const readOnly = await openProject(ctx, { files, ...AS_NOBODY });
  mkdirSync(readOnly.devpmHome, { mode: 0o755 });
  await refused(readOnly, await readOnly.devpm(["dev"]), 3, "DEVPM_STATE_UNWRITABLE");
  // what only looks has nothing to write
  expect(await readOnly.devpm(["status"])).toMatchObject({ code: 0 });
});

test("without a home that can be used, state is kept in the one of the system's own records", async (ctx) => {
  const files = { "app.cjs": APP, [CONFIG]: json({ apps: { web: { command: "node app.cjs" } } }) };
  const project = await openProject(ctx, { files });
  for (const HOME of ["", "here", undefined]) {
    const said = await project.devpm(["doctor"], { env: { HOME, DEVPM_HOME: undefined } });
    expect(said.stdout, `HOME=${HOME}`).toMatch(new RegExp(`^. state +${userInfo().homedir}/`, "m"));
  }
  const unnamed = ["unshare", "--user", "--map-user=12345"];
  const able = spawnSync(unnamed[0]!, [...unnamed.slice(1), "true"], { encoding: "utf8" });
  ctx.skip(able.status !== 0, `no user without a name can be had: ${able.stderr}`);
  const nobody = await openProject(ctx, { files, through: unnamed });
  expect(await nobody.devpm(["status"], { env: { HOME: undefined } })).toMatchObject({ code: 0, stderr: "" });
});

test("a --config that is not there is refused by what loads none, too, unless something has run in its folder", async (ctx) => {
  const project = await openProject(ctx, {
    files: { ...LONELY, "kept.json": '{ "apps": { "a": { "command": "sleep 600" } } }' },
  });
  const missing = ["--config", "nowhere.config.ts"];
  for (const args of [
    ["status"],
    ["status", "--json"],
    ["logs"],
    ["errors"],
    ["requests"],
    ["wait"],
    ["stop", "a"],
    ["down"],
  ])
    await refused(project, await project.devpm([...missing, ...args]), 2, "DEVPM_CONFIG_MISSING");
  expect(await project.devpm(["--config", "kept.json", "dev", "-d"])).toMatchObject({ code: 0 });
  rmSync(project.path("kept.json"));
  const status = await project.devpm(["--config", "kept.json", "status", "--json"]);
  expect(status).toMatchObject({ code: 0, stderr: "" });
  expect(await project.devpm(["--config", "kept.json", "down"])).toMatchObject({ code: 0, stderr: "" });
  expect(await project.devpm(["--config", "kept.json", "logs"])).toMatchObject({ code: 0 });
});

test("a detached start that fails says why on stderr, also where it has begun", async (ctx) => {
  const config = { apps: { a: { command: "node a.mjs" } } };
  const files = { "ecosystem.config.json": JSON.stringify(config), "a.mjs": 'throw new Error("no such luck")' };
  const project = await openProject(ctx, { files });
  const crashed = await project.devpm(["dev", "-d"]);
  expect(crashed, crashed.output).toMatchObject({ code: 1 });
  expect(crashed.stderr).toMatch(/^✖ .*DEVPM_APP_CRASHED$[^]*Error: no such luck/m);
  expect(crashed.stdout).not.toContain("DEVPM_APP_CRASHED");
  // its log is what it was
  expect(crashed.stdout).toMatch(/^a +¦ .*Error: no such luck/m);
  project.write("ecosystem.config.json", JSON.stringify({ apps: { a: { command: "nothing-of-this-name" } } }));
  const absent = await project.devpm(["dev", "-d"]);
  expect(absent, absent.output).toMatchObject({ code: 3 });
  expect(absent.stderr).toMatch(/^✖ .*DEVPM_TOOLCHAIN_MISSING$/m);
  expect(absent.stdout).not.toContain("✖");
  await project.nothingLeft();
});

test("an answer that its file has no room for is no success", async (ctx) => {
  ctx.skip(process.platform !== "linux", "/dev/full of Linux");
  const full = ["sh", "-c", 'exec "$@" > /dev/full', "sh"];
  const project = await openProject(ctx, { files: LONELY, through: full });
  for (const args of [["status", "--json"], ["list"], ["--help"]]) {
    const said = await project.devpm(args);
    expect(said, said.output).toMatchObject({ code: 1, stdout: "" });
    expect(said.stderr).toBe("devpm: its output could not be written: ENOSPC\n");
  }
  // a session is ended for it, and no signal is blamed
  project.write("ecosystem.config.json", '{ "apps": { "a": { "command": "sleep 600" } } }');
  const session = await project.devpm(["dev"]);
  expect(session, session.output).toMatchObject({ code: 1, stdout: "" });
  expect(session.stderr).toBe("devpm: its output could not be written: ENOSPC\n");
  await project.nothingLeft();
});

test("inotify watches are used up: a save is answered all the same", async (ctx) => {
  const few = ["unshare", "--user", "--map-root-user", "sh", "-c"];
  const script = 'echo 2 > /proc/sys/user/max_inotify_watches && exec "$@"';
  const able = spawnSync(few[0]!, [...few.slice(1), script, "sh", "true"], { encoding: "utf8" });
  ctx.skip(able.status !== 0, `no limit of its own can be set: ${able.stderr}`);
  const port = await freePort();
  const folders = Object.fromEntries(["a", "b", "c", "d"].map((name) => [`src/${name}/x.cjs`, ""]));
  const project = await openProject(ctx, {
    through: [...few, script, "sh"],
    files: {
      ...folders,
      "src/d/app.cjs": APP,
      [CONFIG]: json({
        apps: { web: { ...server(port), command: "node src/d/app.cjs", reload: "restart", watch: ["src"] } },
      }),
    },
  });
  const terminal = await project.terminal(["dev"]);
  await terminal.waitFor(/ready in/);
  project.edit("src/d/app.cjs", "hello", "saved");
  await untilAnswers(`http://127.0.0.1:${port}/`, ({ body }) => body === "saved");
  terminal.write("\x03");
  expect(await terminal.ended()).toMatchObject({ code: 130 });
  await project.nothingLeft({ ports: [port] });
});

test("40 columns: nothing is wider, and the words are the same", async (ctx) => {
  const port = await freePort();
  const project = await openProject(ctx, {
    awkwardPath: true,
    files: { "app.cjs": APP, [CONFIG]: json({ apps: { backend: server(port) } }) },
  });
  const terminal = await project.terminal(["dev"], { columns: 40 });
  await terminal.waitFor(/ready in/);
  terminal.write("\x03");
  expect(await terminal.ended()).toMatchObject({ code: 130 });
  const status = await project.terminal(["status"], { columns: 40 });
  expect(await status.ended()).toMatchObject({ code: 0 });
  // a path or an address stays whole, so that it can be copied
  const wide = [terminal, status]
    .flatMap((one) => one.output().split("\n"))
    .filter((line) => !line.includes("/") && displayWidth(line) > 40);
  expect(wide).toEqual([]);
  await project.nothingLeft({ ports: [port] });
});

test("the reader of logs goes away: no error, and no process that stays", async (ctx) => {
  const project = await openProject(ctx, {
    files: {
      "many.cjs": "for (let n = 0; n < 20_000; n++) console.log('line', n); setInterval(() => {}, 1000);",
      [CONFIG]: json({ apps: { many: { command: "node many.cjs" } } }),
    },
  });
  expect(await project.devpm(["dev", "--detach"])).toMatchObject({ code: 0 });
  const shell = await project.shell();
  shell.write("devpm logs -n 20000 | head -n 1; echo ended ${PIPESTATUS[@]}\n");
  await shell.waitFor(/ended 0 0/);
  expect(shell.output()).not.toMatch(/EPIPE|Error/);
  shell.write("exit\n");
  await shell.ended();
  expect(await project.devpm(["down"])).toMatchObject({ code: 0 });
  await project.nothingLeft();
});
