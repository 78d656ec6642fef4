import type { SessionRecord } from "../model/session-record.ts";
import type { Helper, Helpers, Line } from "../system/processes/helpers.ts";
import type { ProgramCommand } from "../system/begin/shim.ts";
import type { DaemonPlace } from "../model/daemon-place.ts";
import type { Identity } from "../model/process.ts";
import { failed, ok, type Outcome } from "../diagnostics/outcome.ts";
import { sparedPrograms } from "../model/protected-programs.ts";
import type { TeardownSystem } from "./deps.ts";
import { STRAY_GRACE_MS } from "./ladder.ts";
import { abandon, abandonShim, firstMessage, startShim, type StartedShim } from "./started-shim.ts";
import { tracesOf } from "./sweep.ts";

export interface GuardianRequest {
  /** As it is before anything was started; `update` follows it. */
  record: SessionRecord;
  recordFile: string;
  /** A python3 for the shim; null: none on this machine. */
  python: string | null;
  node: string;
  /** PM2's daemon: started immediately, by the shim or, where there is none, by the sentinel. */
  daemon: ProgramCommand;
  /** What it lacks, as it may have been started before there was a session. */
  place: DaemonPlace;
  /** A shim that was started before; null: none was. */
  early: StartedShim | null;
  /** Removes what a PM2 daemon has left that an arming in vain started. */
  cleared: () => Promise<unknown>;
}

/** What ends the session when the engine cannot. Armed before anything else is started. */
export interface Guardian {
  shim: Identity | null;
  sentinel: Identity;
  daemon: Identity;
  /** How "nothing left" is proved: wait() of a subreaper, or scans for the mark. */
  proof: "subreaper" | "scan";
  /** Resolves when a part of the guardian died before `release`. */
  lost: Promise<"shim" | "sentinel">;
  /** Resolves when PM2's daemon ended, whatever ended it. */
  daemonGone: Promise<void>;
  /** What the sentinel will use: no file is needed for it. */
  update(record: SessionRecord): void;
  /** A teardown that the engine leaves to the sentinel takes no more time than it must. */
  hurry(): void;
  /** After the engine's own teardown: the shim proves that nothing is left (ends what is), and both are gone. */
  release(): Promise<Released>;
}

export interface Released {
  /** wait() reported that no child is left. */
  echild: boolean;
  /** What is spared, or could not be ended. */
  left: { pid: number; command: string }[];
}

export type GuardianSystem = Pick<TeardownSystem, "clock" | "processes"> & { helpers: Helpers };

const ARM_MS = 10_000;
const RELEASE_MS = 6_000;

export async function armGuardian(system: GuardianSystem, request: GuardianRequest): Promise<Outcome<Guardian>> {
  const guardian = (await armedWithShim(system, request)) ?? (await armAlone(system, request));
  if (guardian) return ok(guardian);
  const { file, args } = system.helpers.guardian.sentinelOf({ node: request.node, id: request.record.id });
  return failed({
    code: "DEVPM_GUARDIAN_FAILED",
    severity: "error",
    summary: "the process that ends a session when devpm is killed could not be started",
    evidence: [
      ["tried", [file, ...args].join(" ")],
      ["log", request.place.logFile],
    ],
    state: "Nothing was started.",
    fixes: [{ label: "", command: "devpm doctor" }],
  });
}

/**
 * Twice: what was killed while it started would be missed for a whole session, and only there does the sentinel guard alone. One
 * that hangs would do so again.
 */
async function armedWithShim(system: GuardianSystem, request: GuardianRequest): Promise<Guardian | null> {
  const { python, cleared, early } = request;
  if (python === null) return null;
  for (let attempt = 0; attempt < 2; attempt++) {
    const started = (attempt === 0 ? early : null) ?? startShim(system, { ...request, python });
    const armed = started && (await armShim(system, request, started));
    if (armed !== null && armed !== "silent") return armed;
    await cleared();
    if (armed === "silent") break;
  }
  return null;
}

