import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type TestContext, expect, test } from "vitest";
import type { Claim } from "../../src/preflight/ports/types.ts";
import type { Receipt } from "../../src/model/events.ts";
import type { FreedPort } from "../../src/preflight/ports/free.ts";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { REPOSITORY } from "../rigs/devpm.ts";
import { type Namespace, noNamespace, openNamespace } from "../rigs/namespace.ts";
import { PYTHON } from "../rigs/terminal.ts";
import { fixture } from "../rigs/fixtures.ts";
import { until } from "../rigs/wait.ts";
import { record, identity } from "../unit/teardown/sample.ts";
import { DIST, env, programNamed, readyDist } from "./teardown-rig.ts";

interface Looked {
  claims: Claim[];
  swept: Receipt | null;
  freed: null | { freed: FreedPort[]; diagnostics: Diagnostic[] };
}

interface Question {
  context?: object;
  /** Frees what may be freed, with this grace in ms. */
  free?: number;
  /** Ends what turns out to be an orphan. */
  sweep?: boolean;
  /** What its PATH is, where it matters. */
  searchPath?: string;
}

const wanted = [{ app: "backend", port: 5050, key: "apps.backend.port" }];
const unable = noNamespace();

async function place(ctx: TestContext): Promise<Namespace> {
  ctx.skip(unable !== null, unable ?? "");
  readyDist();
  const namespace = await openNamespace();
  ctx.onTestFinished(() => namespace.close());
  return namespace;
}

async function look(namespace: Namespace, { searchPath = env.PATH, ...question }: Question = {}): Promise<Looked> {
  const script = path.join(REPOSITORY, "test/integration/claims-look.mjs");
  const json = JSON.stringify({ wanted, ...question });
  const command = ["env", `PATH=${searchPath}`, process.execPath, script, DIST, json];
  const done = await namespace.run(command, { env });
  try {
    return JSON.parse(done.output) as Looked;
  } catch {
    throw new Error(done.output);
  }
}

/** Somebody who listens; `more` goes before, as Python. Its pid is the holder's. */
async function listener(
  namespace: Namespace,
  host = "127.0.0.1",
  more = "",
  extra: Record<string, string> = {},
): Promise<number> {
  const family = host.includes(":") ? "AF_INET6" : "AF_INET";
  const code = `import os,signal,socket,subprocess,time\n${more}\ns=socket.create_server(("${host}",5050),family=socket.${family})\nprint("up",flush=True)\nsignal.pause()`;
  const inside = namespace.spawn([PYTHON, "-c", code], { env: { ...env, ...extra }, cwd: "/usr" });
  await inside.waitFor(/up/);
  return inside.pid;
}

const only = ({ claims }: Looked): Claim => claims[0]!;

test("free", async (ctx) => {
  expect(only(await look(await place(ctx)))).toMatchObject({ is: "free", diagnostic: null });
});

test.for(["127.0.0.1", "0.0.0.0", "::1", "::"])(
  "a foreign process on %s is named and left alone",
  async (host, ctx) => {
    const namespace = await place(ctx);
    const pid = await listener(namespace, host);
    const { diagnostic, ...claim } = only(await look(namespace));
    expect(claim).toMatchObject({ is: "foreign", guarded: null, pm2: null });
    const { evidence, ...said } = diagnostic!;
    expect(said).toEqual({
      code: "DEVPM_PORT_HELD",
      severity: "error",
      summary: "Port 5050 is held by a process devpm did not start",
      state: "Nothing was started. devpm never stops a process it did not start.",
      fixes: [
        { label: "use another port", command: "devpm dev --port backend=5051" },
        { label: "or stop it yourself", command: `kill ${pid}` },
        { label: "or let devpm ask it", command: "devpm dev --free-ports" },
      ],
    });
    expect(evidence[0]).toEqual(["app", "backend (apps.backend.port)"]);
    expect(evidence[1]?.[1]?.[0]).toMatch(new RegExp(`^pid ${pid}  \\S*python3 -c `));
    // with the day, where that is another one by now
    expect(evidence[1]?.[1]?.[1]).toMatch(/^user root, started (?:\d{4}-\d\d-\d\d )?\d\d:\d\d, in \/usr$/);
    expect(namespace.left().map((seen) => seen.pid)).toEqual([pid]);
  },
);

