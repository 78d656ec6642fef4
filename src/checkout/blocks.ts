import path from "node:path";
import { stateFolder } from "../model/instance.ts";
import type { System } from "../system/system.ts";
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

export const portsOf = (block: number, { last }: Range): number[] =>
  Array.from({ length: BLOCK }, (_, index) => block + index).filter((port) => port <= last);

type Outside = Pick<System, "files" | "environment">;

const folderOf = ({ environment }: Outside): string => path.join(stateFolder(environment), "worktrees");
const fileOf = (outside: Outside, block: number): string => path.join(folderOf(outside), `${block}.json`);

/** Whose a block is; null: nobody's. One whose folder is gone has no owner any more. */
export async function ownerOf(outside: Outside, block: number): Promise<string | null> {
  const owner = rootIn(await outside.files.readOwn(fileOf(outside, block)).catch(() => null));
  // one that cannot be looked at is not gone
  return owner !== null && (await outside.files.kind(owner).catch(() => "folder")) === "folder" ? owner : null;
}

/** Takes a block for a checkout; false: another has it. */
export async function claimBlock(outside: Outside, block: number, root: string): Promise<boolean> {
  const file = fileOf(outside, block);
  const text = `${JSON.stringify({ root })}\n`;
  await outside.files.makeFolder(folderOf(outside));
  if (await outside.files.create(file, text)) return true;
  const owner = await ownerOf(outside, block);
  if (owner !== null) return owner === root;
  await outside.files.remove(file);
  return outside.files.create(file, text);
}

/** Gives back every block of a checkout. */
export async function releaseBlocks(outside: Outside, root: string): Promise<void> {
  const folder = folderOf(outside);
  for (const name of await outside.files.list(folder)) {
    const file = path.join(folder, name);
    if (rootIn(await outside.files.readOwn(file).catch(() => null)) === root) await outside.files.remove(file);
  }
}

function rootIn(text: string | null): string | null {
  try {
    const { root } = JSON.parse(text ?? "{}") as { root?: unknown };
    return typeof root === "string" ? root : null;
  } catch {
    return null;
  }
}
