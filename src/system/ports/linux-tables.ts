import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { release } from "node:os";

/** The kernel hands out a table by pages, each filled with as many rows as it can take. */
const PAGE_BYTES = 4_096;
const LONGEST_ROW = 512;
/** About one row. */
const STEP_BYTES = 160;

/** The state of a socket that listens, as a row has it. */
export const LISTEN = "0A";

/** gVisor and WSL 1, which call themselves so, list what listens anywhere in a table, and may count no queue. */
export const IS_LINUX_ITSELF = !/^4\.4\.0$|gvisor|-Microsoft$/.test(release());

/**
 * A table of /proc/net. Each `read` walks every bucket of the kernel's hash of connections, 2 ms of CPU where it has
 * 262,144: the last one, which only learns that nothing follows, is left out after a page that had space for a row.
 */
export function readTable(file: string): string {
  return readParts(file, 16 * PAGE_BYTES, (length) => length <= PAGE_BYTES - LONGEST_ROW);
}

/**
 * The rows of such a table that listen. They come first, and in parts of about a row the kernel stops at the first one of a
 * connection: 0.1 ms. Where there is no connection it has to walk to the end.
 */
export function readListening(file: string): string {
  if (!IS_LINUX_ITSELF) return readTable(file);
  let last = "";
  return readParts(file, STEP_BYTES, (length, part) => {
    const rows = (last + part).split("\n");
    last = rows.pop() ?? "";
    return length < STEP_BYTES || rows.some((row) => !row.includes(` ${LISTEN} `) && !isHead(row));
  });
}

const isHead = (row: string): boolean => row.includes("local_address");

/** Until `isEnough` says so, or the end. What cannot be read is empty. */
function readParts(file: string, size: number, isEnough: (length: number, part: string) => boolean): string {
  let text = "";
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, "r");
    const buffer = Buffer.allocUnsafe(size);
    for (;;) {
      const length = readSync(descriptor, buffer);
      const part = buffer.toString("latin1", 0, length);
      text += part;
      if (length === 0 || isEnough(length, part)) return text;
    }
  } catch {
    return text;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Whether there is any socket of TCP over IPv6: a table without rows is the one that is walked to its end. */
export function hasSockets6(): boolean {
  try {
    return !/^TCP6: inuse 0$/m.test(readFileSync("/proc/net/sockstat6", "utf8"));
  } catch {
    return true;
  }
}

/** Passive opens in /proc/net/snmp: how many connections came to listening programs, over IPv4 and IPv6. */
export function passiveOpens(counters: string): number | null {
  const [names, values] = counters.split("\n").filter((line) => line.startsWith("Tcp: "));
  const value = values?.split(" ")[names?.split(" ").indexOf("PassiveOpens") ?? -1];
  return value === undefined ? null : Number(value);
}
