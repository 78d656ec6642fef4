import type { SessionRecord } from "../../model/session-record.ts";
import type { TeardownSystem } from "../../teardown/deps.ts";
import { identitiesOf } from "../../teardown/survey.ts";

/** What all processes of an app use together. */
export interface AppUsage {
  memoryBytes: number;
  cpuPercent: number;
}

interface Sample {
  at: number;
  /** By app, each of its processes once. */
  apps: Map<string, Process[]>;
}

interface Process {
  /** The pid and its start time: pids are reused. */
  key: string;
  memoryBytes: number;
  cpuMs: number;
  /** How long it has run, in ms. */
  age: () => number;
}

type Meter = (record: SessionRecord, patient: boolean) => Promise<ReadonlyMap<string, AppUsage>>;

/** CPU time is counted in steps of 10 ms: a shorter distance says little. */
const WINDOW_MS = 200;
/** An older sample says little about now. */
const OLD_MS = 30_000;

/**
 * Memory and CPU of whole apps: the processes that PM2 started and everything below them, also what was adopted since. CPU is the
 * share since the last sample. If none is fit (too new, or too old), `patient` takes one and waits for the next; otherwise it is the
 * share since each process began.
 */
export function createMeter(system: TeardownSystem): Meter {
  let last: Sample | null = null;
  const isFit = (sample: Sample | null, now: number): boolean =>
    sample !== null && now - sample.at >= WINDOW_MS && now - sample.at < OLD_MS;
  return async (record, patient) => {
    if (patient && !isFit(last, system.clock.monotonic())) {
      last = sampled(system, record);
      await system.clock.sleep(WINDOW_MS);
    }
    const now = sampled(system, record);
    const before = isFit(last, now.at) ? last : null;
    if (last === null || now.at - last.at >= WINDOW_MS) last = now;
    return new Map([...now.apps].map(([app, processes]) => [app, usageOf(processes, now.at, before)]));
  };
}

function usageOf(processes: readonly Process[], now: number, before: Sample | null): AppUsage {
  const earlier = new Map([...(before?.apps.values() ?? [])].flat().map((one) => [one.key, one]));
  const share = ({ key, cpuMs, age }: Process): number => {
    const known = earlier.get(key);
    // one that is new since then has used all of its time since then
    const ms = before === null ? age() : now - before.at;
    return (cpuMs - (known?.cpuMs ?? 0)) / Math.max(1, ms);
  };
  return {
    memoryBytes: processes.reduce((sum, one) => sum + one.memoryBytes, 0),
    cpuPercent: Math.round(processes.reduce((sum, one) => sum + share(one), 0) * 1_000) / 10,
  };
}

function sampled(system: TeardownSystem, record: SessionRecord): Sample {
  const apps = new Map<string, Process[]>();
  const at = system.clock.monotonic();
  for (const { app, identity } of identitiesOf(system, record)) {
    const used = system.processes.usage(identity.pid);
    if (used === null || app === "") continue;
    const key = `${identity.pid} ${identity.startTime}`;
    apps.set(app, [...(apps.get(app) ?? []), { ...used, key, age: () => ageOf(system, identity.pid) }]);
  }
  return { at, apps };
}

function ageOf({ processes, clock }: TeardownSystem, pid: number): number {
  const started = processes.describe(pid)?.startedAt ?? null;
  return started === null ? Infinity : clock.now().getTime() - started.getTime();
}
