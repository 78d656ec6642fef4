import { fstatSync, readdirSync, readlinkSync, statSync, type Stats } from "node:fs";
import path from "node:path";

/** The files that these descriptors of ours are, by the names that the kernel or `cwd` has for them. */
export const filesBehind = (descriptors: readonly number[], cwd: string): string[] => [
  ...new Set(descriptors.flatMap((descriptor) => fileOf(descriptor, cwd))),
];

function fileOf(descriptor: number, cwd: string): string[] {
  const own = stat(() => fstatSync(descriptor));
  if (own?.isFile() !== true) return [];
  const isOwn = (file: string): boolean => {
    const found = stat(() => statSync(file));
    return found?.dev === own.dev && found.ino === own.ino;
  };
  const known = linkOf(descriptor);
  // where the kernel does not tell (macOS) it is most often in the folder where the command was typed
  return known.length > 0 ? known.filter(isOwn) : filesIn(cwd).filter(isOwn);
}

/** Empty where there is no /proc. */
function linkOf(descriptor: number): string[] {
  try {
    return [readlinkSync(`/proc/self/fd/${descriptor}`)];
  } catch {
    return [];
  }
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => path.join(folder, name));
  } catch {
    return [];
  }
}

function stat(read: () => Stats): Stats | null {
  try {
    return read();
  } catch {
    return null;
  }
}
