import { createHash } from "node:crypto";
import path from "node:path";
import { stateFolder } from "../model/instance.ts";
import type { System } from "../system/system.ts";
import { checkoutClaim } from "./checkout-claim.ts";
import type { Place } from "./gone.ts";

/*
 * What checkouts take from one another's reach: a file for each block of ports, and for each numbered database of a server. For
 * all sessions of a state folder.
 */
type Deps = Pick<System, "files" | "environment">;

export const claimsFolder = ({ environment }: Pick<Deps, "environment">): string =>
  path.join(stateFolder(environment), "worktrees");

const NUMBERS = "numbers-";

/** `server`: what distinguishes it from every other, such as its compose project and service. */
function numberFile(deps: Deps, server: string, number: number): string {
  const hash = createHash("sha256").update(server).digest("hex").slice(0, 16);
  return path.join(claimsFolder(deps), NUMBERS + hash, `${number}.json`);
}

/** Takes a numbered database for a checkout; false: another has it, whose data is in it until that is forgotten. */
export const claimNumber = async (deps: Deps, server: string, number: number, place: Place): Promise<boolean> =>
  (await checkoutClaim(deps.files, numberFile(deps, server, number)).take(place)).ok;

/** Gives back a numbered database that a checkout has taken. */
export const releaseNumber = (deps: Deps, server: string, number: number): Promise<void> =>
  deps.files.remove(numberFile(deps, server, number));

/** The project's folder in the checkout that took it; null: none did. */
export const numberOwner = async (deps: Deps, server: string, number: number): Promise<string | null> =>
  (await checkoutClaim(deps.files, numberFile(deps, server, number)).owner())?.root ?? null;

/** Gives back everything that a checkout has taken. */
export async function releaseClaims(deps: Deps, root: string): Promise<void> {
  for (const file of await filesOf(deps, root)) await deps.files.remove(file);
}

/** What a checkout that was moved has taken is taken by where it is now. */
export async function moveClaims(deps: Deps, from: string, to: Place): Promise<void> {
  for (const file of await filesOf(deps, from)) await checkoutClaim(deps.files, file).handOver(to);
}

async function filesOf(deps: Deps, root: string): Promise<string[]> {
  const { files } = deps;
  const top = claimsFolder(deps);
  const within = (await files.list(top)).filter((name) => name.startsWith(NUMBERS));
  const folders = [top, ...within.map((name) => path.join(top, name))];
  const found: string[] = [];
  for (const folder of folders)
    for (const name of await files.list(folder)) {
      const file = path.join(folder, name);
      if ((await checkoutClaim(files, file).owner())?.root === root) found.push(file);
    }
  return found;
}
