/**
 * The identity of a process. A pid alone is reused; with the kernel's start time it is not, within one boot and one pid
 * namespace (both are in `bootId`).
 */
export interface Identity {
  pid: number;
  /** As the kernel reports it: clock ticks since boot on Linux, the printed start time on macOS. Only compared. */
  startTime: string;
  bootId: string;
}

/** One process as the kernel reports it. */
export interface ProcessInfo extends Identity {
  ppid: number;
  pgid: number;
  /** Session id; 0 where the platform does not report it (macOS). */
  sid: number;
  /** One letter as in ps(1): R S D T Z … */
  state: string;
  /** The kernel's short name, cut at 15 bytes on Linux. */
  comm: string;
}

/** A defunct process holds nothing but its pid. */
export const isLive = (info: { state: string }): boolean => info.state !== "Z" && info.state !== "X";

export const same = (a: Identity, b: Identity): boolean =>
  a.pid === b.pid && a.startTime === b.startTime && a.bootId === b.bootId;
