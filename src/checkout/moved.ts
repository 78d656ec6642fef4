import path from "node:path";
import { instanceOf } from "../model/instance.ts";
import type { System } from "../system/system.ts";
import { everyAllocation, removeAllocation, writeAllocation, type Allocation } from "./allocation.ts";
import { moveClaims } from "./claims.ts";
import type { Checkout } from "./git.ts";
import type { CheckoutPlace } from "./gone.ts";

type Deps = Pick<System, "files" | "environment">;

/** What a linked worktree was given where it was before `git worktree move`, which keeps its name in git; null: nothing. */
export async function formerOf(deps: Deps, checkout: Checkout | null, root: string): Promise<Allocation | null> {
  if (!checkout?.linked) return null;
  const inside = path.relative(checkout.folder, root);
  for (const one of await everyAllocation(deps)) {
    const isIt = one.common === checkout.common && one.linked === checkout.linked && (one.inside ?? "") === inside;
    if (!isIt || (await deps.files.kind(one.root).catch(() => "other")) !== null) continue;
    return { ...one, root, formerly: [...(one.formerly ?? []), one.root] };
  }
  return null;
}

/** Its ports and databases belong to where it is now, and to nothing else. */
export async function takeOver(deps: Deps, former: Allocation, place: CheckoutPlace): Promise<void> {
  const from = former.formerly?.at(-1);
  if (from === undefined) return;
  await writeAllocation(deps, instanceOf(place.root, deps.environment), { ...former, ...place });
  await moveClaims(deps, from, place);
  await removeAllocation(deps, instanceOf(from, deps.environment));
}
