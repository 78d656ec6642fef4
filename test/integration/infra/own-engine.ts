import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestContext } from "vitest";
import { until } from "../../rigs/wait.ts";
import { run, succeeds } from "./rig.ts";

/** A Docker engine of the test's own, which may be stopped; it has one image, `tiny:1`: a shell, and no network. */
export interface OwnEngine {
  socket: string;
  start(): Promise<void>;
  /** As `systemctl stop docker` does it. */
  stop(): Promise<void>;
}

export async function ownEngine(ctx: TestContext): Promise<OwnEngine> {
  const able = process.getuid?.() === 0 && existsSync("/usr/sbin/dockerd");
  ctx.skip(!able, "an engine of one's own needs root and dockerd");
  const folder = mkdtempSync(path.join(tmpdir(), "devpm-engine-"));
  const socket = path.join(folder, "docker.sock");
  let running: ChildProcess | null = null;
  // with `--bridge=none` it would remove `docker0`, which is the machine's own engine's
  const bridge = path.basename(folder).replace("-engine", "");
  await run(["ip", "link", "add", bridge, "type", "bridge"]);
  const engine: OwnEngine = {
    socket,
    async start() {
      running = spawn("dockerd", options(folder, bridge), { stdio: "ignore" });
      const env = { ...process.env, DOCKER_HOST: `unix://${socket}` };
      await until("the engine", () => succeeds(["docker", "version"], { env, timeout: 5_000 }));
    },
    async stop() {
      const child = running;
      running = null;
      if (!child || child.exitCode !== null) return;
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await ended;
    },
  };
  ctx.onTestFinished(async () => {
    await engine.stop();
    await run(["ip", "link", "delete", bridge]);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  await engine.start();
  await importTiny(folder, socket);
  return engine;
}

/** Podman's service, rootful, on a store of the test's own, with the same image. */
export async function ownPodman(ctx: TestContext): Promise<string> {
  const able = process.getuid?.() === 0 && existsSync("/usr/bin/podman") && existsSync("/usr/sbin/runc");
  ctx.skip(!able, "no podman with runc here, or not root");
  const folder = mkdtempSync(path.join(tmpdir(), "devpm-podman-"));
  const socket = path.join(folder, "podman.sock");
  // what a machine without systemd, with old cgroups and with limits of its own takes
  writeFileSync(
    path.join(folder, "containers.conf"),
    '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]\n[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\nruntime = "runc"\n',
  );
  const store = `[storage]\ndriver = "overlay"\ngraphroot = "${folder}/graph"\nrunroot = "${folder}/run"\n`;
  writeFileSync(path.join(folder, "storage.conf"), store);
  const env = {
    ...process.env,
    CONTAINERS_CONF: path.join(folder, "containers.conf"),
    CONTAINERS_STORAGE_CONF: path.join(folder, "storage.conf"),
  };
  const child = spawn("podman", ["system", "service", "--time=0", `unix://${socket}`], { stdio: "ignore", env });
  ctx.onTestFinished(async () => {
    await succeeds(["podman", "rm", "-af", "-t", "0"], { env, timeout: 20_000 });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill();
    await ended;
    await succeeds(["umount", "-R", path.join(folder, "graph/overlay")]);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  const there = { env: { ...env, DOCKER_HOST: `unix://${socket}` }, timeout: 5_000 };
  await until("Podman's service", () => succeeds(["docker", "version"], there));
  await importTiny(folder, socket);
  return socket;
}

const options = (folder: string, bridge: string): string[] => [
  `--host=unix://${folder}/docker.sock`,
  `--data-root=${folder}/data`,
  `--exec-root=${folder}/exec`,
  `--pidfile=${folder}/pid`,
  `--bridge=${bridge}`,
  "--iptables=false",
  "--ip-forward=false",
  "--ip-masq=false",
  "--shutdown-timeout=2",
];

/** This machine's shell and the libraries it needs: 3 MB, made in a moment, pulled from nowhere. */
async function importTiny(folder: string, socket: string): Promise<void> {
  const root = path.join(folder, "root");
  for (const program of ["/bin/sh", "/bin/sleep", "/bin/cat", "/bin/touch"]) {
    const libraries = (await run(["ldd", program])).match(/\/\S+/g) ?? [];
    for (const file of [program, ...libraries]) {
      mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
      cpSync(file, path.join(root, file), { dereference: true });
    }
  }
  const line = 'tar -C "$1" -c . | docker --host "$2" import - tiny:1';
  await run(["sh", "-c", line, "sh", root, `unix://${socket}`]);
}
