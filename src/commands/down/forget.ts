import { everyAllotment, removeAllotment, type Allotment } from "../../checkout/allotment.ts";
import { releaseBlocks } from "../../checkout/blocks.ts";
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
 * Drops what a checkout was given, and what those were whose folder is gone: a worktree that was removed cannot be asked any more. What
 * cannot be dropped now is kept in the books.
 */
export async function forget(system: System, instance: Instance, end: EndSessions): Promise<Forgotten> {
  const { files } = system;
  const all = await everyAllotment(system);
  // a folder that cannot be looked at is not gone
  const gone = await Promise.all(all.map(async ({ root }) => (await files.kind(root).catch(() => "other")) === null));
  const chosen = all.filter(({ root }, index) => root === instance.root || gone[index]);
  const done: Forgotten = { lines: [], problems: [] };
  for (const one of chosen) {
    // a number that two took at the same moment is not emptied under the other
    const others = new Set(all.flatMap((other) => (other === one ? [] : Object.values(other.redis))));
    const databases = one.databases.filter(({ name, numbered }) => !numbered || !others.has(Number(name)));
    await forgetOne(system, { ...one, databases }, end, done);
  }
  if (chosen.length === 0) done.lines.push("this checkout holds nothing of its own");
  return done;
}

async function forgetOne(
  system: System,
  allotment: Allotment,
  end: EndSessions,
  { lines, problems }: Forgotten,
): Promise<void> {
  const { root, ports } = allotment;
  const instance = instanceOf(root, system.environment);
  // a session outlives its folder, and would go on without its databases and on ports that are another's
  const ended = await end(instance);
  if (!ended.ok) return void problems.push(...ended.diagnostics);
  for (const receipt of ended.value)
    lines.push(...receiptLines({ ...receipt, infraUp: [] }).map((line) => `${root}: ${line}`));
  const { dropped, failures } = await dropOwned(system, allotment);
  lines.push(...dropped);
  if (failures.length > 0) {
    problems.push(notForgotten(root, failures));
    return;
  }
  await removeAllotment(system, instance);
  await releaseBlocks(system, root);
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
  state: "What is left is kept in mind, and can be dropped later.",
  fixes: [
    { label: "start its containers", command: "devpm infra up" },
    { label: "then", command: "devpm down --forget" },
  ],
});