async function armShim(
  system: GuardianSystem,
  { record, recordFile, place }: GuardianRequest,
  early: StartedShim,
): Promise<Guardian | "silent" | null> {
  const { processes, clock } = system;
  const { sentinel, toSentinel, toShim } = early;
  const { logFile } = place;
  // each record comes with all that the sentinel has to know: until the engine is gone its python keeps the last one alone
  const guarded = { arm: recordFile, logFile };
  toSentinel.send({ record, ...guarded });
  // it hands this on, through the daemon's gate
  toShim.send(place);
  toShim.send({
    id: record.id,
    recordFile,
    traces: tracesOf(recordFile, record),
    logFile,
    graceMs: Math.max(STRAY_GRACE_MS, ...record.apps.map((app) => app.graceMs)),
    ports: record.ports,
    spared: sparedPrograms,
  });
  const started = await clock.within(early.started, ARM_MS);
  const shim = started ? processes.identify(Number(started.shim)) : null;
  const ready = shim ? await clock.within(early.armed, ARM_MS) : undefined;
  const daemon = early.daemon();
  const isAlive = (one: Identity | null): one is Identity => one !== null && processes.alive(one);
  // both may have been started long before
  if (!ready || !isAlive(sentinel) || !isAlive(daemon)) {
    await abandonShim(processes, early, shim);
    return started === null || ready === null ? "silent" : null;
  }
  const parts = { shim, sentinel, daemon };
  toSentinel.send({ record: { ...record, ...parts }, ...guarded });
  return guardianOf(system, { ...parts, toSentinel, toShim, guarded });
}

async function armAlone(system: GuardianSystem, request: GuardianRequest): Promise<Guardian | null> {
  const { processes, clock } = system;
  const { record, recordFile, node, place } = request;
  const { file, args, env } = system.helpers.guardian.sentinelOf({ node, id: record.id });
  const helper: Helper | null = system.helpers.start(file, args, { env, logFile: place.logFile, lines: 1 });
  const toSentinel = helper?.lines[0];
  if (!helper || !toSentinel) return null;
  const sentinel = processes.identify(helper.pid);
  const armed = firstMessage(toSentinel, (message) => message.armed === true);
  const daemon = { ...request.daemon, ...place, env: { ...request.daemon.env, ...place.env } };
  toSentinel.send({ record, arm: recordFile, daemon });
  const ready = await clock.within(armed, ARM_MS);
  const started = ready ? processes.identify(Number(ready.daemon)) : null;
  if (!sentinel || !started) {
    await abandon(processes, [sentinel, started]);
    return null;
  }
  return guardianOf(system, { shim: null, sentinel, daemon: started, toSentinel, toShim: null, guarded: {} });
}

interface Parts {
  shim: Identity | null;
  sentinel: Identity;
  daemon: Identity;
}

interface Arms extends Parts {
  toSentinel: Line;
  toShim: Line | null;
  /** What it gets with each record. */
  guarded: Readonly<Record<string, string>>;
}

function guardianOf(system: GuardianSystem, arms: Arms): Guardian {
  const { shim, sentinel, daemon, toSentinel, toShim, guarded } = arms;
  let released = false;
  const lost = new Promise<"shim" | "sentinel">((resolve) => {
    void toSentinel.closed.then(() => released || resolve("sentinel"));
    void toShim?.closed.then(() => released || resolve("shim"));
  });
  const daemonGone = new Promise<void>((resolve) => {
    (toShim ?? toSentinel).onMessage((message) => {
      if (message.died === "daemon") resolve();
    });
  });
  return {
    shim,
    sentinel,
    daemon,
    proof: shim ? "subreaper" : "scan",
    lost,
    daemonGone,
    update: (record) => toSentinel.send({ record, ...guarded }),
    hurry: () => toSentinel.send({ hurry: true }),
    async release() {
      released = true;
      const answer = toShim && firstMessage(toShim, (message) => message.released !== undefined);
      toShim?.send({ release: true });
      const received = answer && (await system.clock.within(answer, RELEASE_MS));
      toSentinel.send({ release: true });
      const parts = [shim, sentinel].filter((one) => one !== null);
      const slow = await system.processes.waitGone(parts, 1_000);
      for (const part of slow) system.processes.signal(part, "SIGKILL");
      await system.processes.waitGone(slow, 1_000);
      toSentinel.close();
      toShim?.close();
      return (received?.released as Released | undefined) ?? { echild: false, left: [] };
    },
  };
}
