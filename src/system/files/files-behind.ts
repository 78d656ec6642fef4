import { fstatSync } from "node:fs";
import path from "node:path";
import { linkNow, namesNow, orElse, statNow } from "./files-now.ts";

/** The files that these descriptors of ours are, by the names that the kernel or `cwd` has for them. */
export const filesBehind = (descriptors: readonly number[], cwd: string): string[] => [
  ...new Set(descriptors.flatMap((descriptor) => fileOf(descriptor, cwd))),
];

function fileOf(descriptor: number, cwd: string): string[] {
  const own = orElse(() => fstatSync(descriptor), null);
  if (own?.isFile() !== true) return [];
  const isOwn = (file: string): boolean => {
    const found = statNow(file);
    return found?.dev === own.dev && found.ino === own.ino;
  };
  const known = linkNow(`/proc/self/fd/${descriptor}`);
  // where there is no /proc (macOS) it is most often in the folder where the command was typed
  const files = known === null ? namesNow(cwd).map((name) => path.join(cwd, name)) : [known];
  return files.filter(isOwn);
}
