import path from "node:path";
import type { Receipt } from "../model/events.ts";
import type { Files } from "../system/files/files.ts";

/** A teardown of the guardian's, which no command was there to report. */
export interface Ended {
  id: string;
  receipt: Receipt;
}

/** Where the guardian records it. */
export const endedFile = (recordFile: string): string => path.join(path.dirname(recordFile), "ended.json");

/** What the guardian did for this session (for the last one it ended, without an id), if it did. */
export async function readEnded(
  { files }: { files: Pick<Files, "readOwn"> },
  recordFile: string,
  id?: string,
): Promise<Receipt | null> {
  const text = await files.readOwn(endedFile(recordFile)).catch(() => null);
  if (text === null) return null;
  try {
    const ended = JSON.parse(text) as Ended;
    return id === undefined || ended.id === id ? ended.receipt : null;
  } catch {
    return null;
  }
}

/** The same, reported once. */
export async function takeEnded(
  system: { files: Pick<Files, "readOwn" | "remove"> },
  recordFile: string,
  id?: string,
): Promise<Receipt | null> {
  const receipt = await readEnded(system, recordFile, id);
  await system.files.remove(endedFile(recordFile)).catch(() => {});
  return receipt;
}
