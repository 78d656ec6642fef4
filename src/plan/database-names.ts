import type { SharedStore } from "../model/shared-store.ts";

/** Variables that hold the name of a Postgres database alone. */
const NAMES = /^(?:PGDATABASE|POSTGRES_(?:DB|DATABASE|NAME)|(?:DB|DATABASE)_NAME|DB_DATABASE)$/;

/** The name to write for a database; null: it stays as it is. */
type Give = (from: string) => string | null;

/** The value of a variable with the names of a store's databases replaced: in addresses, in libpq's keywords, or alone. */
export function renamed(name: string, value: string, store: SharedStore, give: Give): string {
  if (store.kind === "redis") return redisUrls(value, store, give);
  const urls = keywords(postgresUrls(value, store, give), store, give);
  if (urls !== value || !NAMES.test(name) || value !== store.database) return urls;
  return give(value) ?? value;
}

const isAt = ({ addresses }: SharedStore, host: string, port: string): boolean =>
  addresses.includes(`${host.toLowerCase()}:${port}`);

const HOST = String.raw`(?:\[[^\]]+\]|[\w.-]+)(?::\d+)?`;

/**
 * `postgresql+psycopg://ana:secret@localhost:5432/shop?sslmode=disable`, also behind `jdbc:`; a password may have an @, hosts may be
 * several or in the parameters, as libpq takes them.
 */
const POSTGRES = new RegExp(
  String.raw`\b((?:postgres|postgresql|psql|pgsql|postgis|timescale|asyncpg|psycopg)(?:\+\w+)?:\/\/)((?:[^\s/"']*@)?)((?:${HOST}(?:,${HOST})*)?)(?:\/([\w.%-]*))?(\?[^\s"'#]*)?`,
  "gi",
);

const postgresUrls = (value: string, store: SharedStore, give: Give): string =>
  value.replaceAll(
    POSTGRES,
    (all, scheme: string, login: string, hosts: string, path: string | undefined, query: string | undefined) => {
      const parameters = new URLSearchParams(query ?? "");
      const isHere = placesOf(hosts, parameters).some(([host, port]) => isAt(store, host, port));
      const named = parameters.get("dbname");
      // without a name libpq takes the user's
      const from = named ?? decoded(path || (/^[^:@]+/.exec(login)?.[0] ?? ""));
      const to = isHere && from !== "" ? give(from) : null;
      if (to === null) return all;
      const parametersNow =
        query?.replace(/([?&]dbname=)[^&]*/, (_, key: string) => key + encodeURIComponent(to)) ?? "";
      const pathNow = named === null ? `/${encodeURIComponent(to)}` : path === undefined ? "" : `/${path}`;
      return `${scheme}${login}${hosts}${pathNow}${parametersNow}`;
    },
  );

/** Where libpq would connect to; none: a socket of this machine. */
function placesOf(hosts: string, parameters: URLSearchParams): [host: string, port: string][] {
  const names = parameters.get("host") ?? parameters.get("hostaddr") ?? hosts;
  const ports = (parameters.get("port") ?? "").split(",");
  return names
    .split(",")
    .filter((one) => one !== "")
    .map((one, at) => {
      const [, host = one, port] = /^(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(one) ?? [];
      return [host, port ?? (ports[at] || ports[0] || "5432")];
    });
}

/** `host=localhost port=5432 dbname=shop`, as libpq takes it. */
function keywords(value: string, store: SharedStore, give: Give): string {
  const valueOf = (name: string): string | null =>
    new RegExp(String.raw`(?<![\w?&])${name}=('?)([\w.,[\]:-]+)\1`).exec(value)?.[2] ?? null;
  const parameters = new URLSearchParams();
  for (const name of ["host", "hostaddr", "port"]) {
    const found = valueOf(name);
    if (found !== null) parameters.set(name, found);
  }
  if (!placesOf("", parameters).some(([host, port]) => isAt(store, host, port))) return value;
  return value.replace(/(?<![\w?&])dbname=('?)([\w-]+)\1/, (all, quote: string, database: string) => {
    const to = give(database);
    return to === null ? all : `dbname=${quote}${to}${quote}`;
  });
}

const REDIS =
  /\b((?:redis|rediss|valkey):\/\/(?:[^\s/"']*@)?)(\[[^\]]+\]|[\w.-]+)(?::(\d+))?(?:\/(\d+)?)?(?![\w/.-])(\?[^\s"'#]*)?/gi;

const redisUrls = (value: string, store: SharedStore, give: Give): string =>
  value.replaceAll(
    REDIS,
    (all, before: string, host: string, port: string | undefined, path: string | undefined, query = "") => {
      if (!isAt(store, host, port ?? "6379")) return all;
      // `?db=1`, as redis-py takes it
      const named = /[?&]db=(\d+)/.exec(query as string)?.[1];
      const to = give(named ?? path ?? "0");
      if (to === null) return all;
      const parameters = (query as string).replace(/([?&]db=)\d+/, (_, key: string) => key + to);
      return `${before}${host}${port === undefined ? "" : `:${port}`}/${to}${parameters}`;
    },
  );

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
