import { createHash } from "node:crypto";
import path from "node:path";
import { stateFolder } from "../model/instance.ts";
import type { System } from "../system/system.ts";
import { ownerIn, ownerText, takeFile } from "./claim-file.ts";
import type { Place } from "./gone.ts";

/*
 * What checkouts take from one another's reach: a file for each block of ports, and for each numbered database of a server. For
 * all sessions of a state folder.
 */
type Outside = Pick<System, "files" | "environment">;

export const claimsFolder = ({ environment }: Pick<Outside, "environment">): string =>
  path.join(stateFolder(environment), "worktrees");

const NUMBERS = "numbers-";

/** `server`: what tells it from every other, such as its compose project and service. */
function numberFile(outside: Outside, server: string, number: number): string {
  const hash = createHash("sha256").update(server).digest("hex").slice(0, 16);
  return path.join(claimsFolder(outside), NUMBERS + hash, `${number}.json`);
}

/** Takes a numbered database for a checkout; false: another has it, whose data is in it until that is forgotten. */
export const claimNumber = (outside: Outside, server: string, number: number, place: Place): Promise<boolean> =>
  takeFile(outside.files, numberFile(outside, server, number), place, () => Promise.resolve(false));

/** Gives back a numbered database that a checkout has taken. */
export const releaseNumber = (outside: Outside, server: string, number: number): Promise<void> =>
  outside.files.remove(numberFile(outside, server, number));

/** The project's folder in the checkout that took it; null: none did. */
export const numberOwner = async (outside: Outside, server: string, number: number): Promise<string | null> =>
  (await ownerIn(outside.files, numberFile(outside, server, number)))?.root ?? null;

/** Gives back everything that a checkout has taken. */
export async function releaseClaims(outside: Outside, root: string): Promise<void> {
  for (const file of await filesOf(outside, root)) await outside.files.remove(file);
}

/** What a checkout that was moved has taken is taken by where it is now. */
export async function moveClaims(outside: Outside, from: string, to: Place): Promise<void> {
  for (const file of await filesOf(outside, from)) await outside.files.write(file, ownerText(to));
}

async function filesOf(outside: Outside, root: string): Promise<string[]> {
  const { files } = outside;
  const top = claimsFolder(outside);
  const within = (await files.list(top)).filter((name) => name.startsWith(NUMBERS));
  const folders = [top, ...within.map((name) => path.join(top, name))];
  const found: string[] = [];
  for (const folder of folders)
    for (const name of await files.list(folder)) {
      const file = path.join(folder, name);
      if ((await ownerIn(files, file))?.root === root) found.push(file);
    }
  return found;
}
