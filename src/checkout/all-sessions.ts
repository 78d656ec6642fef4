import path from "node:path";
import type { Environment } from "../system/environment.ts";
import type { Files } from "../system/files/files.ts";
import { readSessionFile } from "../system/engine/session-file.ts";
import { stateFolder } from "../model/instance.ts";
import type { SessionRecord } from "../model/session-record.ts";

/** This user's session files, for every project on this machine; the sessions may be dead. */
export async function everySession(files: Files, environment: Environment): Promise<SessionRecord[]> {
  const home = stateFolder(environment);
  const names = await files.list(home);
  const records = await Promise.all(
    names.map((name) => readSessionFile(files, path.join(home, name, "session.json")).catch(() => null)),
  );
  return records.filter((record) => record !== null);
}
