import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestContext } from "vitest";
import { until } from "../../rigs/wait.ts";

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
  const engine: OwnEngine = {
    socket,
    async start() {
      running = spawn("dockerd", options(folder), { stdio: "ignore" });
      const env = { ...process.env, DOCKER_HOST: `unix://${socket}` };
      await until("the engine", () => spawnSync("docker", ["version"], { env, timeout: 5_000 }).status === 0);
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
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  await engine.start();
  importTiny(folder, socket);
  return engine;
}

const options = (folder: string): string[] => [
  `--host=unix://${folder}/docker.sock`,
  `--data-root=${folder}/data`,
  `--exec-root=${folder}/exec`,
  `--pidfile=${folder}/pid`,
  "--bridge=none",
  "--iptables=false",
  "--ip-forward=false",
  "--ip-masq=false",
  "--shutdown-timeout=2",
];

/** This machine's shell and the libraries it needs: 3 MB, made in a moment, pulled from nowhere. */
function importTiny(folder: string, socket: string): void {
  const root = path.join(folder, "root");
  for (const program of ["/bin/sh", "/bin/sleep", "/bin/cat", "/bin/touch"]) {
    const libraries = execFileSync("ldd", [program], { encoding: "utf8" }).match(/\/\S+/g) ?? [];
    for (const file of [program, ...libraries]) {
      mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
      cpSync(file, path.join(root, file), { dereference: true });
    }
  }
  const tar = execFileSync("tar", ["-C", root, "-c", "."], { maxBuffer: 1 << 27 });
  execFileSync("docker", ["--host", `unix://${socket}`, "import", "-", "tiny:1"], {
    input: tar,
    stdio: ["pipe", "ignore", "pipe"],
  });
}