test("IPv4 and IPv6 held by two programs: both are named", async (ctx) => {
  const namespace = await place(ctx);
  const pids = [await listener(namespace), await listener(namespace, "::1")];
  const claim = only(await look(namespace));
  expect(claim.is === "foreign" && claim.holders.map((holder) => holder.identity.pid)).toEqual(pids);
});

test("another port is one that nobody wants or holds", async (ctx) => {
  const namespace = await place(ctx);
  await listener(namespace, "127.0.0.1", 'x=socket.create_server(("127.0.0.1",5052))');
  const both = [...wanted, { app: "web", port: 5051, key: "apps.web.port" }];
  const done = await look(namespace, { wanted: both } as Question);
  expect(only(done).diagnostic?.fixes[0]?.command).toBe("devpm dev --port backend=5053");
});

test("our orphan: marked, and nobody runs or guards its session", async (ctx) => {
  const namespace = await place(ctx);
  await listener(namespace, "127.0.0.1", "", { DEVPM_SESSION: "dead" });
  const innocent = await namespace.innocent(["sleep", "99"], { env: { ...env, DEVPM_SESSION: "dead1" } });
  const done = await look(namespace, { sweep: true });
  expect(only(done)).toMatchObject({ is: "orphan", session: "dead", diagnostic: null });
  expect(done.swept).toMatchObject({ ended: [{ how: "SIGTERM" }], leftovers: [], portsFree: [5050] });
  expect(namespace.left()).toEqual([]);
  expect(namespace.harmed()).toEqual([]);
  expect(innocent.pid).toBeGreaterThan(1);
});

test("a session without a record here is alive while its sentinel is", async (ctx) => {
  const namespace = await place(ctx);
  await listener(namespace, "127.0.0.1", "", { DEVPM_SESSION: "elsewhere" });
  const script = ["-e", "setInterval(() => {}, 1000); console.log('up')", "sentinel-main.js", "elsewhere"];
  await namespace.spawn([process.execPath, ...script], { env }).waitFor(/up/);
  const claim = only(await look(namespace));
  expect(claim).toMatchObject({ is: "session", record: null, here: false });
  expect(claim.diagnostic).toMatchObject({ code: "DEVPM_PORT_HELD_SESSION", fixes: [{ label: "use another port" }] });
});

test("another project's session, and this one's own", async (ctx) => {
  const namespace = await place(ctx);
  const pid = await listener(namespace);
  // told by its record alone: the listener carries no mark
  const found = only(await look(namespace));
  const me = found.is === "foreign" ? found.holders[0]!.identity : identity(0);
  const apps = [{ name: "web", pmId: 0, pids: [me], ports: [5050], graceMs: 1 }];
  const there = record({ id: "s9", project: "shop", root: "/srv/my shop", engine: me, apps });
  const other = only(await look(namespace, { context: { otherSessions: [there] } }));
  expect(other).toMatchObject({ is: "session", here: false, record: { id: "s9" } });
  expect(other.diagnostic?.summary).toBe("Port 5050 is used by the project shop, which runs under devpm");
  expect(other.diagnostic?.fixes[1]?.command).toBe("devpm -C '/srv/my shop' down");
  const own = only(await look(namespace, { context: { otherSessions: [{ ...there, root: "/here" }] } }));
  expect(own.diagnostic?.fixes.map((fix) => fix.command)).toEqual(["devpm status", "devpm down"]);
  expect(namespace.left().map((seen) => seen.pid)).toEqual([pid]);
});

test("what the asking session holds itself is no problem", async (ctx) => {
  const namespace = await place(ctx);
  await listener(namespace, "127.0.0.1", "", { DEVPM_SESSION: "mine" });
  expect(only(await look(namespace))).toMatchObject({ is: "mine", diagnostic: null });
});

