import path from "node:path";
import type { Files } from "./files/files.ts";

/** What a shell would run for a command's first word: absolute, or null where there is none. */
export async function findExecutable(
  files: Files,
  name: string,
  searchPath: string | undefined,
  cwd: string,
): Promise<string | null> {
  const candidates = name.includes("/")
    ? [path.resolve(cwd, name)]
    : (searchPath ?? "").split(path.delimiter).map((folder) => path.resolve(cwd, folder, name));
  for (const candidate of candidates) {
    // a folder of the PATH that this user may not enter is passed over, as a shell does
    const kind = await files.kind(candidate).catch(() => null);
    if (kind === "file" && (await files.executable(candidate))) return candidate;
  }
  return null;
}
