import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { freePort } from "../rigs/ports.ts";
import { look } from "../rigs/processes.ts";
import { openProject } from "../rigs/project.ts";
import { PYTHON } from "../rigs/terminal.ts";
import { until } from "../rigs/wait.ts";
import { type Place, EVERY_SHAPE, REPOSITORY, backend, web } from "./rig.ts";
import { rows } from "./rows.ts";

const listener = (host: string, port: number): string[] => [
  PYTHON,
  "-c",
  `import socket, time; s = socket.create_server(("${host}", ${port}), family=socket.${host.includes(":") ? "AF_INET6" : "AF_INET"}); time.sleep(100000)`,
];

rows({
  "a foreign listener on 5050": (place) => held(place, "127.0.0.1", 5050),
  "a foreign listener on [::1]:5173": (place) => held(place, "::1", 5173),

  "an innocent client of 5050": async (place) => {
    const client = await place.namespace.innocent([process.execPath, "-e", CLIENT], { env: place.env });
    const session = await place.ready();
    await until("its connection", () => connectionsTo5050(place));
    session.write("\x03");
    expect((await session.ended()).code).toBe(130);
    place.clean();
    expect(place.alive(client)).toBe(true);
  },

  "PATH without lsof and ps": async (place) => {
    const bin = path.join(place.base, "bin");
    for (const name of ["sh", "sleep"]) execFileSync("ln", ["-s", `/bin/${name}`, path.join(bin, name)]);
    execFileSync("ln", ["-s", process.execPath, path.join(bin, "node")]);
    place.env.PATH = bin;
    expect(existsSync(path.join(bin, "ps"))).toBe(false);
    const session = await place.ready();
    session.write("\x03");
    expect((await session.ended()).code).toBe(130);
    place.clean();
  },

  "TIME_WAIT on 5050, and an app without SO_REUSEADDR": async (place) => {
    const made = await place.namespace.run([PYTHON, "-c", TIME_WAIT], { env: place.env });
    expect(made).toMatchObject({ code: 0 });
    place.config({ backend: backend("no-reuse"), web });
    const session = await place.dev();
    await session.waitFor(/DEVPM_PORT_TIME_WAIT/);
    await session.waitFor(/Address already in use/);
    session.write("\x03");
    await session.ended();
    place.clean();
  },

  "an app of the user's own PM2 that is named like ours": async (place) => {
    const pm2 = path.join(REPOSITORY, "node_modules/pm2/bin/pm2");
    const theirs = { env: { ...place.env, PM2_HOME: path.join(place.base, "their-pm2") }, cwd: place.root };
    const run = (...args: string[]) => place.namespace.run([process.execPath, pm2, ...args], theirs);
    const session = await place.ready();
    const namespace = (await place.devpm("status", "--json")).output;
    const name = (JSON.parse(namespace) as { namespace: string }).namespace;
    const before = place.left().map((seen) => seen.pid);
    expect(await run("start", "/bin/sleep", "--name", name, "--namespace", name, "--", "98765")).toMatchObject({
      code: 0,
    });
    expect(await run("start", "/bin/sleep", "--name", "backend", "--namespace", name, "--", "98766")).toMatchObject({
      code: 0,
    });
    const foreign = place.left().filter((seen) => !before.includes(seen.pid));
    expect(foreign.filter((seen) => /9876/.test(seen.command)).length).toBe(2);
    session.write("\x03");
    expect((await session.ended()).code).toBe(130);
    place.clean(foreign);
    expect((await run("kill")).code).toBe(0);
  },
});

/** Named, alive, and nothing was started beside it. */
async function held(place: Place, host: string, port: number): Promise<void> {
  const holder = await place.namespace.innocent(listener(host, port), { env: place.env, cwd: "/usr" });
  await until("its listening", () => place.namespace.listening().includes(port));
  place.config({ backend: backend(...EVERY_SHAPE), web });
  const { code, output } = await place.devpm("dev");
  expect(code).toBe(3);
  expect(output).toMatch(new RegExp(`Port ${port} is held by a process devpm did not start`));
  expect(output).toMatch(new RegExp(`pid ${holder.pid} `));
  // one root cause, one block: a stop that stopped nothing is not told
  expect(output).not.toMatch(/nothing was running|stopping/);
  expect(place.left()).toEqual([]);
  expect(place.namespace.harmed()).toEqual([]);
}

/** Asks again until somebody serves, and then holds on. */
const CLIENT = `
const { connect } = require("node:net");
const call = () => connect(5050, "127.0.0.1").on("error", () => setTimeout(call, 20)).on("connect", function () { this.write("GET /slow"); });
call();
setInterval(() => {}, 1000);
`;

async function connectionsTo5050(place: Place): Promise<boolean> {
  const { output } = await place.namespace.run(["cat", "/proc/net/tcp"], { env: place.env });
  return /0100007F:13BA 01 /.test(output);
}

/** The side that closes first rests: this server does, on its port. */
const TIME_WAIT = `
import socket
server = socket.socket(); server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", 5050)); server.listen()
client = socket.create_connection(("127.0.0.1", 5050))
accepted = server.accept()[0]
accepted.close(); client.recv(1); client.close(); server.close()
assert any(line.split()[1].endswith(":13BA") and line.split()[3] == "06" for line in open("/proc/net/tcp").readlines()[1:])
`;

test.concurrent("a container that publishes the port", async (ctx) => {
  ctx.skip(spawnSync("docker", ["image", "inspect", "postgres:17"]).status !== 0, "no Docker Engine with postgres:17");
  const project = await openProject(ctx);
  const port = await freePort();
  const name = `devpm-fault-${randomBytes(4).toString("hex")}`;
  execFileSync("docker", ["network", "create", name], { stdio: "ignore" });
  const published = ["-p", `127.0.0.1:${port}:5432`];
  const command = [
    "run",
    "-d",
    "--rm",
    "--name",
    name,
    "--network",
    name,
    ...published,
    "postgres:17",
    "sleep",
    "1000",
  ];
  execFileSync("docker", command, { stdio: "ignore" });
  try {
    const proxy = await until("its proxy", () => proxyOf(port));
    project.write("ecosystem.config.json", JSON.stringify({ apps: { backend: { command: "sleep 1000", port } } }));
    const done = await project.devpm(["dev"]);
    expect(done.code).toBe(3);
    expect(done.output).toContain(`Port ${port} is published by the container ${name}`);
    expect(done.output).toContain(`docker stop ${name}`);
    expect(look(proxy)?.command).toMatch(/docker-proxy/);
    const state = execFileSync("docker", ["inspect", "-f", "{{.State.Running}}", name], { encoding: "utf8" });
    expect(state.trim()).toBe("true");
  } finally {
    execFileSync("docker", ["rm", "-f", name], { stdio: "ignore" });
    execFileSync("docker", ["network", "rm", name], { stdio: "ignore" });
  }
});

function proxyOf(port: number): number | null {
  const found = spawnSync("pgrep", ["-f", `docker-proxy .*-host-port ${port} `], { encoding: "utf8" });
  return found.status === 0 ? Number(found.stdout.split("\n")[0]) : null;
}
