import type { Identity, ProcessInfo } from "../../src/model/process.ts";
import { isLive, same } from "../../src/model/process.ts";
import type { BindProbe, PortHolder, Ports } from "../../src/system/ports/types.ts";
import type { ProcessDescription, Processes } from "../../src/system/processes/types.ts";
import type { Clock } from "../../src/system/clock.ts";
import { info } from "./teardown/sample.ts";

/** One process of a machine that exists only in a test. */
export interface Simulated extends ProcessInfo {
  command: string;
  exe: string | null;
  env: Record<string, string>;
  container: string | null;
  cwd: string | null;
  user: string;
  startedAt: Date | null;
  /** What it does when it gets a signal; by default SIGTERM, SIGINT and SIGKILL end it. */
  on: (signal: NodeJS.Signals) => "ends" | "stays";
  /** Signals it got, in their order. */
  got: NodeJS.Signals[];
  /** It belongs to another user. */
  denied: boolean;
}

export interface Machine {
  processes: Processes;
  ports: Ports;
  clock: Clock;
  /** Starts a process; what is not given is as in any process of this user. */
  start(pid: number, more?: Partial<Simulated>): Simulated;
  end(pid: number): void;
  /** This process listens on the port; pid null: one that this user cannot see. */
  listen(port: number, pid: number | null, uid?: number | null): void;
  binds: Map<number, BindProbe>;
  resting: Set<number>;
  /** Who has a connection from a port that nothing listens on; null: a process that this user cannot see. */
  connected: Map<number, (number | null)[]>;
  /** Ports that kill-port was called for. */
  killedPorts: number[];
  all(): Simulated[];
}

const ENDS: ReadonlySet<NodeJS.Signals> = new Set<NodeJS.Signals>(["SIGTERM", "SIGINT", "SIGKILL", "SIGHUP"]);

/** Processes, ports and a clock that moves only when something waits: the rules above them are tried without a kernel. */
export function machine(): Machine {
  const running = new Map<number, Simulated>();
  let sockets: { port: number; pid: number | null; uid: number | null }[] = [];
  let now = 0;
  const made: Machine = {
    start(pid, more = {}) {
      const one: Simulated = {
        ...info(pid, 1),
        command: `program-${pid}`,
        exe: `/usr/bin/program-${pid}`,
        env: {},
        container: null,
        cwd: "/",
        user: "ana",
        startedAt: null,
        on: (signal) => (ENDS.has(signal) ? "ends" : "stays"),
        got: [],
        denied: false,
        ...more,
      };
      running.set(pid, one);
      return one;
    },
    end(pid) {
      running.delete(pid);
      sockets = sockets.filter((socket) => socket.pid !== pid);
    },
    listen: (port, pid, uid = 1000) => void sockets.push({ port, pid, uid }),
    connected: new Map(),
    binds: new Map(),
    resting: new Set(),
    killedPorts: [],
    all: () => [...running.values()],
    clock: {
      now: () => new Date(Date.UTC(2026, 0, 31, 12) + now),
      monotonic: () => now,
      cpu: () => now,
      waited: () => 0,
      turn: () => Promise.resolve(),
      sleep: (ms) => ((now += ms), Promise.resolve()),
      within: (work) => work,
    },
    processes: {
      identify: (pid) => {
        const one = running.get(pid);
        return one && isLive(one) ? { pid, startTime: one.startTime, bootId: one.bootId } : null;
      },
      alive: (identity) => found(identity) !== null,
      snapshot: () => [...running.values()],
      carrying: (name, value) => made.all().flatMap(({ pid, env }) => (env[name] === value ? [pid] : [])),
      variable: (pid, name) => running.get(pid)?.env[name] ?? null,
      descendants: (pid) => below(pid).map((one) => one.pid),
      isStopped: (pid) => running.get(pid)?.state === "T",
      executable: (pid) => running.get(pid)?.exe ?? null,
      describe: (pid) => describe(pid),
      signal(identity, signal) {
        const one = found(identity);
        if (one === null) return "gone";
        if (one.denied) return "denied";
        one.got.push(signal);
        if (signal === "SIGKILL" || one.on(signal) === "ends") {
          if (one.on(signal) === "ends") made.end(one.pid);
        }
        return "sent";
      },
      signalGroup: (pgid, members, signal) => {
        const group = made.all().filter((one) => one.pgid === pgid);
        if (group.length === 0) return "gone";
        if (!group.every((one) => members.some((member) => same(member, one)))) return "refused";
        for (const one of group) made.processes.signal(one, signal);
        return "sent";
      },
      writes: () => false,
      printedOn: () => [],
      written: () => null,
      usage: () => null,
      tree: (pid) => Promise.resolve(below(pid)),
      waitGone: (identities, ms) => {
        const left = identities.filter((one) => found(one) !== null);
        if (left.length > 0) now += ms;
        return Promise.resolve(left);
      },
    },
    ports: {
      holders: (port) => sockets.filter((socket) => socket.port === port).map(holder),
      listeners: (pids) => sockets.filter(({ pid }) => pid !== null && pids.includes(pid)).map(holder),
      listening: () => [...new Set(sockets.map(({ port }) => port))].map((port) => ({ port, waiting: 0 })),
      holding: (port, pids) => () =>
        sockets.some((one) => one.port === port && one.pid !== null && pids.includes(one.pid)),
      unaccepted: () => [],
      connectionsTaken: () => null,
      connected: (port) => (made.connected.get(port) ?? []).map((pid) => holder({ port, pid, uid: 1000 })),
      network: () => "1",
      canBind: (port) =>
        Promise.resolve(made.binds.get(port) ?? (sockets.some((one) => one.port === port) ? "taken" : "free")),
      timeWait: (port) => made.resting.has(port),
      freeByKillPort(port, agreed) {
        const pids = made.ports.holders(port).map(({ pid }) => pid);
        if (!pids.every((pid) => agreed.some((one) => one.pid === pid))) return Promise.resolve("refused");
        made.killedPorts.push(port);
        for (const pid of pids) if (pid !== null && running.get(pid)?.denied !== true) made.end(pid);
        return Promise.resolve(made.ports.holders(port).length === 0 ? "freed" : "failed");
      },
    },
  };
  const found = (identity: Identity): Simulated | null => {
    const one = running.get(identity.pid);
    return one && isLive(one) && same(one, identity) ? one : null;
  };
  const holder = ({ port, pid, uid }: { port: number; pid: number | null; uid: number | null }): PortHolder => ({
    port,
    pid,
    uid,
    address: "127.0.0.1",
    family: 4,
  });
  const describe = (pid: number): ProcessDescription | null => {
    const one = running.get(pid);
    if (!one) return null;
    const { command, user, cwd, exe, startedAt, container } = one;
    return { pid, command, user, cwd, exe, startedAt, container };
  };
  const below = (pid: number): Simulated[] => {
    const root = running.get(pid);
    if (!root) return [];
    return [root, ...made.all().flatMap((one) => (one.ppid === pid && one.pid !== pid ? below(one.pid) : []))];
  };
  return made;
}
