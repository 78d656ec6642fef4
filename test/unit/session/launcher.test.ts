import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { App, References } from "../../../src/model/project.ts";
import { reasonOf } from "../../../src/config/problem.ts";
import { createLauncher, environmentFileOf } from "../../../src/session/apps/launcher.ts";
import type { Pm2App } from "../../../src/system/pm2/pm2.ts";
import { sampleApp } from "../plan/sample.ts";
import { sessionRoom } from "./session-room.ts";

const references: References = { services: {}, apps: {} };

/** A project with programs of its own on the PATH: `tool`, and a Python with Flask's command beside it. */
function launching(contents: Record<string, string> = {}) {
  const room = sessionRoom({
    "bin/tool": "#!/bin/sh\n",
    "venv/bin/python": "#!/bin/sh\n",
    "venv/bin/flask": "",
    "venv/pyvenv.cfg": "version = 3.12.1\n",
    ...contents,
  });
  const { root } = room;
  writeFileSync(path.join(root, "venv/bin/flask"), `#!${root}/venv/bin/python\n`);
  for (const name of ["bin/tool", "venv/bin/python", "venv/bin/flask"]) chmodSync(path.join(root, name), 0o755);
  /** Notices of what was made for a worktree. */
  const made: string[] = [];
  const created = createLauncher(room.system, {
    instance: room.instance,
    session: "s1",
    socket: "/run/engine.sock",
    namespace: "market",
    project: { configFile: null },
    infra: { makeDatabases: () => Promise.resolve(made) },
    emit: room.stream.emit,
    logs: { answered: () => {} },
    stopping: new AbortController().signal,
  });
  const launcher = {
    ...created,
    /** Of an app that can be started. */
    async prepare(one: App, given: References): Promise<Pm2App> {
      const prepared = await created.prepare(one, given);
      if (!prepared.ok) throw new Error(reasonOf(prepared.diagnostics));
      return prepared.value;
    },
  };
  const app = (more: Partial<App> = {}): App => sampleApp({ name: "api", cwd: root, watch: [root], ...more });
  const flask = (more: Partial<App> = {}): App =>
    app({
      kind: "flask",
      toolchain: "python",
      reload: "warm",
      venv: path.join(root, "venv"),
      command: { argv: [path.join(root, "venv/bin/flask"), "--app", "web", "run", "--no-reload"], shell: false },
      ...more,
    });
  return {
    ...room,
    launcher,
    /** Why an app cannot be started: where that is set, and the problem. */
    async refusal(refused: App): Promise<unknown> {
      const prepared = await created.prepare(refused, references);
      return prepared.ok ? null : prepared.diagnostics.map(({ code, evidence: [first] }) => [code, ...(first ?? [])]);
    },
    made,
    app,
    flask,
    /** The environment file of the last start, as launch.sh reads it. */
    file: (name = "api"): string => readFileSync(environmentFileOf(room.instance, "s1", name), "utf8"),
    notices: () => room.events.flatMap((event) => (event.event === "notice" ? [event.text] : [])),
  };
}

/** Behind the launcher's own file. */
const args = (prepared: object): string[] => (prepared as { args: string[] }).args.slice(1);

