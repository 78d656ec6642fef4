import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { isUnsafePort } from "../../src/model/unsafe-ports.ts";

// below what the kernel itself gives out: that may go to any connection of the machine before a test listens on it; and below
// what devpm gives to worktrees, which the test file beside this one may have
const LOWEST = 10_000;
const WORKTREES = 20_000;
const END = Math.max(LOWEST + 1_000, Math.min(WORKTREES, firstOfTheKernels()));

/** One that browsers refuse, otherwise as `freePort` gives it. */
export async function freeUnsafePort(): Promise<number> {
  for (let port = 1_024; port < END; port++)
    if (isUnsafePort(port) && (await isReserved(port)) && (await isFree(port)) && !isResting(port)) return port;
  throw new Error("none is free");
}

/** A port that was free a moment ago, in both address families, and that no other test of this machine is given meanwhile. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, END);
    if (isUnsafePort(port) || !(await isReserved(port))) continue;
    if ((await isFree(port)) && !isResting(port)) return port;
  }
}

/**
 * Test files run side by side, each in a process of its own, and so may several runs. The port of that number of UDP, which
 * nothing here uses, is the process's until it ends.
 */
async function isReserved(port: number): Promise<boolean> {
  const socket = createSocket("udp4").unref();
  socket.bind({ port, address: "127.0.0.1", exclusive: true });
  try {
    await once(socket, "listening");
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    socket.close();
    return false;
  }
}

export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await freePort());
  return ports;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, "::"), "listening");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return false;
    throw error;
  }
  server.close();
  await once(server, "close");
  return true;
}

function firstOfTheKernels(): number {
  try {
    return Number.parseInt(readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "latin1"), 10);
  } catch {
    return 49_152; // macOS
  }
}

/** A connection of an earlier test to it was closed less than a minute ago: devpm knows such a port from one that was never used. */
function isResting(port: number): boolean {
  if (process.platform !== "linux") return false;
  return sockets("/proc/self").some((socket) => socket.state === TIME_WAIT && socket.port === port);
}

const LISTEN = "0A";
const TIME_WAIT = "06";

/**
 * Ports that a process listens on, in both families, read from the kernel and not by the product. `proc` may be
 * /proc/PID of a process in another network namespace.
 */
export function listening(proc = "/proc/self"): number[] {
  const ports = sockets(proc).flatMap(({ state, port }) => (state === LISTEN ? [port] : []));
  return [...new Set(ports)].toSorted((a, b) => a - b);
}

const sockets = (proc: string): { state: string | undefined; port: number }[] =>
  ["tcp", "tcp6"].flatMap((family) =>
    readFileSync(`${proc}/net/${family}`, "latin1")
      .split("\n")
      .slice(1)
      .map((row) => row.trim().split(/\s+/))
      .map((fields) => ({ state: fields[3], port: Number.parseInt(fields[1]?.split(":")[1] ?? "", 16) })),
  );
