import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { failed, ok, type Outcome } from "../diagnostics/outcome.ts";
import type { System } from "../system/system.ts";
import type { CheckoutPlace } from "./gone.ts";
import { blocksFor, claimBlock, ownerOf, portsOf, rangeOf, type Range } from "./blocks.ts";

export type PortSystem = Pick<System, "files" | "environment"> & {
  ports: Pick<System["ports"], "listening" | "canBind">;
};

interface Wanted {
  place: CheckoutPlace;
  keys: readonly string[];
  /** Given before. */
  kept: Readonly<Record<string, number>>;
  /** Is the answer kept? Else it is what a start would get, and nothing is probed or written. */
  claim: boolean;
}

/**
 * A port for each key: the kept ones, and for what is new the next free ones of the checkout's blocks. A block in which any
 * other program listens is left to it.
 */
export async function allocateCheckoutPorts(
  system: PortSystem,
  { place, keys, kept, claim }: Wanted,
): Promise<Outcome<Record<string, number>>> {
  const ports: Record<string, number> = { ...kept };
  const missing = keys.filter((key) => ports[key] === undefined);
  if (missing.length === 0) return ok(ports);
  const { root } = place;
  const range = rangeOf(system.environment.shell);
  const taken = new Set(Object.values(ports));
  for (const block of blocksFor(root, range)) {
    const numbers = portsOf(block, range).filter((port) => !taken.has(port));
    const isNew = numbers.length === portsOf(block, range).length;
    if (!(await isUsable(system, block, isNew ? numbers : [], { place, claim }))) continue;
    for (const port of numbers) {
      if (missing.length === 0) break;
      if (claim && (await system.ports.canBind(port)) !== "free") continue;
      ports[missing.shift()!] = port;
    }
    if (missing.length === 0) return ok(ports);
  }
  return failed(noneFree(root, range, missing.length));
}

async function isUsable(
  system: PortSystem,
  block: number,
  numbers: readonly number[],
  { place, claim }: Pick<Wanted, "place" | "claim">,
): Promise<boolean> {
  const owner = await ownerOf(system, block);
  if (owner !== null && owner !== place.root) return false;
  if (!claim) return true;
  const listening = new Set(system.ports.listening().map(({ port }) => port));
  return !numbers.some((port) => listening.has(port)) && claimBlock(system, block, place);
}

export const noneFree = (root: string, { first, last }: Range, missing: number): Diagnostic => ({
  code: "DEVPM_WORKTREE_PORTS",
  severity: "error",
  summary: `No free block of ports from ${first} to ${last} is left for this worktree`,
  evidence: [
    ["worktree", root],
    ["needed", `${missing} more`],
  ],
  state: "Nothing was started.",
  fixes: [
    { label: "see what worktrees hold", command: "devpm list" },
    { label: "or choose another range", command: "DEVPM_WORKTREE_PORTS=24000-29999 devpm dev" },
    { label: "or the ports of the configuration", command: "devpm dev --no-isolated" },
  ],
});
