import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { doctor } from "../../../src/commands/doctor/run.ts";
import { createContext } from "../../../src/commands/shared/context.ts";
import { loaderOf } from "../../../src/system/loader/loader.ts";
import { logFiles } from "../../../src/system/logs/log-files.ts";
import { helpers } from "../../../src/system/processes/helpers.ts";
import { boundedPattern } from "../../../src/system/bounded-pattern.ts";
import type { CommandResult } from "../../../src/system/commands.ts";
import { publicApi } from "../../rigs/public-api.ts";
import { sessionRoom } from "../session/session-room.ts";
import { record } from "../teardown/sample.ts";
import { silent, written } from "../ui/fake.ts";
import { commandResult } from "../command-result.ts";

interface Checks {
  checks: { name: string; state: string; detail: string; fix: string | null }[];
}

const CONFIG = (apps: string): string => `export default { apps: ${apps} };\n`;
const SHELL = `{ web: { command: "/bin/sh serve.sh", port: 5173 } }`;

/** A machine on which the checks find what the test says. */
function machineWith(contents: Record<string, string>) {
  const commands = { node: "v20.19.0\n", python: { exitCode: 0 } as Partial<CommandResult> };
  const ran: string[] = [];
  const room = sessionRoom(contents, {
    commands: {
      run: (file: string) => {
        ran.push(file);
        const isNode = file.endsWith("node");
        const result = isNode ? { stdout: commands.node } : commands.python;
        return Promise.resolve(commandResult(result));
      },
    },
    docker: { connect: () => Promise.resolve({ ok: false, attempts: [] }) } as never,
    helpers: { guardian: helpers.guardian } as never,
    pm2: { version: () => "7.0.4" } as never,
    loader: loaderOf(publicApi),
  });
  const [out, err] = [written(100), written(100)];
  const overrides = {
    ...room.system,
    logFiles,
    network: () => Promise.reject(new Error("a request was to be sent")),
    browser: () => Promise.reject(new Error("a page was to be opened")),
    pattern: boundedPattern,
    connectEngine: () => Promise.resolve(null),
    mayAppear: true,
  };
  const context = createContext(
    overrides,
    { out, err, keys: silent },
    { color: false, verbose: false },
    { program: () => "devpm", place: "" },
  );
  return {
    ...room,
    ran,
    context,
    async checks(): Promise<{
      code: number;
      checks: Checks["checks"];
      of: (name: string) => Checks["checks"][number] | undefined;
    }> {
      const code = await doctor(room.system, context, { json: true });
      const { checks } = JSON.parse(out.text()) as Checks;
      return { code, checks, of: (name) => checks.find((check) => check.name === name) };
    },
    async printed(): Promise<string> {
      await doctor(room.system, context, { json: false });
      return out.text();
    },
  };
}

const project = (apps = SHELL): Record<string, string> => ({ "ecosystem.config.mjs": CONFIG(apps) });

