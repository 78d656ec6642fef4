import type { System } from "../../system/system.ts";
import type { WrittenBytes } from "../../system/processes/types.ts";

type Deps = Pick<System, "files" | "processes" | "clock">;

/** `unknown`: it was written, and the kernel does not tell by what. */
export type Writer = "app" | "other" | "unknown" | "none";

/** Often: what else the app writes shortly before or after must not count. */
const LOOK_MS = 4;
/** The clock of files runs in steps of up to 10 ms, behind the clock of programs. */
const STEP_MS = 12;

interface Sample {
  /** Wall clock, in ms. */
  at: number;
  written: WrittenBytes;
}

/** When each of the files was last written; a difference shows that one was. */
export const saveTimes = ({ files }: Pick<Deps, "files">, names: readonly string[]): Promise<number[]> =>
  Promise.all(names.map((name) => files.savedAt(name)));

/**
 * Who writes one of these files next, within `ms`: an app, whose processes begin with `pid`, or something else. By the
 * kernel's count of the bytes that the app's processes wrote at that moment; nothing is asked of the app.
 */
export async function nextWriter(
  system: Deps,
  {
    pid,
    names,
    before,
    ms,
    stopping,
  }: { pid: number; names: readonly string[]; before: readonly number[]; ms: number; stopping: AbortSignal },
): Promise<Writer> {
  const { clock, processes } = system;
  const samples: Sample[] = [];
  const sample = (): void => {
    const written = processes.written(processes.descendants(pid));
    if (written) samples.push({ at: clock.now().getTime(), written });
  };
  const until = clock.monotonic() + ms;
  while (clock.monotonic() < until && !stopping.aborted) {
    sample();
    const times = await saveTimes(system, names);
    const at = times.findIndex((time, index) => time !== before[index]);
    if (at !== -1) {
      await clock.sleep(2 * STEP_MS);
      sample();
      const inMemory = await system.files.isInMemory(names[at] ?? "");
      return writerAt(times[at] ?? 0, samples, (written) => (inMemory ? written.inAll : written.toDisk));
    }
    await clock.sleep(LOOK_MS, stopping);
  }
  return "none";
}

/** Whether the count rose around that moment. A process starts to count at 0. */
export function writerAt(saved: number, samples: readonly Sample[], bytes: (written: WrittenBytes) => number): Writer {
  const last = samples.at(-1);
  if (!last) return "unknown";
  const before = samples.findLast(({ at }) => at <= saved - STEP_MS);
  const after = samples.find(({ at }) => at >= saved + STEP_MS) ?? last;
  return bytes(after.written) > (before ? bytes(before.written) : 0) ? "app" : "other";
}
