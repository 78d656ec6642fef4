import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { noDocker } from "../rigs/docker.ts";
import { freePort } from "../rigs/ports.ts";
import { openProject, type Project } from "../rigs/project.ts";
import { PYTHON } from "../rigs/terminal.ts";
import { startProgram } from "../rigs/program.ts";

interface Check {
  name: string;
  state: string;
  detail: string;
  fix: string | null;
}

async function looked(project: Project, code: number): Promise<Check[]> {
  const done = await project.devpm(["doctor", "--json"]);
  expect(done.code).toBe(code);
  return (JSON.parse(done.stdout) as { checks: Check[] }).checks;
}

const named = (checks: Check[], name: string): Check | undefined => checks.find((check) => check.name === name);

test("a machine that can run the project", async (ctx) => {
  const project = await openProject(ctx);
  const port = await freePort();
  project.write("ecosystem.config.json", JSON.stringify({ apps: { a: { command: "sleep 1", port } } }));
  const checks = await looked(project, 0);
  expect(checks.map(({ name, state }) => `${name} ${state}`)).toEqual(
    ["node", "pm2", "teardown", "state", "config", "toolchain", `port ${port}`].map((name) => `${name} ok`),
  );
  expect(named(checks, "teardown")?.detail).toMatch(process.platform === "linux" ? /^subreaper/ : /^scan/);
  expect((await project.devpm(["doctor"])).stdout).toMatch(/✔ node .*\n✔ pm2 /);
});

test("everything that is wrong at once, with what mends it", async (ctx) => {
  const project = await openProject(ctx);
  const port = await freePort();
  const code = `import socket, time; s = socket.create_server(("127.0.0.1", ${port})); print("up", flush=True); time.sleep(1000)`;
  const holder = startProgram([PYTHON, "-c", code], { env: { PATH: process.env.PATH }, cwd: "/" });
  ctx.onTestFinished(() => holder.kill("SIGKILL"));
  await holder.waitFor(/up/);
  project.write("ecosystem.config.json", JSON.stringify({ apps: { a: { command: "no-such-program", port } } }));
  const checks = await looked(project, 3);
  expect(named(checks, "toolchain")).toMatchObject({ state: "fail", detail: "no-such-program was not found" });
  const held = named(checks, `port ${port}`);
  // the first fix ends nothing
  expect(held).toMatchObject({ state: "fail", fix: expect.stringMatching(/dev --port a=\d+$/) });
  expect(await project.devpm(["doctor"])).toMatchObject({ code: 3 });
});

const FITS = expect.stringMatching(/18\b.* devpm dev$/);

test("what a package asks of this Node, and a Node that fits", async (ctx) => {
  const project = await openProject(ctx);
  const packageJson = (range: string): string =>
    JSON.stringify({
      private: true,
      engines: { node: range },
      scripts: { dev: "node app.cjs" },
      dependencies: { "is-odd": "3.0.1" },
    });
  const web = { preset: "vite", cwd: "web", port: await freePort() };
  project.write("ecosystem.config.json", JSON.stringify({ apps: { web } }));
  project.write("web/package.json", packageJson(">=20"));
  expect(named(await looked(project, 0), "engines")).toMatchObject({
    state: "ok",
    detail: `web/package.json asks for Node >=20, this is ${process.versions.node}`,
  });
  project.write("web/package.json", packageJson("18.x"));
  expect(named(await looked(project, 0), "engines")).toMatchObject({ state: "warn", fix: FITS });
  project.write("web/.npmrc", "engine-strict=true\n");
  expect(named(await looked(project, 3), "engines")).toMatchObject({ state: "fail", fix: FITS });
});

test("a configuration that cannot be used, and none at all", async (ctx) => {
  const project = await openProject(ctx);
  expect(named(await looked(project, 0), "config")).toMatchObject({ state: "warn" });
  project.write("ecosystem.config.json", JSON.stringify({ apps: { a: { command: "sleep 1", port: "5173" } } }));
  expect(named(await looked(project, 2), "config")).toMatchObject({ state: "fail" });
});

test("a state folder that cannot be written", async (ctx) => {
  const project = await openProject(ctx);
  project.write("ecosystem.config.json", JSON.stringify({ apps: { a: { command: "sleep 1" } } }));
  project.env.DEVPM_HOME = "/dev/null/devpm";
  expect(named(await looked(project, 3), "state")).toMatchObject({ state: "fail" });
});

test("what is not there yet is a warning, and never a tick", async (ctx) => {
  const unable = noDocker();
  const project = await openProject(ctx);
  const setup = [{ run: ["touch", "made"], output: "made" }];
  // not `.env`, which Compose reads too and refuses
  project.write("more.env", "means nothing\n");
  project.write(
    "compose.yml",
    JSON.stringify({ name: `doctor${process.pid}`, services: { db: { image: "not-here:1" } } }),
  );
  project.write(
    "ecosystem.config.json",
    JSON.stringify({
      apps: { a: { command: "sleep 1", setup, envFile: "more.env" } },
      infra: { compose: "compose.yml", services: ["db"], required: false },
    }),
  );
  const done = await project.devpm(["doctor", "--json"]);
  const { checks } = JSON.parse(done.stdout) as { checks: Check[] };
  expect(named(checks, "set-up")).toMatchObject({ state: "warn", detail: expect.stringContaining("not run yet: a:") });
  expect(named(checks, "environment")).toMatchObject({ state: "warn", detail: expect.stringContaining("more.env") });
  expect(named(checks, "infra")).toMatchObject(
    unable === null
      ? { state: "warn", detail: "db missing; devpm dev starts what is not up", fix: "devpm infra up" }
      : { state: expect.stringMatching(/warn|fail/) },
  );
  project.write("made", "");
  expect(
    named((JSON.parse((await project.devpm(["doctor", "--json"])).stdout) as { checks: Check[] }).checks, "set-up"),
  ).toBe(undefined);
});

test("a python3 of the system that hangs is named, by a start that goes on without it, too", async (ctx) => {
  const system = ["/usr/bin/python3", "/bin/python3"].find((file) => existsSync(file));
  ctx.skip(system === undefined || process.getuid?.() !== 0, "takes root, and a python3 to put another one over");
  const folder = mkdtempSync(path.join(tmpdir(), "devpm-hangs-"));
  ctx.onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const hanging = path.join(folder, "python3");
  writeFileSync(hanging, "#!/bin/sh\nexec sleep 100000\n", { mode: 0o755 });
  const over = `mount --bind ${hanging} ${realpathSync(system!)} && exec "$@"`;
  const project = await openProject(ctx, {
    files: { "ecosystem.config.json": JSON.stringify({ apps: { a: { command: "sleep 100000" } } }) },
    through: ["unshare", "--mount", "sh", "-c", over, "sh"],
  });
  const words = `${system} does not run programs`;
  expect(named(await looked(project, 0), "teardown")).toMatchObject({
    state: "warn",
    detail: expect.stringContaining(words),
  });
  const started = await project.devpm(["dev", "-d"]);
  expect(started.code, started.output).toBe(0);
  expect(started.output).toContain(`${words}: this session is guarded without it`);
  expect((await project.devpm(["down"])).code).toBe(0);
  await project.nothingLeft();
});