describe("what PM2 is to run", () => {
  test("is the program as it was found, behind the launcher that gives it its environment", async () => {
    const { launcher, app, root, instance } = launching();
    const prepared = await launcher.prepare(app(), references);
    expect(args(prepared)).toEqual([environmentFileOf(instance, "s1", "api"), path.join(root, "bin/tool")]);
    expect(prepared).toMatchObject({ name: "api", namespace: "market", cwd: root, exec_mode: "fork" });
  });

  test("is looked for on the app's own PATH first", async () => {
    const { launcher, app, root } = launching({ "own/tool": "#!/bin/sh\n" });
    chmodSync(path.join(root, "own/tool"), 0o755);
    const prepared = await launcher.prepare(app({ env: { PATH: path.join(root, "own") } }), references);
    expect(args(prepared)[1]).toBe(path.join(root, "own/tool"));
  });

  test.each([
    [
      "that is not there",
      { argv: ["serve-it"], shell: false as const },
      'its command "serve-it" was not found on the PATH',
    ],
    [
      "that cannot be run",
      { argv: ["./notes.txt"], shell: false as const },
      'its command "./notes.txt" was not found on the PATH',
    ],
  ])("is refused with a sentence for a program %s", async (_, command, message) => {
    const { refusal, app } = launching({ "notes.txt": "x" });
    expect(await refusal(app({ command }))).toEqual([["DEVPM_CONFIG_INVALID", "apps.api.command", message]]);
  });

  test("is refused where the kernel would refuse its environment", async () => {
    const { refusal, app } = launching();
    expect(await refusal(app({ env: { BIG: "x".repeat(200_000) } }))).toEqual([
      ["DEVPM_CONFIG_INVALID", "apps.api.env", expect.stringContaining("its variable BIG")],
    ]);
  });

  test("is refused with what the user's own env function throws", async () => {
    const { refusal, app } = launching();
    const env = (): never => {
      throw new Error("no database");
    };
    expect(await refusal(app({ env }))).toEqual([["DEVPM_CONFIG_INVALID", "apps.api.env", "no database"]]);
  });

  test("is refused where the disk of devpm's state is full: the reason names that", async () => {
    const { refusal, app, system, instance } = launching();
    const full = Object.assign(new Error("ENOSPC: no space left on device, write"), {
      code: "ENOSPC",
      syscall: "write",
    });
    system.files.write = () => Promise.reject(full);
    expect(await refusal(app())).toEqual([["DEVPM_STATE_UNWRITABLE", "folder", instance.folder]]);
  });
});

describe("the environment of an app", () => {
  test("is in a file for its user alone, written again at each start", async () => {
    const { launcher, app, root, file } = launching({ ".env": "GREETING=hello\n" });
    const own = app({ envFiles: [path.join(root, ".env")], env: { SECRET: "it's" } });
    await launcher.prepare(own, references);
    expect(file()).toContain("export GREETING='hello'\n");
    expect(file()).toContain(String.raw`export SECRET='it'\''s'`);
    expect(launcher.variables("api")).toMatchObject({ GREETING: "hello", DEVPM_SESSION: "s1", DEVPM_APP: "api" });
    writeFileSync(path.join(root, ".env"), "GREETING=bye\n");
    await launcher.prepare(own, references);
    expect(file()).toContain("export GREETING='bye'\n");
    expect(launcher.variables("other")).toEqual({});
  });

  test("has what the supervisor of a warm Python needs, and no other app gets that", async () => {
    const { launcher, app, flask, file, instance } = launching();
    await launcher.prepare(flask(), references);
    expect(file()).toContain("export DEVPM_SOCKET='/run/engine.sock'\n");
    expect(file()).toContain(`export DEVPM_CACHE='${instance.cache}'\n`);
    await launcher.prepare(app(), references);
    expect(file()).not.toContain("DEVPM_SOCKET");
  });

  test.each(["devpm", "the configuration", "the command", "one flag of several", "the shell"])(
    "lets a warm Python keep the bytecode of libraries where %s alone wants none",
    async (who) => {
      const { launcher, flask, file, root, system } = launching();
      if (who === "the shell") Object.assign(system.environment.shell, { PYTHONDONTWRITEBYTECODE: "1" });
      const env: App["env"] = who === "the configuration" ? { PYTHONDONTWRITEBYTECODE: "1" } : {};
      const wishes = new Map([
        ["the command", ["-B"]],
        ["one flag of several", ["-uB"]],
      ]);
      const flags = wishes.get(who) ?? [];
      const argv = [path.join(root, "venv/bin/python"), ...flags, "-m", "flask", "--app", "web", "run"];
      await launcher.prepare(flask({ env, command: { argv, shell: false } }), references);
      expect(file()).toContain("export DEVPM_SOCKET='/run/engine.sock'\n");
      expect(file()).toContain("export PYTHONDONTWRITEBYTECODE='1'\n");
      expect(file().includes("export DEVPM_LIBRARY_BYTECODE='1'\n")).toBe(who === "devpm");
    },
  );

  test("has PM2's own channel where the app is from a PM2 file", async () => {
    const { launcher, app, file } = launching();
    await launcher.prepare(app({ kind: "pm2" }), references);
    expect(file()).toContain("export NODE_CHANNEL_FD='3'\n");
    await launcher.prepare(app(), references);
    expect(file()).not.toContain("NODE_CHANNEL_FD");
  });

  test("may come with databases of its own, which are said once", async () => {
    const { launcher, app, made, notices } = launching();
    made.push("the database shop_fix was made");
    for (let n = 0; n < 2; n++) await launcher.prepare(app(), references);
    expect(notices()).toEqual(["the database shop_fix was made"]);
  });

  test("is warned about once, however often its file is read", async () => {
    const { launcher, app, root, events } = launching({ ".env": "A=1\nnonsense here\n" });
    const own = app({ envFiles: [path.join(root, ".env")] });
    for (let n = 0; n < 3; n++) await launcher.prepare(own, references);
    await launcher.prepare({ ...own, name: "web" }, references);
    expect(events.filter(({ event }) => event === "diagnostic")).toHaveLength(1);
  });
});

