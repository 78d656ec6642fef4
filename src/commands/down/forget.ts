import { everyAllocation, removeAllocation, type Allocation } from "../../checkout/allocation.ts";
import { releaseCheckoutClaims } from "../../checkout/claims.ts";
import { checkoutOf, type Checkout } from "../../checkout/git.ts";
import { forgetMissing, isGone } from "../../checkout/gone.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { Outcome } from "../../diagnostics/outcome.ts";
import { dropOwned } from "../../infra/own/drop.ts";
import type { Receipt } from "../../model/events.ts";
import { instanceOf, type Instance } from "../../model/instance.ts";
import type { System } from "../../system/system.ts";
import { receiptLines } from "../../ui/receipt.ts";
import { plural } from "../../util/text.ts";

interface Forgotten {
  lines: string[];
  problems: Diagnostic[];
}

/** Ends what runs in a checkout, and what a crashed session left there. */
type EndSessions = (instance: Instance) => Promise<Outcome<Receipt[]>>;

/**
 * Drops what a checkout was given, and what those worktrees of its repository were whose folder was removed: they cannot be asked any
 * more. What cannot be dropped now stays recorded.
 */
export async function forgetCheckout(system: System, instance: Instance, end: EndSessions): Promise<Forgotten> {
  const { files } = system;
  const here = await checkoutOf(files, instance.root).catch(() => null);
  const done: Forgotten = { lines: [], problems: [] };
  let chosen = 0;
  for (const one of await everyAllocation(system)) {
    const isHere = one.root === instance.root;
    const gone = !isHere && (await isGone(files, one));
    if (!isHere && (!(await isOfRepository(files, one, here)) || !(gone || (await isMissing(files, one))))) continue;
    if (isHere || gone) {
      chosen++;
      await forgetOne(system, one, end, done);
    } else done.lines.push(keptLine(one));
  }
  if (chosen === 0) done.lines.push("this checkout holds nothing of its own");
  return done;
}

const isMissing = async (files: System["files"], { root }: Allocation): Promise<boolean> =>
  (await files.kind(root).catch(() => "other")) === null;

/** The data of another project is not this command's to drop, unless that is gone as a whole and cannot do it itself. */
async function isOfRepository(files: System["files"], one: Allocation, here: Checkout | null): Promise<boolean> {
  if (one.common === undefined || one.common === here?.common) return true;
  return (await files.kind(one.common).catch(() => "other")) === null;
}

const keptLine = ({ root }: Allocation): string =>
  `${root} is missing, perhaps with its disk, and keeps what it has; if it was deleted: ${forgetMissing(root)}`;

async function forgetOne(
  system: System,
  allocation: Allocation,
  end: EndSessions,
  { lines, problems }: Forgotten,
): Promise<void> {
  const { root, ports } = allocation;
  const instance = instanceOf(root, system.environment);
  // a session outlives its folder, and would go on without its databases and on ports that are another's
  const ended = await end(instance);
  if (!ended.ok) return void problems.push(...ended.diagnostics);
  for (const receipt of ended.value)
    lines.push(...receiptLines({ ...receipt, infraUp: [] }).map((line) => `${root}: ${line}`));
  const { dropped, failures } = await dropOwned(system, allocation);
  lines.push(...dropped);
  if (failures.length > 0) {
    problems.push(notForgotten(root, failures));
    return;
  }
  await removeAllocation(system, instance);
  await releaseCheckoutClaims(system, root);
  // a task that was done was done in a database that is gone
  await system.files.remove(instance.setup);
  lines.push(`${root} gave back ${plural(Object.keys(ports).length, "port")}`);
}

export const notForgotten = (root: string, failures: readonly string[]): Diagnostic => ({
  code: "DEVPM_WORKTREE_KEPT",
  severity: "error",
  summary: "Not everything that a worktree was given could be dropped",
  evidence: [
    ["worktree", root],
    ["kept", failures],
  ],
  state: "What is left stays recorded, and can be dropped later.",
  fixes: [
    { label: "start its containers", command: "devpm infra up" },
    { label: "then", command: "devpm down --forget" },
  ],
});
