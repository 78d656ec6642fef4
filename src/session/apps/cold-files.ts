import { createHash } from "node:crypto";
import path from "node:path";
import { coldFilesOf, type App } from "../../model/project.ts";
import type { Files } from "../../system/files/files.ts";

/**
 * What only a restart reads anew: an app's environment files and the inputs of its set-up. A warm Python watches them itself, from
 * some time after its start; what changes before that is found here.
 */
export interface ColdFiles {
  /** Its set-up has just been done with what they hold now. */
  note(app: App): Promise<void>;
  /** One that has changed since; null: none. */
  changed(app: App): Promise<string | null>;
}

export function createColdFiles(files: Pick<Files, "kind" | "read">): ColdFiles {
  const noted = new Map<string, ReadonlyMap<string, string | null>>();
  // a pipe gives what it holds to one reader alone: the app's start
  const textOf = async (file: string): Promise<string | null> =>
    (await files.kind(file)) === "file" ? files.read(file).catch(() => null) : null;
  // a lock file can have megabytes
  const digestOf = (text: string | null): string | null =>
    text === null ? null : createHash("sha256").update(text).digest("base64");
  const digests = async (app: App): Promise<Map<string, string | null>> => {
    const named = coldFilesOf(app);
    const texts = await Promise.all(named.map(textOf));
    return new Map(named.map((file, at) => [file, digestOf(texts[at] ?? null)]));
  };
  return {
    async note(app) {
      noted.set(app.name, await digests(app));
    },
    async changed(app) {
      const before = noted.get(app.name);
      if (!before) return null;
      const now = await digests(app);
      const found = [...now].find(([file, digest]) => before.has(file) && before.get(file) !== digest);
      return found ? path.relative(app.cwd, found[0]) : null;
    },
  };
}
