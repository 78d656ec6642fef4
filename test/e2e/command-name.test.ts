import { execFileSync } from "node:child_process";
import { createServer } from "node:net";
import { once } from "node:events";
import { mkdirSync, symlinkSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import path from "node:path";
import { type TestContext, expect, test } from "vitest";
import { builtDevpm, installedDevpm, packDevpm } from "../rigs/devpm.ts";
import { firstFix } from "../rigs/fixes.ts";
import { untilAnswers } from "../rigs/http.ts";
import { packageManager } from "../rigs/package-managers.ts";
import { freePort } from "../rigs/ports.ts";
import { runProgram } from "../rigs/program.ts";
import { type Project, openProject } from "../rigs/project.ts";
import { sentence } from "../rigs/transcript.ts";

const APP = `require("node:http").createServer((_, answer) => answer.end("ours")).listen(process.env.PORT, "127.0.0.1");`;
/** A registry is asked. */
const INSTALL = { deadlineMs: 300_000 };

/** A project whose port somebody else has, and nothing called devpm on the PATH. */
async function openTaken(ctx: TestContext, name = "web"): Promise<{ project: Project; port: number }> {
  const port = await freePort();
  const stranger = createServer().listen(port, "127.0.0.1");
  await once(stranger, "listening");
  ctx.onTestFinished(() => void stranger.close());
  const project = await openProject(ctx, {
    files: {
      "app.cjs": APP,
      "package.json": '{ "name": "shop", "private": true }',
      "ecosystem.config.json": JSON.stringify({ apps: { [name]: { command: "node app.cjs", port } } }),
    },
  });
  project.env.PATH = project.env.PATH!.split(":").slice(1).join(":");
  return { project, port };
}

/** What the failed start tells to type is typed into a shell in the same folder, and the stack comes up. */
async function pasteFirstFix(project: Project, said: string, wanted: string): Promise<void> {
  const fix = firstFix(said);
  const [, port = ""] = /--port web=(\d+)/.exec(fix) ?? [];
  expect(fix, said).toBe(`${wanted} dev --port web=${port}`);
  const shell = await project.shell();
  shell.write(`${fix}\n`);
  await shell.waitFor(/ready in/);
  expect((await untilAnswers(`http://127.0.0.1:${port}/`)).body).toBe("ours");
  await shell.waitFor(sentence(`${wanted} logs and ${wanted} status work from any terminal`));
  shell.write("\x03");
  await shell.waitFor(new RegExp(`port ${port} is free`));
  shell.write("exit\n");
  await shell.ended();
  await project.nothingLeft({ ports: [Number(port)] });
}

/** As a person's machine has them: on the PATH, their caches kept. */
function withManagers(project: Project): void {
  const bin = path.join(project.home, "managers");
  mkdirSync(bin);
  symlinkSync(packageManager("pnpm@10", "pnpm/bin/pnpm.cjs"), path.join(bin, "pnpm"));
  symlinkSync(packageManager("yarn@1", "yarn/bin/yarn.js"), path.join(bin, "yarn"));
  for (const name of ["bun", "bunx"]) symlinkSync(packageManager("bun@1", "bun/bin/bun.exe"), path.join(bin, name));
  const kept = path.join(homedir(), ".cache/devpm-tests");
  Object.assign(project.env, {
    PATH: `${bin}:${project.env.PATH}`,
    npm_config_store_dir: path.join(kept, "pnpm"),
    YARN_CACHE_FOLDER: path.join(kept, "yarn"),
    BUN_INSTALL_CACHE_DIR: path.join(kept, "bun"),
  });
}

test.for<[manager: string, install: string, start: string, wanted: string]>([
  ["npm", "npm install --no-audit --no-fund --save-dev", "npx devpm dev", "npx devpm"],
  ["pnpm", "pnpm add --save-dev", "pnpm exec devpm dev", "pnpm exec devpm"],
  ["yarn", "yarn add --dev", "yarn devpm dev", "yarn devpm"],
  ["bun", "bun add --dev", "bunx devpm dev", "bunx devpm"],
])("installed by %s: the printed command works when pasted", async ([, install, start, wanted], ctx) => {
  const { project } = await openTaken(ctx);
  withManagers(project);
  const given = { cwd: project.root, env: project.env };
  const tarball = packDevpm(project.home);
  const installed = await runProgram(["sh", "-c", `${install} ${tarball}`], { ...given, ...INSTALL });
  expect(installed, installed.output).toMatchObject({ code: 0 });
  const said = await runProgram(["sh", "-c", start], given);
  expect(said.output).toContain("DEVPM_PORT_HELD");
  await pasteFirstFix(project, said.output, wanted);
});

test("from a folder below it, npx finds it", async (ctx) => {
  const { project } = await openTaken(ctx);
  mkdirSync(project.path("node_modules"));
  symlinkSync(path.join(installedDevpm().prefix, "node_modules/devpm"), project.path("node_modules/devpm"));
  mkdirSync(project.path("node_modules/.bin"));
  symlinkSync("../devpm/bin/devpm.js", project.path("node_modules/.bin/devpm"));
  project.write("ui/package.json", "{}");
  const below = { cwd: project.path("ui"), env: project.env };
  const said = await runProgram(["npx", "devpm", "dev"], below);
  expect(firstFix(said.output), said.output).toMatch(/^npx devpm dev --port web=/);
  const shell = await project.shell();
  shell.write(`cd ui && ${firstFix(said.output)}\n`);
  await shell.waitFor(/ready in/);
  shell.write("\x03");
  await shell.waitFor(/is free/);
  shell.write("exit\n");
  await shell.ended();
});

test("installed globally: a bare devpm", async (ctx) => {
  const { project } = await openTaken(ctx);
  const prefix = path.join(project.home, "global");
  const tarball = packDevpm(project.home);
  const given = { cwd: project.root, env: project.env };
  const install = ["npm", "install", "--global", "--prefix", prefix, "--no-audit", "--no-fund", "--prefer-offline"];
  const installed = await runProgram([...install, tarball], { ...given, ...INSTALL });
  expect(installed, installed.output).toMatchObject({ code: 0 });
  project.env.PATH = `${prefix}/bin:${project.env.PATH}`;
  const said = await runProgram(["devpm", "dev"], { cwd: project.root, env: project.env });
  await pasteFirstFix(project, said.output, "devpm");
});

test("a checkout that is on no PATH: its file, also with -C", async (ctx) => {
  const { project } = await openTaken(ctx);
  const [, script = ""] = builtDevpm();
  const said = await runProgram([script, "dev"], { cwd: project.root, env: project.env });
  await pasteFirstFix(project, said.output, script);
  const outside = await runProgram([script, "-C", project.root, "dev"], { cwd: tmpdir(), env: project.env });
  expect(firstFix(outside.output)).toMatch(new RegExp(`^${script} -C ${project.root} dev --port web=`));
});

test("words of other tools are answered with what does it here", async (ctx) => {
  const { project } = await openTaken(ctx);
  const [, script = ""] = builtDevpm();
  for (const [typed, fix] of [
    ["up -d --build", "dev"],
    ["ps -a", "status"],
    ["exec db psql -U app", "docker compose exec db psql -U app"],
    ["build", "docker compose build"],
    ["statsu --json", "status --json"],
  ] as const) {
    const said = await runProgram([script, ...typed.split(" ")], { cwd: project.root, env: project.env });
    expect(said, said.output).toMatchObject({ code: 2 });
    expect(said.output).toContain("DEVPM_USAGE");
    expect(firstFix(said.output)).toBe(fix.startsWith("docker") ? fix : `${script} ${fix}`);
  }
});

test.for([
  ["stop", "down"],
  ["start", "dev"],
  ["run", "dev"],
] as const)("a bare %s, as other tools have it, names what does that here", async ([typed, fix], ctx) => {
  const { project } = await openTaken(ctx);
  const [, script = ""] = builtDevpm();
  const said = await runProgram([script, typed], { cwd: project.root, env: project.env });
  expect(said, said.output).toMatchObject({ code: 2 });
  expect(said.output).toContain("DEVPM_USAGE");
  expect(firstFix(said.output)).toBe(`${script} ${fix}`);
});

test("help shows examples that name the command as it is typed, and no empty defaults", () => {
  const [node = "", script = ""] = builtDevpm();
  const help = (...args: string[]): string => execFileSync(node, [script, ...args, "--help"], { encoding: "utf8" });
  for (const command of ["dev", "down", "logs", "wait", "infra", "init", "render", "explain"]) {
    expect(help(command)).toMatch(/\nExamples:\n {2}\S*devpm/);
    expect(help(command)).not.toContain("(default: {})");
  }
  expect(help()).toMatch(/\nExamples:\n/);
});