test("a container: by its proxy, and without a listener", async (ctx) => {
  const namespace = await place(ctx);
  const published = { 5050: { name: "market-web-1", project: "market" } };
  const bare = only(await look(namespace, { context: { published } }));
  expect(bare).toMatchObject({ is: "container", name: "market-web-1" });
  expect(bare.diagnostic?.fixes[1]?.command).toBe("docker stop market-web-1");
  const folder = mkdtempSync(path.join(tmpdir(), "devpm-t-"));
  ctx.onTestFinished(() => rmSync(folder, { recursive: true }));
  const proxy = programNamed("docker-proxy", folder);
  await holdAs(namespace, proxy);
  const claim = only(await look(namespace, { context: { published }, free: 100 }));
  expect(claim).toMatchObject({ is: "container", name: "market-web-1" });
  expect(namespace.left().map((seen) => seen.command)).toEqual([`${proxy} 79`]);
});

/** A listening socket in the hands of another program, which runs when this resolves. */
async function holdAs(namespace: Namespace, program: string): Promise<void> {
  const code = `import os,socket; s=socket.create_server(("127.0.0.1",5050)); s.set_inheritable(True); os.execv("${program}",["${program}","79"])`;
  const { output } = namespace.spawn([PYTHON, "-c", code], { env });
  await until(program, () => namespace.left().some((seen) => seen.command === `${program} 79`), { describe: output });
}

test.for(["docker-proxy", "sshd", "dockerd", "nvim"])("%s is never freed, even with consent", async (name, ctx) => {
  const namespace = await place(ctx);
  const folder = mkdtempSync(path.join(tmpdir(), "devpm-t-"));
  ctx.onTestFinished(() => rmSync(folder, { recursive: true }));
  const program = programNamed(name, folder);
  await holdAs(namespace, program);
  const { claims, freed } = await look(namespace, { free: 100 });
  expect(claims[0]).toMatchObject({ is: "foreign", guarded: name });
  expect(claims[0]?.diagnostic?.fixes.map((fix) => fix.label)).toEqual(["use another port"]);
  expect(freed).toMatchObject({ freed: [], diagnostics: [{ code: "DEVPM_PORT_HELD" }] });
  expect(namespace.left().map((seen) => seen.command)).toEqual([`${program} 79`]);
});

test("what another PM2 runs is to be stopped there, and is never freed", async (ctx) => {
  const namespace = await place(ctx);
  const title = "PM2 v7.0.4: God Daemon (/srv/pm2)";
  const child = `import signal,socket; s=socket.create_server(('127.0.0.1',5050)); print('up',flush=True); signal.pause()`;
  const daemon = `process.title=${JSON.stringify(title)}; require("child_process").spawn(${JSON.stringify(PYTHON)}, ["-c", ${JSON.stringify(child)}], {stdio: "inherit", env: {name: "my api"}})`;
  await namespace.spawn([process.execPath, "-e", daemon, " ".repeat(80)], { env }).waitFor(/up/);
  const before = namespace.left().length;
  const { claims, freed } = await look(namespace, { free: 100 });
  expect(claims[0]?.diagnostic?.fixes[1]?.command).toBe("PM2_HOME=/srv/pm2 pm2 stop 'my api'");
  expect(freed?.freed).toEqual([]);
  expect(namespace.left().length).toBe(before);
});

test("bound by a process that does not listen", async (ctx) => {
  const namespace = await place(ctx);
  const code = `import signal,socket; s=socket.socket(); s.bind(("127.0.0.1",5050)); print("up",flush=True); signal.pause()`;
  await namespace.spawn([PYTHON, "-c", code], { env }).waitFor(/up/);
  const claim = only(await look(namespace));
  expect(claim).toMatchObject({ is: "invisible", diagnostic: { code: "DEVPM_PORT_HELD_INVISIBLE" } });
});

test("taken by the kernel for a connection that goes out", async (ctx) => {
  const namespace = await place(ctx);
  const code = `import signal,socket; s=socket.create_server(("127.0.0.1",0)); c=socket.socket(); c.bind(("127.0.0.1",5050)); c.connect(s.getsockname()); print("up",flush=True); signal.pause()`;
  const holder = namespace.spawn([PYTHON, "-c", code], { env });
  await holder.waitFor(/up/);
  const claim = only(await look(namespace));
  expect(claim).toMatchObject({ is: "connection", holders: [{ identity: { pid: holder.pid } }] });
  expect(claim.diagnostic?.code).toBe("DEVPM_PORT_HELD_CONNECTION");
});

