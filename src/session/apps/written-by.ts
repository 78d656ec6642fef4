import type { System } from "../../system/system.ts";
import type { WrittenBytes } from "../../system/processes/types.ts";

type Deps = Pick<System, "files" | "processes" | "clock">;

/** `unknown`: it was written, and the kernel does not tell by what. */
export type Writer = "app" | "other" | "unknown" | "none";

/** Often: what else the app writes shortly before or after must not count. */
const LOOK_MS = 4;
/** The clock of files runs in steps of up to 10 ms, behind the clock of programs. */
const STEP_MS = 12;
/** A file is empty from its opening to its first write, which on a busy machine are far apart. */
const WRITTEN_MS = 500;

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
      const name = names[at] ?? "";
      const saved = await lastWrite(system, name, times[at] ?? 0, sample);
      const inMemory = await system.files.isInMemory(name);
      return writerAt(saved, samples, (written) => (inMemory ? written.inAll : written.toDisk));
    }
    await clock.sleep(LOOK_MS, stopping);
  }
  return "none";
}

/** When the file was written that was opened or written at `saved`: it is not empty, and nothing more comes. */
async function lastWrite({ clock, files }: Deps, name: string, saved: number, sample: () => void): Promise<number> {
  const until = clock.monotonic() + WRITTEN_MS;
  let [last, since] = [saved, clock.monotonic()];
  while (clock.monotonic() < until) {
    await clock.sleep(LOOK_MS);
    sample();
    const now = await files.savedAt(name);
    if (now !== 0 && now !== last) [last, since] = [now, clock.monotonic()];
    const isEmpty = files.readBytes(name, 0) !== null;
    if (!isEmpty && clock.monotonic() - since >= 2 * STEP_MS) break;
  }
  return last;
}

/** Whether the count rose around that moment. A process starts to count at 0. */
export function writerAt(saved: number, samples: readonly Sample[], bytes: (written: WrittenBytes) => number): Writer {
  const last = samples.at(-1);
  if (!last) return "unknown";
  const before = samples.findLast(({ at }) => at <= saved - STEP_MS);
  const after = samples.find(({ at }) => at >= saved + STEP_MS) ?? last;
  return bytes(after.written) > (before ? bytes(before.written) : 0) ? "app" : "other";
}
