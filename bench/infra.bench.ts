import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { builtDevpm, REPOSITORY } from "../test/rigs/devpm.ts";
import { cleanEnvironment } from "../test/rigs/environment.ts";
import { compare, type Contender } from "./harness.ts";

const SOCKET = "/var/run/docker.sock";

/** The demo's own stack (Postgres, Neo4j, Kafka), healthy, under a compose project and ports of its own. */
interface Stack {
  folder: string;
  name: string;
  env: Record<string, string>;
}

/** In a process of its own: the check as a session makes it, in ms. With `warm` one was made before, by another session. */
const CHECK = (folder: string, warm: boolean): string => `
const at = (file) => import(${JSON.stringify(pathToFileURL(path.join(REPOSITORY, "dist")).href)} + "/" + file);
const [{ openInfra }, { realSystem }, { takeEnvironment }] =
  await Promise.all([at("infra/project-infra.js"), at("system/real.js"), at("system/environment.js")]);
const system = realSystem(takeEnvironment(), { exports: {}, url: "" });
const infra = { files: [${JSON.stringify(path.join(folder, "compose.yml"))}], services: null, required: true, timeoutMs: 60000 };
const project = { name: "bench", root: ${JSON.stringify(folder)}, configFile: null, apps: [], infra };
async function check() {
  const session = openInfra(system, project, { emit() {}, signal: new AbortController().signal });
  const began = performance.now();
  const checked = await session.check();
  const ms = performance.now() - began;
  session.close();
  const states = checked.ok ? checked.value.services.map(({ state }) => state) : [JSON.stringify(checked.diagnostics)];
  if (states.length !== 3 || states.some((state) => state !== "healthy")) throw new Error("not healthy: " + states);
  return ms;
}
if (${String(warm)}) await check();
process.stdout.write(String(await check()));
`;

export default async function infra({ quick }: { quick: boolean }): Promise<void> {
  const stack = await bringUp();
  const inStack = { cwd: stack.folder, env: stack.env };
  const timed = (name: string, ...args: string[]): Contender =>
    contender(name, () => {
      const began = performance.now();
      execFileSync("docker", ["compose", ...args], { ...inStack, stdio: "ignore" });
      return performance.now() - began;
    });
  const checked = (name: string, warm: boolean): Contender =>
    contender(name, () => {
      const args = ["--input-type=module", "-e", CHECK(stack.folder, warm)];
      return Number(execFileSync(process.execPath, args, { ...inStack, encoding: "utf8" }));
    });
  try {
    await compare(
      {
        name: "infra",
        measures: "Finding out that Postgres, Neo4j and Kafka are healthy, on a stack that is",
        unit: "ms",
        better: "lower",
        against: "docker compose up -d --wait",
        rounds: 15,
        quickRounds: 3,
        contenders: [
          timed("docker compose up -d --wait", "up", "-d", "--wait"),
          timed("docker compose ps", "ps"),
          checked("devpm's check, library's load included", false),
          checked("devpm's check, client loaded", true),
          contender("one bare request to the socket", () => bare(stack.name)),
        ],
      },
      { quick },
    );
  } finally {
    takeDown(stack);
  }
}

const contender = (name: string, sample: () => number | Promise<number>): Contender => ({
  name,
  open: () => Promise.resolve({ sample: async () => sample(), close: () => Promise.resolve() }),
});

async function bringUp(): Promise<Stack> {
  builtDevpm();
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), "devpm-bench-infra-")));
  const name = path.basename(folder).toLowerCase();
  const compose = readFileSync(path.join(REPOSITORY, "compose.yml"), "utf8").replace(/^name: .*$/m, `name: ${name}`);
  writeFileSync(path.join(folder, "compose.yml"), compose);
  const ports: Record<string, string> = {};
  for (const variable of compose.match(/[A-Z0-9_]+_PORT\b/g) ?? []) ports[variable] ??= String(await freePort());
  const env = { ...cleanEnvironment(folder), DEVPM_HOME: path.join(folder, "devpm"), ...ports };
  const stack = { folder, name, env };
  // on a busy machine Neo4j is called unhealthy before it is healthy
  for (const deadline = performance.now() + 300_000; ;) {
    const up = spawnSync("docker", ["compose", "up", "-d", "--wait"], { cwd: folder, env, encoding: "utf8" });
    if (up.status === 0) return stack;
    if (performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 5_000));
      continue;
    }
    takeDown(stack);
    throw new Error(`the stack did not come up: ${up.stderr}`);
  }
}

function takeDown({ folder, env }: Stack): void {
  spawnSync("docker", ["compose", "down", "-v", "-t", "0"], { cwd: folder, env, stdio: "ignore" });
  rmSync(folder, { recursive: true, force: true });
}

function bare(name: string): Promise<number> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`com.docker.compose.project=${name}`] }));
  const began = performance.now();
  return new Promise((resolve, reject) => {
    http
      .get({ socketPath: SOCKET, path: `/containers/json?all=1&filters=${filters}`, agent: false }, (response) => {
        response.resume().once("end", () => resolve(performance.now() - began));
      })
      .once("error", reject);
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
