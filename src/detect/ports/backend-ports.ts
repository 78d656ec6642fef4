import type { Expectation } from "../front/expectations.ts";
import { DEFAULT_PORTS } from "./own-claims.ts";
import { RANK, type RankedPort } from "./rank.ts";
import type { Backend } from "../python/backend.ts";
import { groupBy } from "../../util/group.ts";

/**
 * The port of each backend. What a front end expects goes to one without a stronger claim: to the only one,
 * or to the one that names the same elsewhere.
 */
export function backendPorts(
  backends: readonly Backend[],
  own: ReadonlyMap<Backend, RankedPort[]>,
  expected: readonly Expectation[],
  taken: ReadonlySet<number>,
): Map<Backend, RankedPort> {
  const wanted = expected.filter(({ port }) => !taken.has(port));
  const open = backends.filter((one) => (own.get(one)?.[0]?.rank ?? Infinity) > RANK.toolVariable);
  const settled = new Set(backends.filter((one) => !open.includes(one)).map((one) => own.get(one)?.[0]?.port));
  const ports = new Map(
    backends.map((backend): [Backend, RankedPort] => {
      const claims = own.get(backend) ?? [];
      const hint = open.includes(backend)
        ? expectedOf(
            backend,
            claims,
            open,
            wanted.filter(({ port }) => !settled.has(port)),
          )
        : null;
      const all = [...claims, ...(hint ? [hint] : [])].toSorted((a, b) => a.rank - b.rank);
      return [backend, agreed(claims, wanted) ?? all[0] ?? fallback(backend)];
    }),
  );
  return sideBySide(ports, own);
}

/**
 * A document's default yields to the port of the backend's own container where another backend has that number: each document tells
 * of its own alone, and the compose file of both.
 */
function sideBySide(
  ports: ReadonlyMap<Backend, RankedPort>,
  own: ReadonlyMap<Backend, RankedPort[]>,
): Map<Backend, RankedPort> {
  const isTaken = (port: number, by: Backend): boolean =>
    [...ports].some(([backend, claim]) => backend !== by && claim.port === port);
  return new Map(
    [...ports].map(([backend, claim]) => {
      const isDefault = claim.rank === RANK.documentedDefault || claim.rank === RANK.namedAddress;
      const container = isDefault ? own.get(backend)?.find(({ rank }) => rank === RANK.container) : undefined;
      const yields = container && isTaken(claim.port, backend) && !isTaken(container.port, backend);
      return [backend, yields ? container : claim];
    }),
  );
}

const isDocument = ({ evidence: { file } }: RankedPort): boolean => /\.(mdx?|rst|txt)$/i.test(file);

/** What a front end expects and the code or a container names, too, where a document alone names another port. */
function agreed([first, ...others]: readonly RankedPort[], wanted: readonly Expectation[]): RankedPort | null {
  if (first === undefined || !isDocument(first) || wanted.some(({ port }) => port === first.port)) return null;
  const found = others.filter((one) => !isDocument(one)).find(({ port }) => wanted.some((one) => one.port === port));
  return found ?? null;
}

function fallback({ framework, evidence: [first] }: Backend): RankedPort {
  const port = DEFAULT_PORTS[framework];
  return {
    port,
    rank: RANK.frameworkDefault,
    evidence: { file: first?.file ?? "", line: first?.line ?? 1, says: `default of ${framework}` },
  };
}

function expectedOf(
  backend: Backend,
  claims: readonly RankedPort[],
  open: readonly Backend[],
  wanted: readonly Expectation[],
): RankedPort | null {
  const asClaim = ({ port, kind, evidence }: Expectation): RankedPort => ({
    port,
    rank: kind === "proxy" ? RANK.proxy : RANK.url,
    evidence,
  });
  const same = wanted.find(
    ({ port }) => claims.some((claim) => claim.port === port) || DEFAULT_PORTS[backend.framework] === port,
  );
  // a proxy that was left from a template loses against a URL that a command or a container confirms
  const confirmed = (kind: Expectation["kind"]): Expectation | undefined =>
    wanted.find(
      (one) => one.kind === kind && claims.some(({ port, rank }) => port === one.port && rank <= RANK.container),
    );
  const url = wanted.some(({ kind }) => kind === "proxy") && !confirmed("proxy") ? confirmed("url") : undefined;
  if (url) return asClaim(url);
  for (const kind of ["proxy", "url"] as const) {
    const of = wanted.filter((one) => one.kind === kind);
    if (of.length === 0) continue;
    const known = of.find(({ port }) => claims.some((claim) => claim.port === port));
    if (known) return asClaim(known);
    if (open.length === 1) return asClaim(mostFrequent(of, same?.port));
  }
  return null;
}

/** Of several ports the one that is named most; or the one that something else confirms, where it is among them. */
function mostFrequent(of: readonly Expectation[], confirmed: number | undefined): Expectation {
  const counted = groupBy(of, ({ port }) => port);
  const first = counted.get(confirmed ?? -1) ?? [...counted.values()].toSorted((a, b) => b.length - a.length)[0];
  return (first?.[0] ?? of[0]) as Expectation;
}
