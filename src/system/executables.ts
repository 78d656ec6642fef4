import path from "node:path";
import type { Files } from "./files.ts";

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
  for (const candidate of candidates)
    if ((await files.kind(candidate)) === "file" && (await files.executable(candidate))) return candidate;
  return null;
}
