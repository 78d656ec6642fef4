import type { Identity, ProcessInfo } from "../../model/process.ts";

export interface ProcessDescription {
  pid: number;
  /** The command line; the short name where it is hidden or was overwritten. */
  command: string;
  user: string;
  /** null where it may not be read. */
  cwd: string | null;
  exe: string | null;
  startedAt: Date | null;
  /** Id of the container it runs in; null: none, or not known. */
  container: string | null;
}

/** What a process uses of the machine. */
export interface Usage {
  /** Memory that it occupies; of what processes share each counts its part, so that a sum is the truth (Linux). */
  memoryBytes: number;
  /** CPU time since it was started. */
  cpuMs: number;
}

/** What processes, and their children that have ended, have written so far, in bytes. */
export interface WrittenBytes {
  /** To files on a disk: by the pages that they made dirty. */
  toDisk: number;
  /** By any call, to pipes and sockets too. */
  inAll: number;
}

/** `denied`: it belongs to another user. */
export type SignalResult = "sent" | "gone" | "denied";

/**
 * Other processes of this machine: listed, distinguished and signalled. Synchronous where the kernel answers, so
 * that nothing can happen in this process between looking and signalling.
 */
export interface Processes {
  /** null: no such process, or only its defunct entry. */
  identify(pid: number): Identity | null;
  /** Still the same process, and not defunct. */
  alive(identity: Identity): boolean;
  /** Every process that can be seen, defunct ones (state Z) included. */
  snapshot(): ProcessInfo[];
  /** The process and everything below it, defunct ones included: on Linux only these are read. */
  descendants(pid: number): number[];
  /** Pids of processes that had exactly `name=value` in their environment when they were executed. */
  carrying(name: string, value: string): number[];
  /** A variable of its environment; null: not set, or not ours to read. */
  variable(pid: number, name: string): string | null;
  /** It takes no part until it is continued (SIGSTOP, Ctrl+Z). */
  isStopped(pid: number): boolean;
  /** Path of the program it runs; null where it may not be read. */
  executable(pid: number): string | null;
  describe(pid: number): ProcessDescription | null;
  /** It has this file open for writing, as far as the kernel shows (Linux). */
  writes(pid: number, file: string): boolean;
  /** The files that what we and these print reaches through other programs: `| tee FILE` (Linux). */
  printedOn(others: readonly number[]): string[];
  /** The sum of what these have written; null where the kernel does not report it. */
  written(pids: readonly number[]): WrittenBytes | null;
  /** null: it is gone. */
  usage(pid: number): Usage | null;
  /** Signals that very process: its identity is read again right before. */
  signal(identity: Identity, signal: NodeJS.Signals): SignalResult;
  /**
   * Signals a whole process group in one call (the only way to stop one that forks faster than it is read), and
   * only where every live member is among `members`.
   */
  signalGroup(pgid: number, members: readonly Identity[], signal: NodeJS.Signals): SignalResult | "refused";
  /** The process and its live descendants, parents first. Empty when it is gone. For showing, not for proving. */
  tree(pid: number): Promise<ProcessInfo[]>;
  /** Waits until all are gone, `ms` have passed or `signal` aborts; returns those still there. */
  waitGone(identities: readonly Identity[], ms: number, signal?: AbortSignal): Promise<Identity[]>;
}
