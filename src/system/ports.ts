import { createServer } from "node:net";
import { darwinPorts } from "./ports-darwin.ts";
import { killPort } from "./ports-kill.ts";
import { linuxPorts } from "./ports-linux.ts";
import type { Identity } from "./identity.ts";

/** One listening socket on a port, in one process that has it open. */
export interface PortHolder {
  port: number;
  /** As listened on: `127.0.0.1`, `0.0.0.0`, `::1`, `::`. */
  address: string;
  family: 4 | 6;
  /** The socket's owner; null where the platform does not tell it. */
  uid: number | null;
  /** null: the owner is invisible to this user (another user's, or in another pid namespace). */
  pid: number | null;
}

/** `taken`: EADDRINUSE. `forbidden`: EACCES (ports below 1024). */
export type BindProbe = "free" | "taken" | "forbidden";

/** `refused`: a guard did not allow it (nothing was run). `failed`: it ran, or could not, and the port is still held. */
export type KillPortResult = "freed" | "refused" | "failed";

/** TCP ports of this machine, both address families. */
export interface Ports {
  /** Everybody who listens on it; empty when nobody does. */
  holders(port: number): PortHolder[];
  /** Listens on it for an instant, on every address. Not while an app of ours is about to bind it. */
  canBind(port: number): Promise<BindProbe>;
  /** Connections in TIME_WAIT on it: for up to 61 s a program without SO_REUSEADDR cannot listen on it. */
  timeWait(port: number): boolean;
  /**
   * The last resort: kill-port, which SIGKILLs whoever listens. Runs only where the holders, resolved again right
   * before, are all among `agreed` (consented to, or proved ours). Its own answer is ignored: the port is looked at.
   */
  freeByKillPort(port: number, agreed: readonly Identity[]): Promise<KillPortResult>;
}

type Readings = Pick<Ports, "holders" | "timeWait">;

const readings: Readings = process.platform === "darwin" ? darwinPorts : linuxPorts;

export const ports: Ports = {
  ...readings,
  canBind,
  freeByKillPort: (port, agreed) => killPort(port, agreed, readings.holders),
};

/** `::` without the v6-only option sees holders of every kind; where there is no IPv6, 0.0.0.0 is all there is. */
async function canBind(port: number): Promise<BindProbe> {
  const both = await listen(port, "::");
  if (both === "EAFNOSUPPORT" || both === "EADDRNOTAVAIL") return verdict(await listen(port, "0.0.0.0"));
  return verdict(both);
}

function verdict(code: string | null): BindProbe {
  if (code === null) return "free";
  return code === "EACCES" ? "forbidden" : "taken";
}

function listen(port: number, host: string): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "EADDRINUSE"));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(null)));
  });
}
