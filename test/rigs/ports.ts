import { readFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";

/** A port nobody listened on a moment ago, on either address family. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "::", resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}

export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort());
  return [...ports];
}

/**
 * Ports somebody listens on, in both families, read from the kernel and not from the product. `proc` may be
 * /proc/PID of a process in another network namespace.
 */
export function listening(proc = "/proc/self"): number[] {
  const LISTEN = "0A";
  const ports = ["tcp", "tcp6"].flatMap((family) =>
    readFileSync(`${proc}/net/${family}`, "latin1")
      .split("\n")
      .slice(1)
      .map((row) => row.trim().split(/\s+/))
      .filter((fields) => fields[3] === LISTEN)
      .map((fields) => Number.parseInt(fields[1]?.split(":")[1] ?? "", 16)),
  );
  return [...new Set(ports)].toSorted((a, b) => a - b);
}
