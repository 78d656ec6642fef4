import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";

/** Every file below a folder of a living session, with its text: what is renamed or removed meanwhile is not there. */
export function textsBelow(folder: string): { file: string; text: string }[] {
  const entries = there(() => readdirSync(folder, { withFileTypes: true })) ?? [];
  return entries.flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) return textsBelow(file);
    const text = entry.isFile() ? there(() => readFileSync(file, "utf8")) : null;
    return text === null ? [] : [{ file, text }];
  });
}

function there<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
