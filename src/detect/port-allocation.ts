import type { Composed } from "./compose/choose.ts";
import type { Context } from "./context.ts";
import { documentedClaims } from "./documented-port.ts";
import type { FrontEnd } from "./front/apps.ts";
import { configuredPort } from "./front/config.ts";
import { publishedPort, typedPort } from "./front/typed-port.ts";
import { nodeServerPorts } from "./front/node-servers.ts";
import type { Package } from "./front/packages.ts";
import { type Claim, backendPorts, isServiceOf, ownClaims } from "./ports.ts";
import type { Backend } from "./python/backends.ts";
import { isAside } from "./python/locate.ts";

export interface FrontPort {
  port: number;
  evidence: Claim["evidence"] | null;
}

export interface Ports {
  backends: Map<Backend, Claim>;
  fronts: Map<FrontEnd, FrontPort>;
  /** What had to yield to another one on the same number. */
  notes: string[];
}

/** Each port once: an explicit port is kept, a default moves to the next free number. */
export function allocatePorts(context: Context): Ports {
  const { repository, commands, composed, backends, fronts, expected, packages } = context;
  const configured = new Map(
    fronts.map((front) => [
      front,
      typedPort(commands, front) ??
        configuredPort(repository, front) ??
        publishedPort(commands, composed?.apps ?? [], front),
    ]),
  );
  const hints = fronts.flatMap((front) =>
    (expected.get(front) ?? []).filter(({ port }) => port !== (configured.get(front)?.port ?? front.tool.port)),
  );
  const isFront = (one: Package): boolean => fronts.some((front) => front.package === one);
  const others = new Set([...otherPorts(composed, fronts), ...nodeServerPorts(repository, packages, isFront)]);
  const pages = fronts.map((front) => configured.get(front)?.port ?? front.tool.port);
  const notOwn = new Set([...others, ...pages]);
  const own = new Map(
    backends.map((one) => {
      const claims = ownClaims(one, commands, repository, composed);
      return [one, claims.length > 0 ? claims : documentedClaims(repository, one, backends, notOwn)];
    }),
  );
  const claims = backendPorts(backends, own, hints, others);
  const notes: string[] = [];
  const free = giver(notes);
  const folders = [...backends.map(({ cwd }) => cwd), ...fronts.map((front) => front.package.folder)];
  const yields = (folder: string, names: readonly (string | null)[] = []): number =>
    isCopy(folder, folders) || names.some((name) => OLDER.test(name ?? "")) ? 1 : 0;
  const yielding = new Map(
    backends.map(
      (one) =>
        [
          one,
          yields(
            one.cwd,
            one.targets.map(({ command }) => command.name),
          ),
        ] as const,
    ),
  );
  const firm = [...claims].toSorted(
    ([one, a], [other, b]) => (yielding.get(one) ?? 0) - (yielding.get(other) ?? 0) || a.rank - b.rank,
  );
  const settled = new Map(firm.map(([backend, claim]) => [backend, { ...claim, port: free(claim.port, backend.cwd) }]));
  // what is configured is kept; of others a site of documents is the one that moves
  const weight = (front: FrontEnd): number =>
    (configured.get(front) === null ? 2 : 0) + (isAside(front.package.file) ? 1 : 0) + yields(front.package.folder) / 2;
  const order = fronts.toSorted((a, b) => weight(a) - weight(b));
  const fronted = new Map(
    order.map((front): [FrontEnd, FrontPort] => [
      front,
      {
        port: free(configured.get(front)?.port ?? front.tool.port, front.package.folder),
        evidence: configured.get(front)?.evidence ?? null,
      },
    ]),
  );
  return { backends: settled, fronts: fronted, notes };
}

const OLDER = /(^|[-_.:/])(old|older|legacy|deprecated|backup|bak|copy)(?=$|[-_.:/])/i;

/** A second copy of an app beside it: `web-2`, `web_old`. Of two on the same port it is the one that moves. */
function isCopy(folder: string, folders: readonly string[]): boolean {
  const stem = folder.replace(/[-_.]?v?\d+$/, "");
  return OLDER.test(folder) || (stem !== folder && folders.includes(stem));
}

/** Gives each port once, and the next free number to the second one. */
function giver(notes: string[]): (port: number, cwd: string) => number {
  const taken = new Set<number>();
  return (port, cwd) => {
    let at = port;
    while (taken.has(at)) at++;
    taken.add(at);
    if (at !== port) notes.push(`the app in ${cwd} gets port ${at}: another one has ${port}`);
    return at;
  };
}

/** Published ports that are no backend's: those of stores, and of the front ends' own containers. */
function otherPorts(composed: Composed | null, fronts: readonly FrontEnd[]): Set<number> {
  const pages = (composed?.apps ?? []).filter((service) =>
    fronts.some(({ package: { folder } }) => folder !== "." && isServiceOf(service, folder, folder)),
  );
  return new Set(
    [...(composed?.infra ?? []), ...pages].flatMap(({ ports }) => ports.flatMap(({ host }) => host ?? [])),
  );
}
