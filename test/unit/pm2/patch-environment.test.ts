import childProcess from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { besideShell, environmentFile } from "../../../src/pm2/environment-file.ts";
import { patchEnvironment } from "../../../src/pm2/patch-environment.ts";
import { throughEnv } from "../../../src/pm2/through-env.ts";

const folder = mkdtempSync(path.join(os.tmpdir(), "devpm environment "));
afterAll(() => rmSync(folder, { recursive: true }));

const scriptOf = (name: string): string => fileURLToPath(new URL(`../../../src/pm2/${name}`, import.meta.url));
const PRINT = "process.stdout.write(JSON.stringify([process.env, process.argv.slice(1), process.pid, process.cwd()]))";

/** /bin/sh as systems have it; each is called `sh`, as which bash keeps to POSIX. */
const SHELLS = ["/bin/dash", "/bin/bash", "/bin/busybox"].filter((shell) => existsSync(shell));

function shellOf(shell: string): string {
  const own = path.join(folder, path.basename(shell));
  mkdirSync(own, { recursive: true });
  const sh = path.join(own, "sh");
  if (!existsSync(sh)) symlinkSync(shell, sh);
  return sh;
}

/** Names that a launcher could take for its own, or that mean something to a shell, to Node or to PM2. */
const ODD = {
  DEVPM_SESSION: "mark",
  ...{ file: "f", name: "n", i: "1", status: "s", argv: "a", env: "e", IFS: "/", CDPATH: "/", ENV: "/nowhere" },
  ...{ BASH_ENV: "/nowhere", PS4: "+", OPTIND: "of mine", pm_id: "own", status_file: "x", LINES: "one\ntwo\n" },
  ...{
    UID: "1234",
    EUID: "5",
    GID: "6",
    PPID: "7",
    SHELLOPTS: "x",
    GROUPS: "a b",
    RANDOM: "it's mine",
    SECONDS: "many",
  },
  DOLLARS: "$HOME `id` $(id) ${X}",
  QUOTES: `it's "quoted" and \\ back`,
};

/** What PM2 hands over besides: its settings, flat. */
const SETTINGS = { pm_id: 3, name: "api", DEVPM_SESSION: "mark", namespace: "x", watch: false, SECRET: "of PM2" };

describe.each(SHELLS)("an app that PM2 starts, where /bin/sh is %s", (shell) => {
  const { spawn } = childProcess;
  beforeEach(patchEnvironment);
  afterEach(() => {
    childProcess.spawn = spawn;
  });

  /** Started as PM2 starts it, channel included. */
  async function run(
    script: string,
    variables: Record<string, string>,
    settings: object,
    { more = [], program = process.execPath }: { more?: string[]; program?: string } = {},
  ) {
    const file = path.join(folder, "app.sh");
    writeFileSync(file, environmentFile(variables));
    const command = throughEnv(besideShell(variables), [program, "-e", PRINT, "--", "an argument", "it's"]);
    const args = [scriptOf(script), file, ...more, ...command];
    const options = {
      env: settings as NodeJS.ProcessEnv,
      cwd: folder,
      stdio: ["pipe", "pipe", "inherit", "ipc"],
    } as const;
    const child = childProcess.spawn(shellOf(shell), args, { ...options, stdio: [...options.stdio] });
    let text = "";
    child.stdout?.on("data", (data: unknown) => (text += String(data)));
    const code = await new Promise((resolve) => void child.once("close", resolve));
    const [env, argv, pid] = JSON.parse(text) as [Record<string, string>, string[], number];
    // what the shell itself adds, where the file does not have it
    for (const own of ["PWD", "SHLVL", "OLDPWD", "_"]) if (!(own in variables)) delete env[own];
    return { env, argv, isTheChild: pid === child.pid, code };
  }

  test("has its file's variables and no other, whatever their names", async () => {
    const { env, argv, isTheChild } = await run("launch.sh", ODD, SETTINGS);
    expect(env).toEqual(ODD);
    expect(argv).toEqual(["an argument", "it's"]);
    expect(isTheChild).toBe(true);
  });

  test("has what PM2 counts up instead of its file's, and only that of PM2", async () => {
    const counted = { DEVPM_COUNTED: "NODE_APP_INSTANCE file", NODE_APP_INSTANCE: 2, file: "it's $HOME" };
    const { env, argv, isTheChild } = await run(
      "launch.sh",
      { ...ODD, NODE_APP_INSTANCE: "0" },
      { ...SETTINGS, ...counted },
    );
    expect(env).toEqual({ ...ODD, NODE_APP_INSTANCE: "2", file: "it's $HOME" });
    expect(argv).toEqual(["an argument", "it's"]);
    expect(isTheChild).toBe(true);
  });

  test("runs from a folder with = in its name", async () => {
    const program = path.join(folder, "of=mine");
    if (!existsSync(program)) symlinkSync(process.execPath, program);
    const counted = { DEVPM_COUNTED: "NODE_APP_INSTANCE", NODE_APP_INSTANCE: 2 };
    for (const [variables, settings, env] of [
      [{ ...ODD }, SETTINGS, ODD],
      [{ ONE: "1" }, { ...SETTINGS, ...counted }, { ONE: "1", NODE_APP_INSTANCE: "2" }],
      [{ ...ODD }, { ...SETTINGS, ...counted }, { ...ODD, NODE_APP_INSTANCE: "2" }],
    ] as const) {
      const app = await run("launch.sh", { PATH: process.env.PATH ?? "", ...variables }, settings, { program });
      expect(app).toMatchObject({ env, argv: ["an argument", "it's"], isTheChild: true });
    }
  });

  test("without a name to count has its file's", async () => {
    expect((await run("launch.sh", ODD, { ...SETTINGS, DEVPM_COUNTED: "" })).env).toEqual(ODD);
  });

  test("as a task has its file's, and leaves how it ended", async () => {
    const exit = path.join(folder, "exit");
    const { env, argv, code } = await run("task.sh", ODD, SETTINGS, { more: [exit] });
    expect(env).toEqual(ODD);
    expect(argv).toEqual(["an argument", "it's"]);
    expect([code, readFileSync(exit, "utf8")]).toEqual([0, "0\n"]);
  });
});

describe("what is no app of a session", () => {
  const { spawn } = childProcess;
  afterEach(() => {
    childProcess.spawn = spawn;
  });

  test.each([{ SOME: "thing" }, { SOME: "thing", pm_id: "1" }])("keeps its environment: %j", async (env) => {
    patchEnvironment();
    const child = childProcess.spawn("/usr/bin/env", [], { env });
    let text = "";
    child.stdout.on("data", (data: unknown) => (text += String(data)));
    await new Promise((resolve) => void child.once("close", resolve));
    expect(text).toContain("SOME=thing\n");
  });
});
