import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { spawn } from "node:child_process";
import net, { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { linuxPorts, rowsIn, rowsOf } from "../../../src/system/ports/linux.ts";
import { passiveOpens, readListening, readTable } from "../../../src/system/ports/linux-tables.ts";
import { containerOf } from "../../../src/system/processes/linux.ts";
import { until } from "../../rigs/wait.ts";

const head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

test("rows of /proc/net/tcp: the local port alone decides", () => {
  const text = `${head}   0: 0100007F:13BA 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4242 1 0 100\n   1: 0100007F:9000 0100007F:13BA 01 00000000:00000000 00:00000000 00000000  1000        0 4243 1 0 100\n`;
  expect(rowsOf(text, 5050, 4)).toEqual([
    {
      address: "127.0.0.1",
      family: 4,
      port: 5050,
      state: "0A",
      waiting: 0,
      remote: "00000000:0000",
      uid: 1000,
      inode: "4242",
    },
  ]);
});

test("listening sockets, each with the connections that its program has not accepted", () => {
  const text = `${head}   0: 0100007F:13BA 00000000:0000 0A 00000000:0000000B 00:00000000 00000000  1000        0 4242 1 0 100\n   1: 0100007F:9000 0100007F:13BA 01 00000000:00000000 00:00000000 00000000  1000        0 4243 1 0 100\n`;
  expect(rowsIn(text, "0A", 4)).toMatchObject([{ port: 5050, waiting: 11, inode: "4242" }]);
});

const listener = (port: string): string =>
  `   0: 0100007F:${port} 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4242 1 0 100 0 0 10 0`;
const connection = (port: string): string =>
  `   1: 0100007F:9000 0100007F:${port} 01 00000000:00000000 00:00000000 00000000  1000        0 4243 1 0 100 0 0 10 0`;

test("what listens is read up to the first connection: it costs the kernel a walk over all of them", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "devpm-table-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, "tcp");
  const listening = Array.from({ length: 60 }, (_, at) => listener((at + 4_096).toString(16).toUpperCase()));
  const connections = Array.from({ length: 200 }, () => connection("13BA"));
  writeFileSync(file, [head.trimEnd(), ...listening, ...connections, ""].join("\n"));
  const text = readListening(file);
  expect(rowsIn(text, "0A", 4).map(({ port }) => port)).toEqual(listening.map((_, at) => at + 4_096));
  expect(text.split("\n").length).toBeLessThan(65);
  expect(readTable(file).split("\n")).toHaveLength(262);
  expect(readListening(path.join(folder, "none"))).toBe("");
});

test("how many connections were taken is found by the name of its column", () => {
  expect(
    passiveOpens("Ip: A B\nIp: 1 2\nTcp: MaxConn ActiveOpens PassiveOpens\nTcp: -1 21 42\nUdp: PassiveOpens\nUdp: 5\n"),
  ).toBe(42);
  expect(passiveOpens("Tcp: MaxConn\nTcp: -1\n")).toBeNull();
  expect(passiveOpens("")).toBeNull();
});

const IS_COUNTED = linuxPorts.connectionsTaken() !== null;
test.skipIf(!IS_COUNTED).each(["127.0.0.1", "::1", "::"])(
  "a connection to %s counts as taken before its program accepts it",
  async (host) => {
    // node's own server would accept it
    const program = `import socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
with socket.socket(family) as listener:
    listener.bind((sys.argv[1], 0))
    listener.listen()
    print(listener.getsockname()[1], flush=True)
    sys.stdin.read()
`;
    const child = spawn("python3", ["-c", program, host], { stdio: ["pipe", "pipe", "inherit"] });
    onTestFinished(() => void child.stdin.end());
    const port = Number(await new Promise<Buffer>((resolve) => child.stdout.once("data", resolve)));
    const before = linuxPorts.connectionsTaken();
    const client = net.connect(port, host === "::" ? "127.0.0.1" : host);
    onTestFinished(() => void client.destroy());
    await new Promise((resolve) => client.once("connect", resolve));
    // the kernel completes the client's side before the listener's
    await until("it to be taken", () => linuxPorts.unaccepted(port).length === 1);
    expect(linuxPorts.connectionsTaken()).toBeGreaterThan(before!);
  },
);

test.skipIf(process.platform !== "linux").each([
  ["127.0.0.1", 4],
  ["::1", 6],
  ["::", 6],
])("a socket that listens on %s is found while connections are open", async (host, family) => {
  const server = net.createServer().listen(0, host);
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  const client = net.connect({ port, host });
  onTestFinished(() => void client.destroy());
  await new Promise((resolve) => client.once("connect", resolve));
  expect(linuxPorts.listening()).toContainEqual(expect.objectContaining({ port }));
  expect(linuxPorts.listeners([process.pid])).toContainEqual(
    expect.objectContaining({ port, family, pid: process.pid }),
  );
  expect(linuxPorts.holders(port)).toEqual([expect.objectContaining({ port, family, pid: process.pid })]);
  expect(linuxPorts.holding(port, [process.pid])()).toBe(true);
});

test.each([
  ["00000000000000000000000001000000", "::1"],
  ["00000000000000000000000000000000", "::"],
  ["0000000000000000FFFF00000100007F", "0:0:0:0:0:ffff:7f00:1"],
])("%s is %s", (hex, address) => {
  const text = `${head}   0: ${hex}:13BA 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 7 1\n`;
  expect(rowsOf(text, 5050, 6)[0]?.address).toBe(address);
});

const id = "0123456789abcdef".repeat(4);

test.each([
  [`0::/system.slice/docker-${id}.scope\n`, id],
  [`0::/../../docker/${id}\n`, id],
  [`12:pids:/docker/${id}\n11:cpu:/docker/${id}\n`, id],
  [`0::/machine.slice/libpod-${id}.scope/container\n`, id],
  ["0::/user.slice/user-1000.slice/session-2.scope\n", null],
  ["", null],
])("the container in %j", (cgroup, found) => {
  expect(containerOf(cgroup)).toBe(found);
});
