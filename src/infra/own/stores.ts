import { plainName } from "../../checkout/name.ts";
import type { Isolation } from "../../model/project.ts";
import { addressesOf, type SharedStore } from "../../model/shared-store.ts";
import { bodyOf, type InfraContext } from "../context.ts";

/** The longest name that Postgres keeps whole. */
const LONGEST = 63;
/** Redis has this many numbered databases unless it is configured otherwise. */
const NUMBERED = 16;

const KINDS = [
  ["postgres", 5432, /(?:^|\/)(?:postgres|postgis|pgvector|timescaledb)\b|postgres/],
  ["redis", 6379, /(?:^|\/)(?:redis|redis-stack|valkey)\b/],
] as const;

export const kindOf = (context: InfraContext, service: string): SharedStore["kind"] | null =>
  KINDS.find(([, , image]) => image.test(bodyOf(context, service).image ?? ""))?.[0] ?? null;

/** `market_feature_login`: by the name that the configuration has. */
export function ownName(name: string, { name: worktree }: Isolation): string {
  const suffix = `_${worktree.replaceAll("-", "_")}`;
  const whole = `${name}${suffix}`;
  if (Buffer.byteLength(whole) <= LONGEST) return whole;
  return `${plainName(name, name)
    .replaceAll("-", "_")
    .slice(0, LONGEST - suffix.length)}${suffix}`;
}

/** What checkouts share here, as far as each can have a part of its own. */
export function sharedStores(context: InfraContext, isolation: Isolation, redis: Numbers): SharedStore[] {
  return context.services.flatMap((service): SharedStore[] => {
    const kind = KINDS.find(([name]) => name === kindOf(context, service));
    if (!kind) return [];
    const [name, port] = kind;
    const seen = context.containers.snapshot()?.get(service);
    const env = seen?.details?.env ?? bodyOf(context, service).environment;
    const addresses = addressesIn(context, service, (container) => container === port);
    if (name === "redis")
      return [
        {
          service,
          kind: name,
          addresses,
          database: null,
          own: (number) => redis.own(service, number),
          take: (numbers) => redis.take(service, numbers),
        },
      ];
    const database = env.POSTGRES_DB ?? env.POSTGRES_USER ?? "postgres";
    return [{ service, kind: name, addresses, database, own: (from) => ownName(from, isolation) }];
  });
}

/** The addresses of a service, at those of its published ports that are wanted. */
export function addressesIn(
  context: InfraContext,
  service: string,
  isWanted: (container: number) => boolean = () => true,
): string[] {
  const published = [
    ...(context.containers.snapshot()?.get(service)?.container.ports ?? []),
    ...bodyOf(context, service).ports,
  ];
  const hosts = published.flatMap(({ container, host }) => (host !== null && isWanted(container) ? [host] : []));
  return [...new Set(hosts.flatMap((host) => addressesOf(host, [context.engine.endpoint.host.toLowerCase()])))];
}

/** Numbered databases of Redis: those that a checkout has, and a free one for each that it names. */
export interface Numbers {
  /** null: none was taken, as none is free. */
  own(service: string, number: string): string | null;
  /** Takes one for each that has none. */
  take(service: string, numbers: readonly string[]): Promise<void>;
  /** By service and number of the configuration. */
  given(): Record<string, number>;
}

/**
 * From the last but one down to 2, then the last: main checkouts use low numbers (0 and 1 are never given), and tests like the
 * last.
 */
const ORDER = [...Array.from({ length: NUMBERED - 3 }, (_, index) => NUMBERED - 2 - index), NUMBERED - 1];

/** `claim`: takes one; false where another checkout has it, however many start at the same moment. */
export function redisNumbers(
  kept: Readonly<Record<string, number>>,
  claim: (service: string, number: number) => Promise<boolean>,
): Numbers {
  const given: Record<string, number> = {};
  const keyOf = (service: string, number: string): string => `${service}:${number}`;
  const isFree = (service: string, number: string, one: number): boolean =>
    String(one) !== number && !Object.entries(given).some(([key, has]) => has === one && key.startsWith(`${service}:`));
  let taking: Promise<void> = Promise.resolve();
  async function takeOne(service: string, number: string): Promise<void> {
    const key = keyOf(service, number);
    if (given[key] !== undefined) return;
    for (const one of [kept[key] ?? 0, ...ORDER])
      if (one > 0 && isFree(service, number, one) && (await claim(service, one))) {
        given[key] = one;
        return;
      }
  }
  return {
    own: (service, number) => given[keyOf(service, number)]?.toString() ?? null,
    // one after another: a checkout may take again what it has, for another number
    take: (service, numbers) =>
      (taking = taking.then(async () => {
        for (const number of numbers) await takeOne(service, number);
      })),
    given: () => ({ ...kept, ...given }),
  };
}
