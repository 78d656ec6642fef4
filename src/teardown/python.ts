import path from "node:path";
import type { Files } from "../system/files.ts";

/** A version manager's python3 is a script that takes 100 ms to find the real one: the machine's own comes first. */
const USUAL = ["/usr/bin", "/usr/local/bin", "/bin"];

/** A python3 for the shim, which needs nothing but the standard library; null: none, or not Linux (no subreaper there). */
export async function guardianPython(
  { files }: { files: Files },
  platform: NodeJS.Platform,
  searchPath: string,
): Promise<string | null> {
  if (platform !== "linux") return null;
  for (const folder of [...USUAL, ...searchPath.split(path.delimiter)]) {
    const candidate = path.join(folder, "python3");
    if (path.isAbsolute(candidate) && (await files.executable(candidate))) return candidate;
  }
  return null;
}
