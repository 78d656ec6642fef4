import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import tls from "node:tls";
import { describe, expect, test } from "vitest";
import { variableSetting } from "../../../src/config/absent.ts";
import type { Outcome } from "../../../src/diagnostics/outcome.ts";
import { REPOSITORY } from "../../rigs/devpm.ts";
import { until } from "../../rigs/wait.ts";
import { ownEngine, ownPodman } from "./own-engine.ts";
import { sshServer } from "./ssh.ts";
import { bringUp, diagnostic, type Lab, lab, needEngine, run, said, shell, succeeds, value } from "./rig.ts";

const DB = `services:\n  db:\n${shell("sleep 600")}`;
const TINY = "    image: tiny:1\n    network_mode: none\n    init: false\n    stop_grace_period: 0s\n";
const tiny = (line: string): string =>
  `services:\n  db:\n${TINY}    entrypoint: [/bin/sh, -c, ${JSON.stringify(line)}]\n`;

const SOCKET = "/var/run/docker.sock";

async function listening(server: net.Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await until("the server", () => server.listening);
  return (server.address() as net.AddressInfo).port;
}

describe.concurrent("an engine that does not answer", () => {
  test("no socket", async (ctx) => {
    const l = await lab(ctx, DB, "unix:///nowhere/docker.sock");
    const one = l.open({ services: ["db"] });
    const problem = diagnostic(await one.infra.check());
    expect(said(problem)).toBe(
      [
        "Docker is not running  DEVPM_ENGINE_DOWN",
        "needed by: db (compose.yml)",
        "tried: unix:///nowhere/docker.sock: no such file   (DOCKER_HOST)",
        "Nothing was started.",
        "use the engine of this machine: unset DOCKER_HOST && devpm dev",
        "start Docker: sudo systemctl start docker && devpm dev",
        "without it: devpm dev --no-infra",
      ].join("\n"),
    );
    expect(one.events).toEqual([]);
  });

  test("not required: one line, what the apps miss, and nothing else", async (ctx) => {
    const l = await lab(ctx, DB, "unix:///nowhere/docker.sock");
    const apps = [{ name: "backend", dependsOn: { apps: [], services: ["db"], tasks: [] } }, { name: "web" }];
    const one = l.open({ required: false, apps });
    const verdict = value(await one.infra.check());
    expect(verdict.absent).toEqual({ reason: "Docker is not running; backend uses db" });
    value(await one.infra.up());
    value(await one.infra.ready("db"));
    expect(one.events).toEqual([
      { event: "infra.absent", reason: "Docker is not running; backend uses db", services: ["db"] },
    ]);
    expect(variableSetting(`x${one.infra.references().db?.port(5432)}`)).toEqual({ kind: "unset", service: "db" });
    expect(one.infra.statuses()).toEqual([]);
  });

  test("a socket left by an engine that is gone", async (ctx) => {
    const l = await lab(ctx, DB, "unix:///nowhere/docker.sock");
    const stale = path.join(l.folder, "stale.sock");
    await run(["python3", "-c", `import socket; socket.socket(socket.AF_UNIX).bind("${stale}")`]);
    const problem = diagnostic(await l.open({ env: { DOCKER_HOST: `unix://${stale}` } }).infra.check());
    expect(problem.code).toBe("DEVPM_ENGINE_DOWN");
    expect(said(problem)).toContain(`${stale}: connection refused: nothing listens there`);
  });

  test("an engine that accepts and never answers", async (ctx) => {
    const l = await lab(ctx, DB, "unix:///nowhere/docker.sock");
    const mute = path.join(l.folder, "mute.sock");
    const accepted: net.Socket[] = [];
    // a fake: a real engine cannot be made to hang on demand
    const server = net.createServer((socket) => accepted.push(socket)).listen(mute);
    ctx.onTestFinished(() => {
      for (const socket of accepted) socket.destroy();
      server.close();
    });
    await until("the server", () => server.listening);
    const problem = diagnostic(await l.open({ env: { DOCKER_HOST: `unix://${mute}` } }).infra.check());
    expect(accepted.length).toBeGreaterThan(0);
    expect(said(problem)).toContain("Docker is running but does not answer  DEVPM_ENGINE_HANGS");
    expect(said(problem)).toContain("it accepts the connection and does not answer");
  });

  test("a socket this user may not open", async (ctx) => {
    const l = await lab(ctx, DB);
    chmodSync(l.folder, 0o755);
    const home = path.join(l.folder, "theirs");
    mkdirSync(home);
    const able = process.getuid?.() === 0 && (await succeeds(["setpriv", "--version"]));
    ctx.skip(!able, "needs root and setpriv");
    await run(["chown", "-R", "65534:65534", home]);
    const as = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    const problem = diagnostic(await elsewhere(l, as, { HOME: home, DEVPM_HOME: home, TMPDIR: home }));
    expect(said(problem)).toContain("Your user may not use Docker  DEVPM_ENGINE_DENIED");
    expect(said(problem)).toContain(
      `unix:///var/run/docker.sock: permission denied   (DOCKER_HOST is not set, context "default")`,
    );
    expect(said(problem)).toContain("sudo usermod -aG docker ");
  });

  test("a host name that does not exist, and an address that is none", async (ctx) => {
    const l = await lab(ctx, DB, "unix:///nowhere/docker.sock");
    const tried = async (DOCKER_HOST: string): Promise<string> =>
      said(diagnostic(await l.open({ env: { DOCKER_HOST } }).infra.check()));
    expect(await tried("tcp://no-such-host.invalid:2375")).toContain(
      "Docker at tcp://no-such-host.invalid:2375 cannot be reached  DEVPM_ENGINE_DOWN",
    );
    expect(await tried("gopher:/x")).toContain(
      "this is not an address of an engine: unix://, tcp:// or ssh:// is expected",
    );
  });
});

