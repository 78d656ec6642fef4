import { readdirSync, readlinkSync } from "node:fs";
import { namesNow, textNow } from "../files/files-now.ts";
import { IS_LINUX_ITSELF, hasSockets6, LISTEN, passiveOpens, readListening, readTable } from "./linux-tables.ts";
import type { ListeningPort, PortHolder } from "./types.ts";

interface Row {
  address: string;
  family: 4 | 6;
  port: number;
  state: string;
  /** For a listening socket: connections that the program has not accepted yet (the receive queue's column). */
  waiting: number;
  /** As the kernel prints it. */
  remote: string;
  uid: number;
  inode: string;
}

const ESTABLISHED = "01";
const TIME_WAIT = "06";

/** Rows of /proc/net/tcp or tcp6 whose local port it is. */
export function rowsOf(table: string, port: number, family: 4 | 6): Row[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return table.split("\n").flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    return fields[1]?.endsWith(suffix) ? [rowOf(fields, family)] : [];
  });
}

/** Rows of a table in this state, whatever their port. Only those are parsed: there may be thousands of others. */
export function rowsIn(table: string, state: string, family: 4 | 6): Row[] {
  return table.split("\n").flatMap((line) => {
    if (!line.includes(` ${state} `)) return [];
    const fields = line.trim().split(/\s+/);
    return fields[3] === state ? [rowOf(fields, family)] : [];
  });
}

function rowOf(fields: readonly string[], family: 4 | 6): Row {
  const [hex = "", port = "0"] = (fields[1] ?? "").split(":");
  return {
    address: family === 4 ? address4(hex) : address6(hex),
    family,
    port: Number.parseInt(port, 16),
    state: fields[3] ?? "",
    waiting: Number.parseInt(fields[4]?.split(":")[1] ?? "0", 16),
    remote: fields[2] ?? "",
    uid: Number(fields[7]),
    inode: fields[9] ?? "0",
  };
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

const TABLES: readonly (readonly [file: string, family: 4 | 6])[] = [
  ["/proc/net/tcp", 4],
  ["/proc/net/tcp6", 6],
];

const COUNTERS = "/proc/net/snmp";

/** Questions that are asked in one go are answered from one reading. */
const readings = new Map<string, string>();

function once(key: string, read: () => string): string {
  if (readings.size === 0) queueMicrotask(() => readings.clear());
  const text = readings.get(key) ?? read();
  readings.set(key, text);
  return text;
}

const textOf = (file: string): string => once(file, () => readTable(file));

/** Over IPv6 a machine often has listeners and no connection at all: then a page takes the kernel one walk, and parts two. */
function listeningIn(file: string, family: 4 | 6): string {
  if (family === 6) return hasSockets6() ? textOf(file) : "";
  return readings.get(file) ?? once(`${file} ${LISTEN}`, () => readListening(file));
}

const everyRow = (port: number): Row[] => TABLES.flatMap(([file, family]) => rowsOf(textOf(file), port, family));

const rows = (port: number, state: string): Row[] => everyRow(port).filter((row) => row.state === state);

const listeningRows = (): Row[] =>
  TABLES.flatMap(([file, family]) => rowsIn(listeningIn(file, family), LISTEN, family));

const listeningOn = (port: number): Row[] => listeningRows().filter((row) => row.port === port);

/** By the processes that have these sockets open; one entry without a pid where none is visible. */
function holdersOf(found: readonly Row[]): PortHolder[] {
  if (found.length === 0) return [];
  const open = owners(new Set(found.map((row) => row.inode)));
  return found.flatMap(({ port, address, family, uid, inode }): PortHolder[] => {
    const pids = open.get(inode) ?? [null];
    return pids.map((pid) => ({ port, address, family, uid, pid }));
  });
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

const socketsOf = (pid: string): string[] => descriptorsOf(pid).map(({ inode }) => inode);

/** The descriptors of a process that are sockets. */
function descriptorsOf(pid: string): { file: string; inode: string }[] {
  return namesNow(`/proc/${pid}/fd`).flatMap((name) => {
    const file = `/proc/${pid}/fd/${name}`;
    const inode = socketAt(file);
    return inode === null ? [] : [{ file, inode }];
  });
}

function socketAt(file: string): string | null {
  try {
    const target = readlinkSync(file);
    return target.startsWith("socket:[") ? target.slice(8, -1) : null;
  } catch {
    return null;
  }
}

/** Linux by /proc/net and /proc/PID/fd: neither lsof nor ss is needed. */
export const linuxPorts = {
  holders: (port: number): PortHolder[] => holdersOf(listeningOn(port)),
  listeners(pids: readonly number[]): PortHolder[] {
    const listening = new Map(listeningRows().map((row) => [row.inode, row]));
    return pids.flatMap((pid) =>
      [...new Set(socketsOf(String(pid)))].flatMap((inode): PortHolder[] => {
        const row = listening.get(inode);
        return row ? [{ port: row.port, address: row.address, family: row.family, uid: row.uid, pid }] : [];
      }),
    );
  },
  listening: (): ListeningPort[] => listeningRows().map(({ port, waiting }) => ({ port, waiting })),
  // a socket that listens does so until it is closed: its descriptors are read, not the table of all connections
  holding(port: number, pids: readonly number[]): () => boolean {
    const inodes = new Set(listeningOn(port).map(({ inode }) => inode));
    const held = pids.flatMap((pid) => descriptorsOf(String(pid)).filter(({ inode }) => inodes.has(inode)));
    return () => held.some(({ file, inode }) => socketAt(file) === inode);
  },
  unaccepted(port: number): string[] {
    // a listener's row has how many wait for it: the table of connections is only walked where some do
    if (IS_LINUX_ITSELF && listeningOn(port).every(({ waiting }) => waiting === 0)) return [];
    // what no program has accepted has no file yet
    const waiting = rows(port, ESTABLISHED).filter(({ inode }) => inode === "0");
    return waiting.map(({ remote }) => remote);
  },
  connectionsTaken: (): number | null =>
    IS_LINUX_ITSELF ? passiveOpens(once(COUNTERS, () => textNow(COUNTERS) ?? "")) : null,
  connected: (port: number): PortHolder[] =>
    holdersOf(everyRow(port).filter(({ state, inode }) => state !== LISTEN && inode !== "0")),
  timeWait: (port: number): boolean => rows(port, TIME_WAIT).length > 0,
  network: (): string => /\d+/.exec(readlinkSync("/proc/self/ns/net"))?.[0] ?? "0",
};
