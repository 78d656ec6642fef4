import { existsSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";

/** libfaketime's library for programs with threads; null where it is not installed. */
function library(): string | null {
  const root = "/usr/lib";
  if (process.platform !== "linux" || !existsSync(root)) return null;
  const folders = readdirSync(root).map((name) => path.join(root, name, "faketime/libfaketimeMT.so.1"));
  return folders.find((file) => existsSync(file)) ?? null;
}

/** Why clocks cannot be set here, or null where they can: the reason of a skip. */
export const noClock = (): string | null => (library() === null ? "libfaketime is not installed" : null);

/** The wall clock of the programs that get its environment; files get their times from the machine's. */
export interface SetClock {
  env: Record<string, string>;
  /** Seconds before (negative) or after the machine's clock, from now on. */
  set(seconds: number): void;
}

/** Durations and deadlines go by another clock, as they do when a machine's wall clock is set. */
export function openClock(folder: string, seconds: number): SetClock {
  const file = path.join(folder, "clock");
  const set = (offset: number): void => writeFileSync(file, `${offset < 0 ? "" : "+"}${offset}s\n`);
  set(seconds);
  return {
    set,
    env: {
      LD_PRELOAD: library() ?? "",
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
      NO_FAKE_STAT: "1",
    },
  };
}
