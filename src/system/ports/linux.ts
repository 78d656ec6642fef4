import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import type { PortHolder } from "./types.ts";

interface Row {
  address: string;
  family: 4 | 6;
  state: string;
  uid: number;
  inode: string;
}

const LISTEN = "0A";
const TIME_WAIT = "06";

/** Rows of /proc/net/tcp or tcp6 whose local port it is. */
export function rowsOf(table: string, port: number, family: 4 | 6): Row[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return table.split("\n").flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    if (!fields[1]?.endsWith(suffix)) return [];
    const hex = fields[1].slice(0, -suffix.length);
    const address = family === 4 ? address4(hex) : address6(hex);
    return [{ address, family, state: fields[3] ?? "", uid: Number(fields[7]), inode: fields[9] ?? "0" }];
  });
}

/** The kernel prints each 32-bit word in the machine's own byte order. */
function bytes(hex: string): number[] {
  const words = hex.match(/.{8}/g) ?? [];
  return words.flatMap((word) => (word.match(/../g) ?? []).toReversed().map((byte) => Number.parseInt(byte, 16)));
}

const address4 = (hex: string): string => bytes(hex).join(".");

function address6(hex: string): string {
  const all = bytes(hex);
  if (all.every((byte) => byte === 0)) return "::";
  if (all.slice(0, 15).every((byte) => byte === 0) && all[15] === 1) return "::1";
  const groups = Array.from({ length: 8 }, (_, at) => ((all[at * 2]! << 8) | all[at * 2 + 1]!).toString(16));
  return groups.join(":");
}

function rows(port: number, state: string): Row[] {
  const tables: [string, 4 | 6][] = [
    ["/proc/net/tcp", 4],
    ["/proc/net/tcp6", 6],
  ];
  return tables
    .flatMap(([file, family]) => rowsOf(readOrEmpty(file), port, family))
    .filter((row) => row.state === state);
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
}

/** Which processes have these sockets open. Only asked when there is a socket: it reads every descriptor there is. */
function owners(inodes: ReadonlySet<string>): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d/.test(name)) continue;
    for (const inode of socketsOf(name)) {
      if (!inodes.has(inode)) continue;
      const pids = found.get(inode) ?? [];
      if (!pids.includes(Number(name))) found.set(inode, [...pids, Number(name)]);
    }
  }
  return found;
}

function socketsOf(pid: string): string[] {
  let descriptors: string[];
  try {
    descriptors = readdirSync(`/proc/${pid}/fd`);
  } catch {
    return [];
  }
  return descriptors.flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/${pid}/fd/${fd}`);
      return target.startsWith("socket:[") ? [target.slice(8, -1)] : [];
    } catch {
      return [];
    }
  });
}

/** Linux by /proc/net and /proc/PID/fd: neither lsof nor ss is needed. */
export const linuxPorts = {
  holders(port: number): PortHolder[] {
    const listening = rows(port, LISTEN);
    if (listening.length === 0) return [];
    const open = owners(new Set(listening.map((row) => row.inode)));
    return listening.flatMap(({ address, family, uid, inode }): PortHolder[] => {
      const pids = open.get(inode) ?? [null];
      return pids.map((pid) => ({ port, address, family, uid, pid }));
    });
  },
  timeWait: (port: number): boolean => rows(port, TIME_WAIT).length > 0,
};