test("held by another user's process", async (ctx) => {
  const namespace = await place(ctx);
  await listener(namespace);
  const script = path.join(REPOSITORY, "test/integration/claims-look.mjs");
  const command = [process.execPath, script, DIST, JSON.stringify({ wanted })];
  const done = await namespace.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--", ...command], {
    env: { ...env, HOME: "/" },
  });
  expect(only(JSON.parse(done.output) as Looked)).toMatchObject({ is: "invisible", uid: 0 });
});

test("after its last connections a port is free for servers that reuse addresses", async (ctx) => {
  const namespace = await place(ctx);
  const code = `import socket; s=socket.create_server(("127.0.0.1",5050)); c=socket.create_connection(("127.0.0.1",5050)); a,_=s.accept(); a.close(); c.recv(1); c.close()`;
  await namespace.run([PYTHON, "-c", code], { env });
  expect((await namespace.run(["cat", "/proc/net/tcp"], { env })).output).toMatch(/:13BA \S+ 06/);
  expect(only(await look(namespace))).toMatchObject({ is: "free", diagnostic: null });
});

/** Grace for who ends when asked: it is never used up. */
const AMPLE = 30_000;

test.for([
  ["SIGTERM", "", AMPLE],
  ["SIGKILL", "signal.signal(signal.SIGTERM, signal.SIG_IGN)", 500],
] as const)("freed with consent: %s", async ([how, more, graceMs], ctx) => {
  const namespace = await place(ctx);
  const client = await namespace.innocent(["sleep", "99"], { env });
  const pid = await listener(namespace, "127.0.0.1", more);
  const { freed } = await look(namespace, { free: graceMs });
  expect(freed).toMatchObject({ freed: [{ port: 5050, ended: [{ pid, how }] }], diagnostics: [] });
  expect(namespace.left()).toEqual([]);
  expect(namespace.harmed()).toEqual([]);
  expect(client.pid).toBeGreaterThan(1);
});

/** Told to end, it leaves the port to its child, as supervisors do, and is gone when the child listens. */
async function heir(namespace: Namespace): Promise<void> {
  const inside = namespace.spawn([PYTHON, "-c", fixture("ports/leaves_port_to_child.py")], { env, cwd: "/usr" });
  await inside.waitFor(/up/);
}

test("what takes the port over from within the family is left to kill-port", async (ctx) => {
  const namespace = await place(ctx);
  await heir(namespace);
  const { freed } = await look(namespace, { free: AMPLE });
  expect(freed?.diagnostics).toEqual([]);
  expect(freed?.freed[0]?.ended.map((one) => one.how)).toEqual(["SIGTERM", "kill-port"]);
  expect(namespace.left()).toEqual([]);
});

test("without lsof kill-port is not run, and the port is reported", async (ctx) => {
  const namespace = await place(ctx);
  await heir(namespace);
  const { freed } = await look(namespace, { free: AMPLE, searchPath: "/nonexistent" });
  expect(freed).toMatchObject({ freed: [], diagnostics: [{ code: "DEVPM_PORT_NOT_FREED" }] });
  expect(namespace.listening()).toEqual([5050]);
});

test("whoever comes from elsewhere is not what was agreed to", async (ctx) => {
  const namespace = await place(ctx);
  const keeper = `while true; do ${PYTHON} -c 'import signal,socket; s=socket.create_server(("127.0.0.1",5050)); print("up",flush=True); signal.pause()'; done`;
  const inside = namespace.spawn(["sh", "-c", keeper], { env });
  await inside.waitFor(/up/);
  const { freed } = await look(namespace, { free: 500 });
  // ended once, with consent; what its keeper starts then is nobody's to end
  expect(freed?.diagnostics.length).toBeLessThanOrEqual(1);
  await inside.waitFor(/up[^]*up/);
});
