import path from "node:path";
import { isUnsafePort } from "../model/unsafe-ports.ts";
import type { System } from "../system/system.ts";
import { claimsFolder } from "./claims.ts";
import { checkoutClaim } from "./checkout-claim.ts";
import type { ClaimFile } from "./claim-file.ts";
import { isGone, type CheckoutPlace } from "./gone.ts";
import { stableNumber } from "./name.ts";

/*
 * The ports of worktrees: a range below what Linux, macOS and Windows hand out by themselves, cut into blocks. A checkout
 * owns whole blocks, the first by a hash of its path; a file a block says whose it is, for all sessions of a state folder.
 */
const RANGE = { first: 20_000, last: 31_999 };
export const BLOCK = 20;

export interface Range {
  first: number;
  last: number;
}

/** `DEVPM_WORKTREE_PORTS=24000-24999` chooses another range. What is no range of ports is ignored. */
export function rangeOf(shell: Readonly<Record<string, string>>): Range {
  const [, first = "0", last = "0"] = /^(\d{4,5})-(\d{4,5})$/.exec(shell.DEVPM_WORKTREE_PORTS ?? "") ?? [];
  const range = { first: Number(first), last: Number(last) };
  return range.first >= 1_024 && range.last <= 65_535 && range.last >= range.first ? range : RANGE;
}

/** The first port of each block, in the order in which a checkout tries them. */
export function blocksFor(root: string, { first, last }: Range): number[] {
  const count = Math.max(1, Math.floor((last - first + 1) / BLOCK));
  const start = stableNumber(root, count);
  return Array.from({ length: count }, (_, index) => first + ((start + index) % count) * BLOCK);
}

/** Those of a block that are given: browsers open each of them. */
export const portsOf = (block: number, { last }: Range): number[] =>
  Array.from({ length: BLOCK }, (_, index) => block + index).filter((port) => port <= last && !isUnsafePort(port));

type Deps = Pick<System, "files" | "environment">;

const claimOn = (deps: Deps, block: number): ClaimFile<CheckoutPlace> =>
  checkoutClaim(deps.files, path.join(claimsFolder(deps), `${block}.json`), (owner) => isGone(deps.files, owner));

/** The project's folder in the checkout that has a block; null: none has, or it is gone. */
export async function ownerOf(deps: Deps, block: number): Promise<string | null> {
  const owner = await claimOn(deps, block).owner();
  return owner !== null && !(await isGone(deps.files, owner)) ? owner.root : null;
}

/** Takes a block for a checkout; false: another has it. */
export const claimBlock = async (deps: Deps, block: number, place: CheckoutPlace): Promise<boolean> =>
  (await claimOn(deps, block).take(place)).ok;