describe("devpm doctor", () => {
  test("where everything is right changes nothing, and is 0", async () => {
    const one = machineWith(project());
    mkdirSync(path.join(one.root, ".state"), { mode: 0o700 });
    const { code, checks, of } = await one.checks();
    expect(checks.filter(({ state }) => state === "fail")).toEqual([]);
    expect(code).toBe(0);
    expect(of("node")?.detail).toBe("v20.19.0 (/usr/bin/node)");
    expect(of("pm2")?.detail).toMatch(/^7\.0\.4/);
    expect(of("port 5173")).toMatchObject({ state: "ok", detail: "web: free" });
    expect(of("config")?.detail).toContain("ecosystem.config.mjs: web");
    expect(of("state")).toMatchObject({ state: "ok", fix: null });
  });

  test("names what holds a port, with a fix, and is 3: this machine is not ready", async () => {
    const one = machineWith(project());
    one.simulated.start(900, { command: "python other.py" });
    one.simulated.listen(5173, 900);
    one.simulated.binds.set(5173, "taken");
    const { code, of } = await one.checks();
    expect(code).toBe(3);
    expect(of("port 5173")).toMatchObject({ state: "fail", fix: expect.stringContaining("devpm") });
  });

  test("knows the port of the session that runs here for its own", async () => {
    const one = machineWith(project());
    const { folder, sessionFile } = one.instance;
    mkdirSync(folder, { recursive: true });
    writeFileSync(sessionFile, JSON.stringify(record({ root: one.root, ports: [5173] })));
    one.simulated.start(10, { env: {} });
    one.simulated.start(100, { env: { DEVPM_SESSION: "s1", DEVPM_APP: "web" } });
    one.simulated.listen(5173, 100);
    one.simulated.binds.set(5173, "taken");
    expect((await one.checks()).of("port 5173")).toMatchObject({
      state: "ok",
      detail: "web: used by this project's running session",
    });
  });

  test("calls a leftover of a session that is gone what it is", async () => {
    const one = machineWith(project());
    one.simulated.start(100, { env: { DEVPM_SESSION: "gone", DEVPM_APP: "web", DEVPM_ROOT: one.root } });
    one.simulated.listen(5173, 100);
    one.simulated.binds.set(5173, "taken");
    const check = (await one.checks()).of("port 5173");
    expect(check?.detail).toMatch(/leftover|earlier session/);
  });

  test("reports a configuration that cannot be used with its own exit code", async () => {
    const { code, of } = await machineWith({ "ecosystem.config.mjs": "export default { apps: 3 };\n" }).checks();
    expect(code).toBe(2);
    expect(of("config")).toMatchObject({ state: "fail" });
  });

  test("takes a folder without a project for no problem", async () => {
    const { code, of } = await machineWith({}).checks();
    expect([code, of("config")?.state]).toEqual([0, "warn"]);
  });

  test("names the program that an app needs and that is not there", async () => {
    const { code, of } = await machineWith(project(`{ web: { command: "serve-it now" } }`)).checks();
    expect(code).toBe(3);
    expect(of("toolchain")).toMatchObject({ state: "fail", detail: "serve-it was not found" });
  });

  test("says which set-up steps a start would run", async () => {
    const apps = `{ web: { command: "/bin/sh x", setup: [{ run: "make it", output: "made" }] } }`;
    expect((await machineWith(project(apps)).checks()).of("set-up")?.detail).toBe(
      "not run yet: web: make it; devpm dev does",
    );
  });

  test("says what a line of an environment file means nothing for", async () => {
    const one = machineWith({
      ...project(`{ web: { command: "/bin/sh x", envFile: ".env" } }`),
      ".env": "A=1\nnonsense here\n",
    });
    expect((await one.checks()).of("environment")).toMatchObject({ state: "warn", fix: null });
  });

  test("writes a fix for a state folder that others may write to, which can be pasted", async () => {
    const one = machineWith(project());
    const folder = path.join(one.root, "Application Support/devpm");
    Object.assign(one.system.environment.shell, { DEVPM_HOME: folder });
    one.system.files.privacyOf = () => Promise.resolve({ state: "open" } as never);
    expect((await one.checks()).of("state")).toEqual({
      name: "state",
      state: "warn",
      detail: `${folder}: other users may write to it`,
      fix: `chmod 700 '${folder}'`,
    });
  });

  test("says why a state folder is not used", async () => {
    const one = machineWith(project());
    const folder = path.join(one.root, "my state");
    Object.assign(one.system.environment.shell, { DEVPM_HOME: folder });
    one.system.files.privacyOf = () => Promise.resolve({ state: "unsafe", reason: "it is a link" });
    const { code, of } = await one.checks();
    expect([code, of("state")]).toMatchObject([
      3,
      { state: "fail", detail: "not safe: it is a link", fix: `ls -ld '${folder}'` },
    ]);
  });

  test("says that it cannot be written", async () => {
    const one = machineWith(project());
    one.system.files.write = () => Promise.reject(new Error("ENOSPC: no space left"));
    expect((await one.checks()).of("state")).toMatchObject({
      state: "fail",
      detail: expect.stringContaining("cannot be written: ENOSPC"),
      fix: expect.stringContaining("DEVPM_HOME="),
    });
  });

  test("prints one line a check, and its fix below", async () => {
    const text = await machineWith(project(`{ web: { command: "python serve.py" } }`)).printed();
    expect(text).toMatch(/^✔ node +v20/m);
    expect(text).toMatch(/^✖ toolchain +python was not found\n +fix: /m);
  });
});

describe("what guarantees that nothing is left", () => {
  test.each([
    ["linux", { exitCode: 1, failure: "ENOENT" }, "warn"],
    ["darwin", {}, "ok"],
  ] as [NodeJS.Platform, Partial<CommandResult>, string][])(
    "on %s without a subreaper is a scan",
    async (platform, _, state) => {
      const one = machineWith(project());
      Object.assign(one.system.environment, { platform });
      one.system.files.executable = () => Promise.resolve(false);
      const check = (await one.checks()).of("teardown");
      expect(check).toMatchObject({ state, detail: expect.stringContaining("scan") });
    },
  );
});
