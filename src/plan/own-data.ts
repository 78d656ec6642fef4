import type { OwnedDatabase, SharedStore } from "../model/shared-store.ts";
import type { Variable } from "./variables.ts";

export interface OwnData {
  variables: Variable[];
  /** Each database once: it must be there before the app starts. */
  databases: OwnedDatabase[];
  /** One line each: which variable names which database now, and what is shared all the same. */
  lines: string[];
}

/** Variables that hold the name of a Postgres database alone. */
const NAMES = /^(?:PGDATABASE|POSTGRES_(?:DB|DATABASE|NAME)|(?:DB|DATABASE)_NAME|DB_DATABASE)$/;

/**
 * The variables of an app whose checkout shares database servers with others: what names a database there names one of its own.
 * Whatever they come from, also the shell: the data of the main checkout is never written to from here.
 */
export function ownData(app: string, variables: readonly Variable[], stores: readonly SharedStore[]): OwnData {
  const databases = new Map<string, OwnedDatabase>();
  const lines: string[] = [];
  const give = ({ service, own }: SharedStore, from: string, name: string): string | null => {
    const to = own(from);
    if (to === null) {
      lines.push(`${app}: ${name} shares database ${from} of ${service}: no database is left for this worktree`);
      return null;
    }
    databases.set(`${service}/${to}`, { service, from, to });
    lines.push(`${app}: ${name} names ${service}'s database ${to} instead of ${from}`);
    return to;
  };
  const changed = variables.map((variable) => {
    const { name, value, source } = variable;
    if (source.kind === "devpm") return variable;
    const now = stores.reduce((text, store) => renamed(name, text, store, (from) => give(store, from, name)), value);
    return now === value ? variable : { ...variable, value: now };
  });
  return { variables: changed, databases: [...databases.values()], lines };
}

type Give = (from: string) => string | null;

function renamed(name: string, value: string, store: SharedStore, give: Give): string {
  if (store.kind === "redis") return redisUrls(value, store, give);
  const urls = keywords(postgresUrls(value, store, give), store, give);
  if (urls !== value || !NAMES.test(name) || value !== store.database) return urls;
  return give(value) ?? value;
}

const isAt = ({ addresses }: SharedStore, host: string, port: string): boolean =>
  addresses.includes(`${host.toLowerCase()}:${port}`);

/** `postgresql+psycopg://ana:secret@localhost:5432/shop?sslmode=disable`, also behind `jdbc:`; a password may have an @. */
const POSTGRES =
  /\b((?:postgres|postgresql|psql|pgsql|postgis|timescale|asyncpg|psycopg)(?:\+\w+)?:\/\/(?:[^\s/"']*@)?)(\[[^\]]+\]|[\w.-]+)(?::(\d+))?\/([\w.%-]+)/gi;

const postgresUrls = (value: string, store: SharedStore, give: Give): string =>
  value.replaceAll(POSTGRES, (all, before: string, host: string, port: string | undefined, database: string) => {
    if (!isAt(store, host, port ?? "5432")) return all;
    const to = give(decoded(database));
    return to === null ? all : `${before}${host}${port === undefined ? "" : `:${port}`}/${encodeURIComponent(to)}`;
  });

/** `host=localhost port=5432 dbname=shop`, as libpq takes it. */
function keywords(value: string, store: SharedStore, give: Give): string {
  const host = /\bhost=([\w.[\]:-]+)/.exec(value)?.[1];
  const port = /\bport=(\d+)/.exec(value)?.[1] ?? "5432";
  if (host === undefined || !isAt(store, host, port)) return value;
  return value.replace(/\bdbname=([\w-]+)/, (all, database: string) => {
    const to = give(database);
    return to === null ? all : `dbname=${to}`;
  });
}

const REDIS =
  /\b((?:redis|rediss|valkey):\/\/(?:[^\s/"']*@)?)(\[[^\]]+\]|[\w.-]+)(?::(\d+))?(?:\/(\d+)?)?(?![\w/.-])/gi;

const redisUrls = (value: string, store: SharedStore, give: Give): string =>
  value.replaceAll(
    REDIS,
    (all, before: string, host: string, port: string | undefined, database: string | undefined) => {
      if (!isAt(store, host, port ?? "6379")) return all;
      const to = give(database ?? "0");
      return to === null ? all : `${before}${host}${port === undefined ? "" : `:${port}`}/${to}`;
    },
  );

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
