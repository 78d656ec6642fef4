import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { type TestContext, expect, test } from "vitest";
import { parseJson, statusShape } from "../rigs/contract.ts";
import { REPOSITORY } from "../rigs/devpm.ts";
import { askInside } from "../rigs/market.ts";
import { type Namespace, noNamespace, openNamespace } from "../rigs/namespace.ts";
import type { Seen } from "../rigs/processes.ts";
import { type Project, openProject } from "../rigs/project.ts";
import { textsBelow } from "../rigs/texts.ts";
import { until } from "../rigs/wait.ts";

/** Names that PM2 takes for its vendor's keys, or for settings of its own. */
const SHELL = {
  SECRET_KEY: "flask-secret-4711",
  PUBLIC_KEY: "public-0815",
  namespace: "evil",
  name: "x",
  watch_delay: "99999",
  kill_timeout: "1",
};
const APP = `require("node:http").createServer((_, answer) => answer.end(JSON.stringify(process.env))).listen(5050, "127.0.0.1");`;
const CONFIG = JSON.stringify({
  name: "quiet",
  apps: {
    backend: { command: "node app.cjs", port: 5050, ready: { http: "/" }, reload: "restart", watch: ["app.cjs"] },
  },
});

interface Rig {
  project: Project;
  namespace: Namespace;
  /** Put before a command: every name look-up and every connect of it and its descendants is written down. */
  recorder: readonly string[];
  /** What left for somewhere else than this machine, or asked for a name. */
  outward(): string[];
}

/** Without a network, so that whoever wants to get out is seen to try. */
async function openRig(ctx: TestContext): Promise<Rig> {
  const unable = noNamespace();
  ctx.skip(unable !== null, unable ?? "");
  const strace = spawnSync("strace", ["-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", "true"], { encoding: "utf8" });
  ctx.skip(strace.status !== 0, `no strace: ${strace.error?.message ?? strace.stderr}`);
  const namespace = await openNamespace();
  ctx.onTestFinished(() => namespace.close());
  const project = await openProject(ctx, {
    namespace,
    env: SHELL,
    files: { "app.cjs": APP, "ecosystem.config.json": CONFIG },
  });
  const file = path.join(project.home, "connects");
  return {
    project,
    namespace,
    recorder: ["strace", "-f", "--seccomp-bpf", "-qq", "-e", "trace=connect,sendto,sendmsg,sendmmsg", "-o", file],
    outward: () =>
      (existsSync(file) ? readFileSync(file, "utf8") : "")
        .split("\n")
        .filter((line) => /AF_INET/.test(line))
        .filter((line) => /htons\(53\)/.test(line) || !/"127\.|"::1"|"::ffff:127\./.test(line)),
  };
}

test("the recorder catches plain PM2 on its way to its vendor, with the user's secret", async (ctx) => {
  const { project, namespace, recorder, outward } = await openRig(ctx);
  const home = path.join(project.home, "pm2");
  const pm2 = path.join(REPOSITORY, "node_modules/pm2/bin/pm2");
  namespace.spawn([...recorder, process.execPath, pm2, "start", "app.cjs"], {
    cwd: project.root,
    env: { ...project.env, PM2_HOME: home },
  });
  await until("a look-up or a connect", () => outward().length > 0);
  await until("the secret in a file of PM2", () => withSecret(project.home).length > 0);
  expect(namespace.processes().filter((seen) => environOf(namespace, seen).includes(SHELL.SECRET_KEY))).not.toEqual([]);
  // PM2 is ended by nobody else
  await namespace.close();
});

test("the app has the whole shell; PM2 has none of it, and nothing leaves the machine", async (ctx) => {
  const { project, namespace, recorder, outward } = await openRig(ctx);
  const terminal = await project.terminal(["dev"], { through: recorder });
  await terminal.waitFor(/ready in/);
  const seen = JSON.parse(await askInside(namespace, "http://localhost:5050/")) as Record<string, string>;
  expect(seen).toMatchObject(SHELL);

  const daemon = await until("PM2's daemon", () => namespace.processes().find((one) => /God Daemon/.test(one.command)));
  const environ = environOf(namespace, daemon);
  for (const name of Object.keys(SHELL)) expect(environ).not.toMatch(new RegExp(`(^|\0)${name}=`));
  expect(environ).not.toContain(SHELL.SECRET_KEY);

  const files = withSecret(project.devpmHome);
  expect(files.map((file) => statSync(file).mode & 0o077)).toEqual(files.map(() => 0));
  expect(files.filter((file) => /agent|pm2\//.test(file))).toEqual([]);

  // watch_delay of the shell would hold this back for a minute and a half; its name and namespace would lose the app
  project.edit("app.cjs", "JSON.stringify(process.env)", `"saved"`);
  await until("the save", async () => (await askInside(namespace, "http://localhost:5050/")) === "saved");
  // its answer may be here before devpm's own probe has seen it
  const status = await until("the app to be ready under its name", async () => {
    const told = parseJson(statusShape, (await project.devpm(["status", "--json"])).stdout);
    return told.apps.length === 1 && told.apps[0]?.name === "backend" && told.apps[0].state === "ready" ? told : null;
  });
  expect(status.namespace).not.toBe("evil");

  terminal.write("\x03");
  // not the exit code: it is the recorder's, which gives up where a stopped process is killed under its hands
  await until("the end", () => terminal.output().includes("port 5050 is free"));
  await terminal.ended();
  expect(outward()).toEqual([]);
});

const environOf = ({ proc }: Namespace, { pid }: Seen): string => {
  try {
    return readFileSync(`${proc}/${pid}/environ`, "utf8");
  } catch {
    return "";
  }
};

/** Files that hold the secret. */
const withSecret = (folder: string): string[] =>
  textsBelow(folder).flatMap(({ file, text }) => (text.includes(SHELL.SECRET_KEY) ? [file] : []));
