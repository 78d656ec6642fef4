import type { Allotment } from "../../checkout/allotment.ts";
import { plainName } from "../../checkout/name.ts";
import type { Isolation } from "../../model/project.ts";
import type { SharedStore } from "../../model/shared-store.ts";
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
    const seen = context.live.snapshot()?.get(service);
    const published = [...(seen?.container.ports ?? []), ...bodyOf(context, service).ports];
    const hosts = published
      .filter(({ container, host }) => container === port && host !== null)
      .map(({ host }) => host);
    const names = ["localhost", "127.0.0.1", "0.0.0.0", "[::1]", context.engine.endpoint.host];
    const env = seen?.details?.env ?? bodyOf(context, service).environment;
    return [
      {
        service,
        kind: name,
        addresses: [...new Set(hosts.flatMap((host) => names.map((one) => `${one}:${host}`)))],
        database: name === "postgres" ? (env.POSTGRES_DB ?? env.POSTGRES_USER ?? "postgres") : null,
        own: name === "postgres" ? (database) => ownName(database, isolation) : (number) => redis.own(service, number),
      },
    ];
  });
}

/** Numbered databases of Redis: those that a checkout has, and a free one for each that it names. */
export interface Numbers {
  own(service: string, number: string): string | null;
  /** By service and number of the configuration. */
  given(): Record<string, number>;
}

/** What a main checkout uses is a low number, and tests like the last: those come last, and 0 and 1 never. */
const ORDER = [...Array.from({ length: NUMBERED - 3 }, (_, index) => NUMBERED - 2 - index), NUMBERED - 1];

/** `others`: what other checkouts have. */
export function redisNumbers(kept: Readonly<Record<string, number>>, others: readonly Allotment[]): Numbers {
  const given: Record<string, number> = { ...kept };
  return {
    own(service, number) {
      const key = `${service}:${number}`;
      const taken = new Set([...others.flatMap(({ redis }) => Object.values(redis)), ...Object.values(given)]);
      const free = ORDER.find((one) => !taken.has(one) && String(one) !== number);
      given[key] ??= free ?? -1;
      if (given[key] !== -1) return String(given[key]);
      delete given[key];
      return null;
    },
    given: () => ({ ...given }),
  };
}
