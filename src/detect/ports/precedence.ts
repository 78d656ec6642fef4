import type { Context } from "../context.ts";
import type { FrontEnd } from "../front/apps.ts";
import { isServiceOf } from "../services/containers.ts";
import type { RankedPort } from "./rank.ts";
import type { Backend } from "../python/backend.ts";
import { isAside } from "../python/locate.ts";

/** Which of two backends on the same port keeps it: an older copy yields, then the weaker claim. */
export function backendsFirst(context: Context, claims: ReadonlyMap<Backend, RankedPort>): [Backend, RankedPort][] {
  const isOlder = ({ cwd, targets }: Backend): number =>
    isCopy(cwd, context) || targets.some(({ command }) => OLDER.test(command.name ?? "")) ? 1 : 0;
  return [...claims].toSorted(([one, a], [other, b]) => isOlder(one) - isOlder(other) || a.rank - b.rank);
}

/** What is configured is kept; of others a site of documents yields, then an older copy, then what no container is built of. */
export function frontsFirst(context: Context, isConfigured: (front: FrontEnd) => boolean): FrontEnd[] {
  const { fronts, composed } = context;
  const isBuilt = ({ package: { folder } }: FrontEnd): boolean =>
    (composed?.stack.services ?? []).some((service) => service.build !== null && isServiceOf(service, folder, folder));
  const weight = (front: FrontEnd): number =>
    (isConfigured(front) ? 0 : 8) +
    (isAside(front.package.file) ? 4 : 0) +
    (isCopy(front.package.folder, context) ? 2 : 0) +
    (isBuilt(front) ? 0 : 1);
  return fronts.toSorted((a, b) => weight(a) - weight(b));
}

const OLDER = /(^|[-_.:/])(old|older|legacy|deprecated|backup|bak|copy)(?=$|[-_.:/])/i;

/** A second copy of an app beside it: `web-2`, `web_old`. */
function isCopy(folder: string, { backends, fronts }: Context): boolean {
  const stem = folder.replace(/[-_.]?v?\d+$/, "");
  const folders = [...backends.map(({ cwd }) => cwd), ...fronts.map((front) => front.package.folder)];
  return OLDER.test(folder) || (stem !== folder && folders.includes(stem));
}
