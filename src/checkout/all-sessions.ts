import path from "node:path";
import type { Environment } from "../system/environment.ts";
import type { Files } from "../system/files.ts";
import { stateFolder } from "../model/instance.ts";
import { parseRecord, type SessionRecord } from "../model/session-record.ts";

/** This user's session files, for every project on this machine; the sessions may be dead. */
export async function everySession(files: Files, environment: Environment): Promise<SessionRecord[]> {
  const home = stateFolder(environment);
  const texts = await Promise.all(
    (await files.list(home)).map((name) => files.readOwn(path.join(home, name, "session.json")).catch(() => null)),
  );
  return texts.map((text) => parseRecord(text ?? "")).filter((record) => record !== null);
}
