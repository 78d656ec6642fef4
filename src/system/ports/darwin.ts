import { spawnSync } from "node:child_process";
import type { ListeningPort, PortHolder } from "./types.ts";

function run(file: string, args: string[]): string {
  return spawnSync(file, args, { encoding: "utf8", env: { LC_ALL: "C" } }).stdout ?? "";
}

/**
 * What `lsof -FputPn` prints: one field a line, its first letter naming it: p pid, u uid, f descriptor, t type
 * (IPv4 or IPv6), P protocol, n name (`*:5050`, `127.0.0.1:5050`, `[::1]:5050`). Process fields come once, before its files.
 */
export function parseHolders(text: string, wanted?: number): PortHolder[] {
  const found: PortHolder[] = [];
  let pid: number | null = null;
  let uid: number | null = null;
  let family: 4 | 6 = 4;
  for (const line of text.split("\n")) {
    const value = line.slice(1);
    if (line.startsWith("p")) pid = Number(value);
    else if (line.startsWith("u")) uid = Number(value);
    else if (line.startsWith("t")) family = value === "IPv6" ? 6 : 4;
    else if (line.startsWith("n")) {
      const port = Number(value.slice(value.lastIndexOf(":") + 1));
      if (!Number.isInteger(port) || (wanted !== undefined && port !== wanted)) continue;
      const address = value.slice(0, value.lastIndexOf(":")).replaceAll(/[[\]]/g, "");
      found.push({ port, address: address === "*" ? (family === 6 ? "::" : "0.0.0.0") : address, family, uid, pid });
    }
  }
  return found;
}

/** What `netstat -an -p tcp` prints: the local address is the fourth column, its port after the last dot. */
export const hasTimeWait = (text: string, port: number): boolean =>
  text.split("\n").some((line) => {
    const fields = line.trim().split(/\s+/);
    return fields[5] === "TIME_WAIT" && fields[3]?.endsWith(`.${port}`) === true;
  });

/**
 * What `netstat -anL -p tcp` prints: `tcp4  0/0/128  *.5050`, the queue as completed/incomplete/allowed. The port is what
 * follows the last dot.
 */
export function parseListening(text: string): ListeningPort[] {
  return text.split("\n").flatMap((line) => {
    const [, waiting, port] = /^tcp\S*\s+(\d+)\/\d+\/\d+\s+\S*\.(\d+)\s*$/.exec(line) ?? [];
    return port === undefined ? [] : [{ port: Number(port), waiting: Number(waiting) }];
  });
}

/** macOS by lsof and netstat: written from their manual pages (docs/notes/ports.md), not tested on a Mac. */
export const darwinPorts = {
  holders: (port: number): PortHolder[] =>
    parseHolders(run("/usr/sbin/lsof", ["-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-FputPn"]), port),
  listeners: (pids: readonly number[]): PortHolder[] =>
    pids.length === 0
      ? []
      : parseHolders(run("/usr/sbin/lsof", ["-nP", "-a", "-p", pids.join(","), "-iTCP", "-sTCP:LISTEN", "-FputPn"])),
  listening: (): ListeningPort[] => parseListening(run("/usr/sbin/netstat", ["-anL", "-p", "tcp"])),
  holding(port: number, pids: readonly number[]): () => boolean {
    const held = (): boolean => darwinPorts.listeners(pids).some((one) => one.port === port);
    return held() ? held : () => false;
  },
  unaccepted: (): string[] => [],
  connectionsTaken: () => null,
  connected: (port: number): PortHolder[] =>
    parseHolders(
      run("/usr/sbin/lsof", ["-nP", `-iTCP:${port}`, "-sTCP:^LISTEN", "-FputPn"]).replaceAll(/->.*$/gm, ""),
      port,
    ),
  network: (): string => "0",
  timeWait: (port: number): boolean => hasTimeWait(run("/usr/sbin/netstat", ["-an", "-p", "tcp"]), port),
};
