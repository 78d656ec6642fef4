import type { Identity } from "../../model/process.ts";

/** One listening socket on a port, in one process that has it open. */
export interface PortHolder {
  port: number;
  /** As listened on: `127.0.0.1`, `0.0.0.0`, `::1`, `::`. */
  address: string;
  family: 4 | 6;
  /** The socket's owner; null where the platform does not report it. */
  uid: number | null;
  /** null: the owner is invisible to this user (another user's, or in another pid namespace). */
  pid: number | null;
}

/** `taken`: EADDRINUSE. `forbidden`: EACCES (ports below 1024). */
export type BindProbe = "free" | "taken" | "forbidden";

/** `refused`: a guard did not allow it (nothing was run). `failed`: it ran, or could not, and the port is still held. */
export type KillPortResult = "freed" | "refused" | "failed";

/** A port that something listens on. */
export interface ListeningPort {
  port: number;
  /** Connections that the kernel has accepted and the program has not: they grow while it hangs or is stopped. */
  waiting: number;
}

/** TCP ports of this machine, both address families. */
export interface Ports {
  /** Every process that listens on it; empty when none does. */
  holders(port: number): PortHolder[];
  /** What these processes listen on: reads their descriptors alone. */
  listeners(pids: readonly number[]): PortHolder[];
  /** Every port that something listens on, of any owner: one read of the kernel's table. */
  listening(): ListeningPort[];
  /**
   * Checks whether one of these processes still has its listening socket open: cheap enough for every second. One
   * that has not listened yet never has.
   */
  holding(port: number, pids: readonly number[]): () => boolean;
  /**
   * Connections to it that its program has not accepted, each with a stable name. Empty where the platform does
   * not list them (macOS).
   */
  unaccepted(port: number): string[];
  /**
   * How many connections the kernel has ever put before a program that listens, on any port: where it is what it was, no
   * other waits. Far cheaper than the table; null where the platform does not count them.
   */
  connectionsTaken(): number | null;
  /**
   * Processes with a connection from this port, its listener aside: the kernel gives outgoing connections such a port, and
   * no program can listen on it meanwhile. A connection that no process has open is none.
   */
  connected(port: number): PortHolder[];
  /** Which network the ports are of: containers and namespaces have their own, with ports of their own. */
  network(): string;
  /** Listens on it for an instant, on every address. Not while an app of ours is about to bind it. */
  canBind(port: number): Promise<BindProbe>;
  /** Connections in TIME_WAIT on it: for up to 61 s a program without SO_REUSEADDR cannot listen on it. */
  timeWait(port: number): boolean;
  /**
   * The last resort: kill-port, which SIGKILLs whatever listens. Runs only where the holders, resolved again right
   * before, are all among `agreed` (consented to, or proved ours). Its own answer is ignored: the port is checked.
   */
  freeByKillPort(port: number, agreed: readonly Identity[]): Promise<KillPortResult>;
}

/** What is read without touching anything. */
export type PortReadings = Pick<
  Ports,
  | "holders"
  | "listeners"
  | "listening"
  | "holding"
  | "unaccepted"
  | "connectionsTaken"
  | "connected"
  | "timeWait"
  | "network"
>;