describe("what reloads an app", () => {
  test("is PM2's watch for `restart`, which never looks at devpm's own folder", async () => {
    const { launcher, app, instance } = launching();
    const prepared = await launcher.prepare(app({ reload: "restart" }), references);
    expect(prepared).toMatchObject({ watch: ["."] });
    expect(JSON.stringify((prepared as { ignore_watch?: unknown }).ignore_watch)).toContain(
      path.basename(instance.folder),
    );
    expect(launcher.isWarm("api")).toBe(false);
  });

  test("is nothing for `false`", async () => {
    const { launcher, app } = launching();
    expect((await launcher.prepare(app({ reload: false }), references)) as { watch?: unknown }).not.toMatchObject({
      watch: expect.arrayContaining([expect.any(String)]),
    });
  });

  test("is its supervisor where it is warm: PM2 watches nothing", async () => {
    const { launcher, flask, root } = launching();
    const prepared = await launcher.prepare(flask(), references);
    expect(launcher.isWarm("api")).toBe(true);
    expect(launcher.reloadsItself("api")).toBe(false);
    expect(args(prepared)[1]).toBe(path.join(root, "venv/bin/python"));
    expect(args(prepared).join(" ")).toContain("prefork/__main__.py");
    expect(args(prepared)).not.toContain("--no-reload");
    expect((prepared as { watch?: unknown }).watch).not.toEqual(["."]);
  });

  test("is PM2's watch where it cannot be warm, and that is said once", async () => {
    const { launcher, app, notices } = launching();
    const shell = app({ reload: "warm", command: { line: "cat x | tool", shell: true } });
    for (let n = 0; n < 2; n++) await launcher.prepare(shell, references).catch(() => null);
    const tool = app({ reload: "warm" });
    for (let n = 0; n < 2; n++) await launcher.prepare(tool, references);
    expect(notices()).toHaveLength(1);
    expect(notices()[0]).toMatch(/^api is restarted at each save: /);
  });

  test("is PM2's watch once it turned out that it cannot be warm, and until its command changes", async () => {
    const { launcher, flask, notices, root } = launching();
    await launcher.prepare(flask(), references);
    launcher.keepCold(flask(), { what: "unfit", reason: "gunicorn starts 4 workers" });
    expect(await launcher.prepare(flask(), references)).toMatchObject({ watch: ["."] });
    expect(launcher.isWarm("api")).toBe(false);
    expect(notices()).toEqual(["api is restarted at each save: gunicorn starts 4 workers"]);
    const other = flask({
      command: { argv: [path.join(root, "venv/bin/flask"), "--app", "shop", "run"], shell: false },
    });
    await launcher.prepare(other, references);
    expect(launcher.isWarm("api")).toBe(true);
  });

  test("is its own reloader where it has one: neither watches", async () => {
    const { launcher, flask, notices } = launching();
    launcher.keepCold(flask(), { what: "unfit", reason: "hupper restarts it", itself: true });
    const prepared = await launcher.prepare(flask(), references);
    expect((prepared as { watch?: unknown }).watch).not.toEqual(["."]);
    expect([launcher.isWarm("api"), launcher.reloadsItself("api")]).toEqual([false, true]);
    expect(notices()).toEqual(["api is left to its own reloader: hupper restarts it"]);
  });
});

test("a variable that PM2 counts up begins with the app's own value", async () => {
  const { launcher, app } = launching();
  const counted = app({ env: { PORT_BASE: "3000" }, pm2: { instances: 2, increment_var: "PORT_BASE" } });
  expect(await launcher.prepare(counted, references)).toMatchObject({
    env: { PORT_BASE: "3000", DEVPM_COUNTED: "NODE_APP_INSTANCE PORT_BASE" },
  });
  const none = app({ pm2: { instances: 2, increment_var: "MISSING" } });
  expect((await launcher.prepare(none, references)) as unknown as { env: object }).not.toMatchObject({
    env: { MISSING: expect.anything() },
  });
});