/** The check in a process of its own, started through other programs. */
async function elsewhere(l: Lab, prefix: string[], env: Record<string, string>): Promise<Outcome<unknown>> {
  // by its address: the process runs in a folder from which no package is found
  const tsx = import.meta.resolve("tsx");
  const command = [...prefix, process.execPath, "--import", tsx, path.join(import.meta.dirname, "check-once.ts")];
  const printed = await run(command, {
    cwd: l.folder,
    env: { ...l.environment, NODE_PATH: path.join(REPOSITORY, "node_modules"), ...env },
    timeout: 90_000,
  });
  return (JSON.parse(printed) as { checked: Outcome<unknown> }).checked;
}

describe.concurrent("which engine", () => {
  test("the current Docker context, and DOCKER_CONTEXT before it", async (ctx) => {
    const engine = await ownEngine(ctx);
    const l = await lab(ctx, tiny("sleep 600"), `unix://${engine.socket}`);
    const { DOCKER_HOST: _, ...environment } = l.environment;
    l.environment = environment;
    const context = (name: string, Host: string): void => {
      const id = createHash("sha256").update(name).digest("hex");
      const meta = { Name: name, Metadata: {}, Endpoints: { docker: { Host, SkipTLSVerify: false } } };
      l.write(`home/.docker/contexts/meta/${id}/meta.json`, JSON.stringify(meta));
    };
    context("mine", `unix://${engine.socket}`);
    context("gone", "unix:///nowhere.sock");
    l.write("home/.docker/config.json", JSON.stringify({ currentContext: "mine" }));
    const bare = { env: { DOCKER_HOST: "" } };
    const one = l.open(bare);
    await bringUp(one);
    expect(one.infra.statuses()).toMatchObject([{ service: "db", state: "running" }]);
    expect(await run(["docker", "-H", `unix://${engine.socket}`, "ps", "-q"])).not.toBe("");

    const other = diagnostic(await l.open({ env: { ...bare.env, DOCKER_CONTEXT: "gone" } }).infra.check());
    expect(said(other)).toContain(`unix:///nowhere.sock: no such file   (DOCKER_HOST is not set, context "gone")`);
    const none = diagnostic(await l.open({ env: { ...bare.env, DOCKER_CONTEXT: "neverwas" } }).infra.check());
    expect(said(none)).toContain("there is no such context (docker context ls lists them)");
  });

  test("a usual socket where the default one does not answer, for Compose too", async (ctx) => {
    const engine = await ownEngine(ctx);
    const l = await lab(ctx, tiny("sleep 600"), `unix://${engine.socket}`);
    await l.compose("up", "-d");
    mkdirSync(path.join(l.folder, "home/.colima/default"), { recursive: true });
    symlinkSync(engine.socket, path.join(l.folder, "home/.colima/default/docker.sock"));
    // in a mount namespace of its own the machine's socket is something else
    const hidden = ["unshare", "-m", "sh", "-c", `mount --bind /dev/null ${SOCKET} && exec "$@"`, "sh"];
    const checked = value(await elsewhere(l, hidden, { DOCKER_HOST: "" })) as { services: unknown[] };
    expect(checked.services).toMatchObject([{ service: "db", state: "running" }]);
  });

  test("over TLS, both sides proved", async (ctx) => {
    const { DOCKER_HOST: _host, ...plain } = process.env;
    await needEngine(ctx, plain as Record<string, string>);
    const l = await lab(ctx, `services:\n  db:\n${shell("sleep 600", '    ports: ["127.0.0.1::5432"]\n')}`);
    const certs = await certificates(l);
    const server = tls.createServer({ ...certs.server, requestCert: true, rejectUnauthorized: true }, (socket) => {
      const engine = net.connect(SOCKET);
      socket.pipe(engine).pipe(socket);
      socket.on("error", () => engine.destroy());
      engine.on("error", () => socket.destroy());
    });
    server.on("tlsClientError", () => {});
    ctx.onTestFinished(() => void server.close());
    const port = await listening(server);
    const env = { DOCKER_HOST: `tcp://127.0.0.1:${port}`, DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: certs.folder };
    const one = l.open({ env, timeoutMs: 1_000 });
    value(await one.infra.check());
    value(await one.infra.up());
    await one.until("infra.progress", ({ detail }) => detail === "started");
    expect(one.infra.statuses()[0]?.state).toBe("running");
    expect(one.infra.references().db?.host).toBe("127.0.0.1");

    const stranger = diagnostic(await l.open({ env: { ...env, DOCKER_CERT_PATH: certs.otherCa } }).infra.check());
    expect(stranger.code).toBe("DEVPM_ENGINE_DENIED");
    expect(said(stranger)).toMatch(/self-signed|unable to (verify|get)/);
    const unproved = diagnostic(await l.open({ env: { ...env, DOCKER_CERT_PATH: certs.caOnly } }).infra.check());
    expect(said(unproved)).toContain("refuses this user  DEVPM_ENGINE_DENIED");
  });

  test("over ssh: the system's own, with its aliases and known hosts; the host's name is in the references", async (ctx) => {
    const l = await lab(ctx, `services:\n  db:\n${shell("sleep 600", '    ports: ["5432"]\n')}`);
    const bin = await sshServer(ctx, l.folder);
    const env = { DOCKER_HOST: "ssh://farbox", PATH: `${bin}:${l.environment.PATH}` };
    const one = l.open({ env });
    value(await one.infra.check());
    value(await one.infra.up());
    const db = one.infra.references().db;
    expect(db?.host).toBe("127.0.0.2");
    expect(db?.port(5432)).toBe(Number(/:(\d+)$/m.exec(await l.compose("port", "db", "5432"))?.[1]));
    one.infra.watch();
    await l.docker("kill", `${l.name}-db-1`);
    await one.until("infra.failed");
    const lines: string[] = [];
    value(
      await one.infra.logs("db", { follow: false, signal: AbortSignal.timeout(60_000) }, ({ line }) =>
        lines.push(line),
      ),
    );

    const unknown = diagnostic(await l.open({ env: { ...env, DOCKER_HOST: "ssh://stranger" } }).infra.check());
    expect(said(unknown)).toContain("Docker at ssh://stranger refuses this user  DEVPM_ENGINE_DENIED");
    expect(said(unknown)).toContain("Host key verification failed.");
    const refused = diagnostic(await l.open({ env: { ...env, DOCKER_HOST: "ssh://nobody@farbox" } }).infra.check());
    expect(said(refused)).toMatch(/Permission denied \(publickey/);
  });
});

test("an engine that is stopped and comes back does not end the session", async (ctx) => {
  const engine = await ownEngine(ctx);
  const l = await lab(ctx, tiny("echo up; sleep 600"), `unix://${engine.socket}`);
  const one = l.open();
  await bringUp(one);
  one.infra.watch();
  await engine.stop();
  await one.until("notice", ({ text }) => text.startsWith(`Docker went away (unix://${engine.socket}: `));
  await until("the reason in the status", () =>
    one.infra.statuses()[0]?.reason?.startsWith("Docker does not answer: "),
  );
  await engine.start();
  await one.until("notice", ({ text }) => text === "Docker answers again");
  await one.until("infra.failed", ({ service }) => service === "db");
  expect(one.infra.statuses()).toMatchObject([{ state: "stopped" }]);
  await l.docker("start", `${l.name}-db-1`);
  await one.until("infra.recovered");
  expect(one.of("notice")).toHaveLength(2);
});

test("Podman: made, found again, followed, read and stopped", async (ctx) => {
  const socket = await ownPodman(ctx);
  const l = await lab(ctx, tiny("echo hello; sleep 600"), `unix://${socket}`);
  const one = l.open();
  await bringUp(one);
  const before = await l.identity("db");
  const again = l.open();
  await bringUp(again);
  expect(again.names()).toEqual(["infra.checked"]);
  expect(again.infra.statuses()).toMatchObject([{ service: "db", state: "running", drift: false, reason: null }]);
  expect(await l.identity("db")).toBe(before);
  again.infra.watch();
  await l.docker("kill", `${l.name}-db-1`);
  expect((await again.until("infra.failed")).reason).toBe("it was killed (exit code 137)");
  await bringUp(l.open());
  await again.until("infra.recovered");
  // it runs before its line has reached the log
  const lines = await until("both lines", async () => {
    const read: string[] = [];
    const options = { follow: false, signal: AbortSignal.timeout(60_000) };
    value(await again.infra.logs("db", options, ({ line }) => read.push(line)));
    return read.length > 1 && read;
  });
  expect(lines).toEqual(["hello", "hello"]);
  expect(value(await again.infra.stop())).toEqual(["db"]);
});

async function certificates(l: Lab) {
  const folder = path.join(l.folder, "certs");
  mkdirSync(folder);
  const openssl = (...args: string[]): Promise<string> => run(["openssl", ...args], { cwd: folder });
  const authority = (name: string): Promise<string> =>
    openssl(
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-days",
      "2",
      "-subj",
      `/CN=${name}`,
      "-keyout",
      `${name}-key.pem`,
      "-out",
      `${name}.pem`,
    );
  const signed = async (name: string, extension: string): Promise<void> => {
    writeFileSync(path.join(folder, `${name}.ext`), extension);
    await openssl(
      "req",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-subj",
      `/CN=${name}`,
      "-keyout",
      `${name}-key.pem`,
      "-out",
      `${name}.csr`,
    );
    await openssl(
      "x509",
      "-req",
      "-days",
      "2",
      "-in",
      `${name}.csr`,
      "-CA",
      "ca.pem",
      "-CAkey",
      "ca-key.pem",
      "-CAcreateserial",
      "-extfile",
      `${name}.ext`,
      "-out",
      `${name}.pem`,
    );
  };
  await authority("ca");
  await authority("stranger");
  await signed("server", "subjectAltName=IP:127.0.0.1");
  await signed("client", "extendedKeyUsage=clientAuth");
  const set = (name: string, files: Record<string, string>): string => {
    for (const [as, from] of Object.entries(files)) {
      mkdirSync(path.join(folder, name), { recursive: true });
      copyFileSync(path.join(folder, from), path.join(folder, name, as));
    }
    return path.join(folder, name);
  };
  const own = { "cert.pem": "client.pem", "key.pem": "client-key.pem" };
  const read = (file: string): Buffer => readFileSync(path.join(folder, file));
  return {
    server: { key: read("server-key.pem"), cert: read("server.pem"), ca: read("ca.pem") },
    folder: set("all", { "ca.pem": "ca.pem", ...own }),
    otherCa: set("other", { "ca.pem": "stranger.pem", ...own }),
    caOnly: set("ca-only", { "ca.pem": "ca.pem" }),
  };
}
