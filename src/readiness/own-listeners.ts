import { APP_MARK, MARK } from "../model/ownership.ts";
import { isPortProxy } from "../model/port-proxy.ts";
import type { PortHolder } from "../system/ports/types.ts";
import type { System } from "../system/system.ts";

/** What an app's own processes listen on, read from the kernel's tables: the app gets no request. */
export interface OwnListeners {
  /**
   * Whether what accepts connections on this port is the app's: a process below its own, one that carries its mark, or the
   * proxy of a container, whose process is the engine's. Read only; that something accepts was tested before.
   */
  holds(port: number): boolean;
  /** `holds` has found what listens there: an engine publishes ports that nothing listens on, too. */
  wasSeen(port: number): boolean;
  /** The ports that the processes below its own listen on. */
  ports(): number[];
  /** The same with their addresses. */
  sockets(): Pick<PortHolder, "port" | "address">[];
  /** The processes of the app that listen on this port: those below its own, or else those that carry its mark. */
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
  const below = (): number[] => processes.descendants(owner.pid);

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

  const seen = new Set<number>();

  return {
    holds(port) {
      const isBelow = ports.listeners(below()).some((one) => one.port === port);
      const holders = isBelow ? [] : ports.holders(port);
      const isSeen = isBelow || holders.some(({ pid }) => pid === null || marked(pid) || proxies(pid));
      if (isSeen) seen.add(port);
      // an engine without its userland proxy publishes ports that nothing listens on
      return isSeen || holders.length === 0;
    },
    wasSeen: (port) => seen.has(port),
    on(port) {
      const family = ports.listeners(below()).flatMap((one) => (one.port === port ? (one.pid ?? []) : []));
      if (family.length > 0) return [...new Set(family)];
      // a daemon that left its parents: every descriptor of the machine is read for it
      const holders = ports.holders(port).flatMap(({ pid }) => pid ?? []);
      return [...new Set(holders)].filter(marked);
    },
    sockets: () => ports.listeners(below()),
    ports: () => [...new Set(ports.listeners(below()).map(({ port }) => port))],
  };
}
