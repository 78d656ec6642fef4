import { APP_MARK, MARK } from "../model/ownership.ts";
import { isPortProxy } from "../model/port-proxy.ts";
import type { ProcessInfo } from "../model/process.ts";
import type { System } from "../system/system.ts";

/** What an app's own processes listen on, read from the kernel's tables: the app gets no request. */
export interface OwnListeners {
  /**
   * Whether what accepts connections on this port is the app's: a process below its own, one that carries its mark, or the
   * proxy of a container, whose process is the engine's. Read only; that something accepts was tested before.
   */
  holds(port: number): boolean;
  /** The ports that the processes below its own listen on. */
  ports(): number[];
  /** The processes of the app that listen on this port. */
  on(port: number): number[];
}

export interface Owner {
  app: string;
  /** The session's id. */
  session: string;
  /** The app's process as PM2 knows it; what it starts is below it. */
  pid: number;
}

type Kernel = Pick<System, "processes" | "ports">;

export function ownListeners({ processes, ports }: Kernel, owner: Owner): OwnListeners {
  const below = (): number[] => descendants(owner.pid, processes.snapshot());

  /** A daemon that left its parents is still known by the environment that it was started with. */
  function marked(pid: number): boolean {
    if (processes.variable(pid, MARK) !== owner.session) return false;
    // PM2's daemon listens for the apps it runs as a cluster, and has no app's name
    return (processes.variable(pid, APP_MARK) ?? owner.app) === owner.app;
  }

  function proxies(pid: number): boolean {
    const described = processes.describe(pid);
    return described !== null && isPortProxy(described);
  }

  return {
    holds(port) {
      if (ports.listeners(below()).some((one) => one.port === port)) return true;
      const holders = ports.holders(port);
      // an engine without its userland proxy publishes ports that nothing listens on
      return holders.length === 0 || holders.some(({ pid }) => pid === null || marked(pid) || proxies(pid));
    },
    on: (port) => {
      const holders = ports.holders(port).flatMap(({ pid }) => pid ?? []);
      const family = new Set(below());
      return [...new Set(holders)].filter((pid) => family.has(pid) || marked(pid));
    },
    ports: () => [...new Set(ports.listeners(below()).map(({ port }) => port))],
  };
}

/** A process and everything below it. */
function descendants(root: number, all: readonly ProcessInfo[]): number[] {
  const byParent = new Map<number, number[]>();
  for (const { pid, ppid } of all) byParent.set(ppid, [...(byParent.get(ppid) ?? []), pid]);
  const found = [root];
  for (const pid of found) found.push(...(byParent.get(pid) ?? []).filter((child) => !found.includes(child)));
  return found;
}
