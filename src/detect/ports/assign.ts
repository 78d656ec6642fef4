import type { Composed } from "../compose/composed.ts";
import type { Context } from "../context.ts";
import { documentedClaims } from "./documented-claims.ts";
import type { FrontEnd } from "../front/apps.ts";
import { configuredPort } from "../front/own-port.ts";
import { publishedPort, typedPort } from "../front/typed-port.ts";
import { nodeServerPorts } from "../front/node-servers.ts";
import type { Package } from "../front/packages.ts";
import { isUnsafePort } from "../../model/unsafe-ports.ts";
import { backendsFirst, frontsFirst } from "./precedence.ts";
import { isServiceOf } from "../services/containers.ts";
import { ownClaims } from "./own-claims.ts";
import { RANK, type RankedPort } from "./rank.ts";
import { backendPorts } from "./backend-ports.ts";
import type { Backend } from "../python/backend.ts";

export interface FrontPort {
  port: number;
  evidence: RankedPort["evidence"] | null;
}

export interface AssignedPorts {
  backends: Map<Backend, RankedPort>;
  fronts: Map<FrontEnd, FrontPort>;
  /** What had to yield to another one on the same number. */
  notes: string[];
}

/** Each port once: an explicit port is kept, a default moves to the next free number. */
export function assignPorts(context: Context): AssignedPorts {
  const { repository, commands, composed, backends, fronts, configs, expected, packages } = context;
  const configured = new Map(
    fronts.map((front) => [
      front,
      typedPort(commands, front) ??
        configuredPort(repository, front, configs.get(front) ?? []) ??
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
  const set = new Set([...configured.values()].map((one) => one?.port));
  const own = new Map(
    backends.map((one) => {
      // a `PORT` above both that a front end has is the front end's
      const claims = ownClaims(context, one).filter(({ rank, port }) => rank !== RANK.settingsFile || !set.has(port));
      return [one, claims.length > 0 ? claims : documentedClaims(context, one, notOwn)];
    }),
  );
  const claims = backendPorts(backends, own, hints, others);
  const notes: string[] = [];
  const free = giver(notes);
  const settled = new Map(
    backendsFirst(context, claims).map(([backend, claim]) => [
      backend,
      { ...claim, port: free(claim.port, backend.cwd) },
    ]),
  );
  const fronted = new Map(
    frontsFirst(context, (front) => configured.get(front) !== null).map((front): [FrontEnd, FrontPort] => [
      front,
      {
        port: free(configured.get(front)?.port ?? front.tool.port, front.package.folder),
        evidence: configured.get(front)?.evidence ?? null,
      },
    ]),
  );
  return { backends: settled, fronts: fronted, notes };
}

/** Gives each port once, and the next free number that browsers open to the second one. */
function giver(notes: string[]): (port: number, cwd: string) => number {
  const taken = new Set<number>();
  return (port, cwd) => {
    let at = port;
    while (taken.has(at) || (at !== port && isUnsafePort(at))) at++;
    taken.add(at);
    if (at !== port) notes.push(`the app in ${cwd} gets port ${at}: another one has ${port}`);
    return at;
  };
}

/** Published ports that are no backend's: those of stores, of proxies before the apps, and of the front ends' own containers. */
function otherPorts(composed: Composed | null, fronts: readonly FrontEnd[]): Set<number> {
  const pages = (composed?.apps ?? []).filter((service) =>
    fronts.some(({ package: { folder } }) => folder !== "." && isServiceOf(service, folder, folder)),
  );
  const proxies = (composed?.stack.services ?? []).filter(({ name }) => composed?.roles.get(name) === "proxy");
  return new Set(
    [...(composed?.infra ?? []), ...proxies, ...pages].flatMap(({ ports }) => ports.flatMap(({ host }) => host ?? [])),
  );
}
