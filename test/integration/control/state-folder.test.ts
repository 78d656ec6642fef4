import { execFileSync, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
} from "node:fs";
import { rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { claimRegister, instanceOf, type Instance } from "../../../src/model/instance.ts";
import { processes } from "../../../src/system/processes/processes.ts";
import { record } from "../../unit/teardown/sample.ts";
import { sessionRecord } from "../../rigs/control.ts";
import { freePort } from "../../rigs/ports.ts";
import { openProject, type Project, type ProjectOptions } from "../../rigs/project.ts";

/** Two people of this machine: whose devpm it is, and who would like to be in its place. */
const ANA = 42_421;
const EVE = 42_422;
const unable = process.getuid?.() === 0 ? null : "takes root, to be two other users";

const as = (uid: number): string[] => ["setpriv", "--reuid", `${uid}`, "--regid", `${uid}`, "--clear-groups"];
const files = { "ecosystem.config.json": JSON.stringify({ apps: { a: { command: "sleep 100000" } } }) };
const ana = { files, owner: ANA, through: as(ANA) } satisfies ProjectOptions;

/** What `ana`'s devpm makes of her project's folder. */
const instance = ({ root, home, devpmHome }: Project): Instance =>
  instanceOf(root, { shell: { DEVPM_HOME: devpmHome }, cwd: root, home, uid: ANA, platform: "linux" });

function owned(folder: string, uid: number, mode = 0o755): string {
  mkdirSync(folder, { recursive: true });
  chownSync(folder, uid, uid);
  chmodSync(folder, mode);
  return folder;
}

async function refused(project: Project, because: RegExp): Promise<void> {
  for (const args of [["dev"], ["dev", "-d"]]) {
    const done = await project.devpm(args);
    expect(done.code, done.output).toBe(3);
    expect(done.output).toContain("DEVPM_STATE_UNSAFE");
    expect(done.output).toMatch(because);
  }
  const looked = await project.devpm(["doctor", "--json"]);
  const { checks } = JSON.parse(looked.stdout) as { checks: { name: string; state: string; detail: string }[] };
  expect(checks.find(({ name }) => name === "state")).toMatchObject({
    state: "fail",
    detail: expect.stringMatching(because),
  });
  expect(project.left()).toEqual([]);
}

it("makes a folder of its own for sockets whose path would be too long, and takes it away", async (ctx) => {
  ctx.skip(unable !== null, unable ?? "");
  const runtime = mkdtempSync(path.join(tmpdir(), "devpm-run-"));
  owned(runtime, ANA, 0o700);
  onTestFinished(() => rmSync(runtime, { recursive: true, force: true }));
  const project = await openProject(ctx, ana);
  const deep = path.join(path.dirname(project.root), "x".repeat(120));
  project.env.DEVPM_HOME = deep;
  owned(deep, ANA, 0o700);
  const long = { ...project, devpmHome: deep };

  // the folder that devpm once used, made by Eve before Ana came, with links to what is Ana's
  const trap = `/tmp/devpm-${ANA}`;
  const precious = project.path("precious");
  writeFileSync(precious, "as it was");
  chownSync(precious, ANA, ANA);
  rmSync(trap, { recursive: true, force: true });
  owned(trap, EVE, 0o777);
  onTestFinished(() => rmSync(trap, { recursive: true, force: true }));

  for (const [env, parent] of [
    [{}, "/tmp"],
    [{ XDG_RUNTIME_DIR: runtime }, runtime],
    // Eve's, and so not taken
    [{ XDG_RUNTIME_DIR: trap }, "/tmp"],
  ] as const) {
    const started = await project.devpm(["dev", "-d"], { env });
    expect(started.code, started.output).toBe(0);
    const { socket, pm2Home } = sessionRecord(long);
    const folder = path.dirname(socket);
    expect(path.dirname(folder)).toBe(parent);
    expect(lstatSync(folder)).toMatchObject({ uid: ANA, mode: 0o40700 });
    expect(lstatSync(socket)).toMatchObject({ uid: ANA, mode: 0o140600 });
    expect(path.dirname(pm2Home)).toBe(folder);
    const eve = spawnSync(as(EVE)[0]!, [
      ...as(EVE).slice(1),
      process.execPath,
      "-e",
      `require("net").connect(${JSON.stringify(socket)}).on("error", (e) => console.log(e.code))`,
    ]);
    expect(eve.stdout.toString()).toBe("EACCES\n");

    // found by the session file, whatever the environment of the one who looks
    const status = JSON.parse((await project.devpm(["status", "--json"])).stdout) as { apps: object[] };
    expect(status.apps).toMatchObject([{ name: "a", state: "ready" }]);
    expect((await project.devpm(["down"])).code).toBe(0);
    expect(existsSync(folder)).toBe(false);
  }
  expect(readdirSync(trap)).toEqual([]);
  expect(readFileSync(precious, "utf8")).toBe("as it was");
});

it("closes a state folder that is devpm's own and was left open", async (ctx) => {
  ctx.skip(unable !== null, unable ?? "");
  const project = await openProject(ctx, ana);
  const { folder } = instance(project);
  owned(project.devpmHome, ANA, 0o777);
  owned(folder, ANA, 0o777);
  const looked = await project.devpm(["doctor"]);
  expect(looked.stdout).toMatch(/▲ state .*other users may write to it/);
  const started = await project.devpm(["dev", "-d"]);
  expect(started.code, started.output).toBe(0);
  for (const one of [project.devpmHome, folder]) expect(statSync(one).mode & 0o777).toBe(0o700);
  expect((await project.devpm(["down"])).code).toBe(0);
});

it("starts nothing where another user has been, or could come in", async (ctx) => {
  ctx.skip(unable !== null, unable ?? "");
  const foreign = await openProject(ctx, ana);
  owned(foreign.devpmHome, EVE, 0o777);
  await refused(foreign, /belongs to another user \(uid 42422\)/);

  const planted = await openProject(ctx, ana);
  owned(planted.devpmHome, ANA, 0o777);
  owned(instance(planted).folder, EVE, 0o777);
  await refused(planted, /belongs to another user/);

  // in what was left open once, a link of Eve's to a file of Ana's
  const inside = await openProject(ctx, ana);
  const { folder, logs } = instance(inside);
  owned(inside.devpmHome, ANA, 0o700);
  owned(folder, ANA, 0o700);
  symlinkSync(inside.path("ecosystem.config.json"), logs);
  execFileSync("chown", ["-h", `${EVE}`, logs]);
  for (const args of [["dev"], ["dev", "-d"]])
    expect(await inside.devpm(args)).toMatchObject({ code: 3, output: expect.stringContaining(`${logs} belongs to`) });

  const link = await openProject(ctx, ana);
  owned(link.devpmHome, ANA, 0o777);
  const aim = owned(path.join(link.home, "aim"), ANA, 0o700);
  symlinkSync(aim, instance(link).folder);
  execFileSync("chown", ["-h", `${EVE}`, instance(link).folder]);
  await refused(link, /belongs to another user/);
  expect(readdirSync(aim)).toEqual([]);

  // a folder of the user's with other things in it is not devpm's to close
  const shared = await openProject(ctx, ana);
  owned(shared.devpmHome, ANA, 0o777);
  writeFileSync(path.join(shared.devpmHome, "notes.txt"), "");
  expect((await shared.devpm(["dev"])).output).toContain("can be written by other users");
  expect(statSync(shared.devpmHome).mode & 0o777).toBe(0o777);

  const above = await openProject(ctx, ana);
  above.env.DEVPM_HOME = path.join(owned(path.join(above.home, "open"), ANA, 0o777), "state");
  await refused(above, /can be written by every user/);
});

it.for([
  ["where the kernel takes no folder", () => "/proc/nothing"],
  ["below a file", (project: Project) => project.path("ecosystem.config.json", "state")],
  [
    "behind a link to nowhere",
    (project: Project) => (symlinkSync("/nowhere/at/all", project.path("link")), project.path("link")),
  ],
] as const)("a state folder %s is refused, and what needs none works", async ([, place], ctx) => {
  const project = await openProject(ctx, { files });
  const env = { DEVPM_HOME: place(project) };
  for (const args of [["dev"], ["dev", "-d"]]) {
    const done = await project.devpm(args, { env });
    expect(done.code, done.output).toBe(3);
    expect(done.output).toMatch(/DEVPM_STATE_UNWRITABLE[^]*DEVPM_HOME=/);
  }
  const codes = async (...args: string[]): Promise<number | null> => (await project.devpm(args, { env })).code;
  expect([await codes("status"), await codes("down"), await codes("run", "a", "--", "true")]).toEqual([0, 0, 0]);
  const looked = await project.devpm(["doctor", "--json"], { env });
  const { checks } = JSON.parse(looked.stdout) as { checks: { name: string; state: string }[] };
  expect([looked.code, checks.find(({ name }) => name === "state")?.state]).toEqual([3, "fail"]);
  expect(project.left()).toEqual([]);
});

it("ends nothing that another user's session file names", async (ctx) => {
  ctx.skip(unable !== null, unable ?? "");
  const project = await openProject(ctx, { files });
  // root's own devpm, in a state folder where Eve has written a session file that names a process of root's
  const innocent = spawn("sleep", ["100000"]);
  onTestFinished(() => void innocent.kill("SIGKILL"));
  const { folder, sessionFile } = instance(project);
  owned(project.devpmHome, 0, 0o777);
  owned(folder, EVE, 0o777);
  writeFileSync(
    sessionFile,
    JSON.stringify(record({ engine: processes.identify(innocent.pid!)!, root: project.root })),
  );
  chownSync(sessionFile, EVE, EVE);
  const down = await project.devpm(["down"]);
  expect(down.stdout, down.output).toContain("nothing is running here");
  expect(JSON.parse((await project.devpm(["list", "--json"])).stdout)).toEqual({ sessions: [] });
  expect(processes.identify(innocent.pid!)).not.toBeNull();
});

it("claims ports in its own state folder where another user has taken the common place", async (ctx) => {
  ctx.skip(unable !== null, unable ?? "");
  const port = await freePort();
  const register = claimRegister({ uid: ANA });
  const network = `network-${/\d+/.exec(readlinkSync("/proc/self/ns/net"))?.[0] ?? ""}`;
  const claims = (folder: string): string[] => readdirSync(path.join(folder, network));
  const project = await openProject(ctx, {
    ...ana,
    files: {
      "ecosystem.config.json": JSON.stringify({ apps: { a: { command: `python3 -m http.server ${port}`, port } } }),
    },
  });
  rmSync(register, { recursive: true, force: true });
  onTestFinished(() => rmSync(register, { recursive: true, force: true }));

  // hers, and closed to all others
  expect(await project.devpm(["dev", "-d"])).toMatchObject({ code: 0 });
  expect(claims(register)).toEqual([`${port}.json`]);
  for (const one of [register, path.join(register, network)])
    expect(lstatSync(one)).toMatchObject({ uid: ANA, mode: 0o40700 });
  expect((await project.devpm(["down"])).code).toBe(0);
  expect(claims(register)).toEqual([]);
  rmSync(register, { recursive: true });

  // Eve's, with a claim that would keep Ana from her port; then a link of Eve's to what is Ana's
  const alive = { pid: process.pid, ...processes.identify(process.pid) };
  const forged = { version: 1, port, session: "s", project: "p", root: "/r", home: "/h", engine: alive, startedAt: "" };
  owned(path.join(owned(register, EVE, 0o777), network), EVE, 0o777);
  writeFileSync(path.join(register, network, `${port}.json`), JSON.stringify(forged));
  const link = (): void => {
    rmSync(register, { recursive: true });
    symlinkSync(project.root, register);
    lchownSync(register, EVE, EVE);
  };
  for (const prepare of [() => {}, link]) {
    prepare();
    const started = await project.devpm(["dev", "-d"]);
    expect(started.code, started.output).toBe(0);
    expect(claims(path.join(project.devpmHome, "claims"))).toEqual([`${port}.json`]);
    expect((await project.devpm(["down"])).code).toBe(0);
  }
  expect(readdirSync(project.root)).toEqual(["ecosystem.config.json"]);
});
