import type { Claim, ClaimContext, ClaimSystem, WantedPort } from "../../../src/preflight/ports/types.ts";
import { classifyClaims } from "../../../src/preflight/ports/classify.ts";
import type { Environment } from "../../../src/system/environment.ts";
import { machine, type Machine } from "../machine.ts";

export const OURS = 500;

export const environment: Environment = {
  shell: { PATH: "/usr/bin" },
  cwd: "/home/ana/shop",
  home: "/home/ana",
  uid: 1000,
  user: "ana",
  platform: "linux",
  pid: OURS,
  node: "/usr/bin/node",
};

export interface Place extends Machine {
  system: ClaimSystem;
  look(more?: Partial<ClaimContext>, wanted?: WantedPort[]): Promise<Claim[]>;
}

export const backend: WantedPort = { app: "backend", port: 5050, key: "apps.backend.port" };
export const web: WantedPort = { app: "web", port: 5173, key: "apps.web.port" };

/** A machine on which this devpm runs, below a shell. */
export function place(more: Partial<Environment> = {}): Place {
  const simulated = machine();
  simulated.start(400, { command: "bash", exe: "/usr/bin/bash" });
  simulated.start(OURS, { ppid: 400, command: "node devpm dev", exe: "/usr/bin/node" });
  const system: ClaimSystem = {
    environment: { ...environment, ...more },
    clock: simulated.clock,
    processes: simulated.processes,
    ports: simulated.ports,
  };
  const context: ClaimContext = {
    session: "asking",
    root: "/home/ana/shop",
    otherSessions: [],
    claimed: new Map(),
    elsewhere: () => Promise.resolve([]),
    isGone: () => Promise.resolve(false),
    containersPublishing: () => Promise.resolve(null),
  };
  return {
    ...simulated,
    system,
    look: (changed = {}, wanted = [backend]) => classifyClaims(system, wanted, { ...context, ...changed }),
  };
}
