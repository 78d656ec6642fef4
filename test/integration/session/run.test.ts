import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { expect, it, type TestContext } from "vitest";
import { freePort } from "../../rigs/ports.ts";
import { openProject, type Project } from "../../rigs/project.ts";

const SHOW = `
console.log(JSON.stringify({
  cwd: process.cwd(), word: process.env.WORD, port: process.env.PORT, app: process.env.DEVPM_APP,
  session: process.env.DEVPM_SESSION ?? null, url: process.env.DEVPM_URL_OTHER, colour: process.env.FORCE_COLOR ?? null,
  database: process.env.DATABASE_URL ?? null, tty: process.stdout.isTTY === true,
}));
process.exit(Number(process.argv[2] ?? 0));
`;

async function opened(ctx: TestContext): Promise<{ project: Project; port: number; other: number }> {
  const [port, other] = [await freePort(), await freePort()];
  const config = `export default {
  apps: {
    api: { command: "sleep 1000", cwd: "api", port: ${port}, ready: { log: "never" }, dependsOn: ["other"], env: ({ apps }) => ({ WORD: "from " + apps.other.port }) },
    other: { command: "node server.mjs", port: ${other} },
  },
  tasks: { migrate: { run: "x", app: "api", start: false } },
};`;
  const server = 'import http from "node:http"; http.createServer().listen(process.env.PORT, "127.0.0.1");';
  const files = { "api/show.mjs": SHOW, "server.mjs": server, "ecosystem.config.mjs": config };
  return { project: await openProject(ctx, { files }), port, other };
}

const seen = (text: string): Record<string, unknown> =>
  JSON.parse(/\{.*\}/.exec(text)?.[0] ?? "{}") as Record<string, unknown>;

it("the command is as the app would be: folder, variables, addresses; its exit code is its own", async (ctx) => {
  const { project, port, other } = await opened(ctx);
  const ran = await project.devpm(["run", "api", "--", "node", "show.mjs", "7"]);
  expect(ran.code).toBe(7);
  expect(seen(ran.stdout)).toEqual({
    cwd: project.path("api"),
    word: `from ${other}`,
    port: String(port),
    app: "api",
    session: null,
    url: `http://localhost:${other}`,
    colour: null,
    database: null,
    tty: false,
  });
  const task = await project.devpm(["run", "migrate", "--", "node", "show.mjs"]);
  expect(seen(task.stdout)).toMatchObject({ app: "migrate", cwd: project.path("api"), port: String(port) });
});

it("with a session it has the ports that the session was given, and does not end with it", async (ctx) => {
  const { project } = await opened(ctx);
  const moved = await freePort();
  const dev = project.start(["dev", "--only", "other", "--port", `other=${moved}`]);
  await dev.waitFor(/ready in/);
  const ran = await project.devpm(["run", "api", "--", "node", "show.mjs"]);
  expect(seen(ran.stdout)).toMatchObject({ word: `from ${moved}`, url: `http://localhost:${moved}`, session: null });
  const terminal = await project.terminal(["run", "api", "--", "sh", "-c", "echo begun; read line; echo got $line"]);
  await terminal.waitFor(/begun/);
  dev.kill("SIGINT");
  await dev.ended();
  terminal.write("more\r");
  await terminal.waitFor(/got more/);
  expect(await terminal.ended()).toMatchObject({ code: 0 });
});

const FOREVER = "console.log('begun'); setInterval(() => {}, 1000)";

it("it has the terminal: Ctrl+C goes to it, and it decides", async (ctx) => {
  const { project } = await opened(ctx);
  const traps =
    "trap 'echo caught; exit 9' INT; [ -t 0 ] && [ -t 1 ] && [ -t 2 ] && echo a terminal; while :; do sleep 0.1; done";
  const terminal = await project.terminal(["run", "api", "--", "sh", "-c", traps]);
  await terminal.waitFor(/a terminal/);
  terminal.write("\x03");
  await terminal.waitFor(/caught/);
  expect(await terminal.ended()).toMatchObject({ code: 9 });

  // no shell: dash loses a SIGINT that comes while it starts its next program
  const plain = await project.terminal(["run", "api", "--", "node", "-e", FOREVER]);
  await plain.waitFor(/begun/);
  plain.write("\x03");
  expect(await plain.ended()).toMatchObject({ code: 130 });
});

it("a signal sent to devpm alone reaches it", async (ctx) => {
  const { project } = await opened(ctx);
  for (const [signal, code] of [
    ["SIGTERM", 143],
    ["SIGINT", 130],
  ] as const) {
    const running = project.start(["run", "api", "--", "node", "-e", FOREVER]);
    await running.waitFor(/begun/);
    running.kill(signal);
    expect(await running.ended(), signal).toMatchObject({ code });
  }
  await project.nothingLeft();
});

it("its programs are the virtual environment's first", async (ctx) => {
  const { project } = await opened(ctx);
  const bin = project.path("venv/bin");
  mkdirSync(bin, { recursive: true });
  writeFileSync(project.path("venv/pyvenv.cfg"), "");
  for (const name of ["python", "tool"]) {
    writeFileSync(`${bin}/${name}`, `#!/bin/sh\necho "${name} of the venv, $VIRTUAL_ENV, $1"\n`);
    chmodSync(`${bin}/${name}`, 0o755);
  }
  project.write("ecosystem.config.json", JSON.stringify({ apps: { api: { command: "python -m api" } } }));
  const config = ["--config", "ecosystem.config.json"];
  const ran = await project.devpm([...config, "run", "api", "--", "tool", "--flag"]);
  expect(ran).toMatchObject({ code: 0, stdout: `tool of the venv, ${project.path("venv")}, --flag\n` });
});

it("what cannot be run is said", async (ctx) => {
  const { project } = await opened(ctx);
  const missing = await project.devpm(["run", "api", "--", "no-such-tool"]);
  expect(missing.code).toBe(127);
  expect(missing.stderr).toContain("DEVPM_COMMAND_NOT_FOUND");
  expect(missing.stdout).toBe("");
  const unknown = await project.devpm(["run", "apii", "--", "ls", "-l"]);
  expect(unknown.code).toBe(2);
  expect(unknown.stderr).toContain("devpm run api -- ls -l");
  expect((await project.devpm(["run", "api"])).code).toBe(2);
  project.write(
    "ecosystem.config.mjs",
    'export default { apps: { api: { command: "x", env: () => { throw new Error("no key"); } } } };',
  );
  const failing = await project.devpm(["run", "api", "--", "true"]);
  expect(failing.code).toBe(2);
  expect(failing.stderr).toContain("no key");
});
