import { parseRecord, type SessionRecord } from "../../model/session-record.ts";
import type { Files } from "../files/files.ts";

/** What a session file says; null: there is none, or it is another user's, or not safe to act on. */
export const readSessionFile = async (files: Pick<Files, "readOwn">, file: string): Promise<SessionRecord | null> =>
  parseRecord((await files.readOwn(file)) ?? "");
