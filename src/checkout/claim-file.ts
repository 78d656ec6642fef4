import { randomUUID } from "node:crypto";
import path from "node:path";
import type { Files } from "../system/files.ts";
import type { Place } from "./gone.ts";

type Needs = Pick<Files, "create" | "readOwn" | "rename" | "remove" | "makeFolder">;

/**
 * Takes a file for a checkout; false: another has it. It is created exclusively, so that of two that want it one gets it. One
 * whose owner `isFree` is moved aside first; if it is another's by then, it goes back.
 */
export async function takeFile(
  files: Needs,
  file: string,
  owner: Place,
  isFree: (owner: Place) => Promise<boolean>,
): Promise<boolean> {
  await files.makeFolder(path.dirname(file));
  const text = ownerText(owner);
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    if (await files.create(file, text)) return true;
    const found = await ownerIn(files, file);
    if (found?.root === owner.root) return true;
    if (found !== null && !(await isFree(found))) return false;
    await retire(files, file, found);
  }
  return false;
}

/** A file that can be neither read nor moved, as one of another user, is not to be had. */
const MOST_TRIES = 20;

async function retire(files: Needs, file: string, stale: Place | null): Promise<void> {
  const aside = `${file}.${randomUUID()}.stale`;
  await files.rename(file, aside).catch(() => {});
  const moved = await read(files, aside);
  const owner = parse(moved);
  if (moved !== null && owner !== null && owner.root !== stale?.root) await files.create(file, moved).catch(() => {});
  await files.remove(aside);
}

/** What a claim holds: where its owner is, so that it can be seen whether that is gone. */
export const ownerText = ({ root, device, common, linked }: Place): string =>
  `${JSON.stringify({ root, device, common, linked })}\n`;

/** Whose a file is; null: it is not there, or holds nothing that devpm has written. */
export const ownerIn = async (files: Pick<Files, "readOwn">, file: string): Promise<Place | null> =>
  parse(await read(files, file));

const read = (files: Pick<Files, "readOwn">, file: string): Promise<string | null> =>
  files.readOwn(file).catch(() => null);

function parse(text: string | null): Place | null {
  try {
    const { root, device, common, linked } = JSON.parse(text ?? "{}") as Partial<Record<keyof Place, unknown>>;
    if (typeof root !== "string") return null;
    return {
      root,
      ...(typeof device === "number" ? { device } : {}),
      ...(typeof common === "string" ? { common } : {}),
      ...(typeof linked === "string" ? { linked } : {}),
    };
  } catch {
    return null;
  }
}
