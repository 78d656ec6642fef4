import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { THIS_MACHINE } from "./moved-addresses.ts";
import { sourceInWords, type VariableSource, type Variable } from "./variables.ts";

/** A database server that a variable names, and that other checkouts write to as well. */
export interface SharedData {
  variable: string;
  source: VariableSource;
  /** `postgresql at localhost:5432, database shop`; nothing of a login. */
  what: string;
}

/** The schemes of servers that keep data, each with its usual port. */
const SERVERS: readonly [scheme: RegExp, port: number][] = [
  [/^(?:postgres|postgresql|psql|pgsql|postgis|timescale|asyncpg|psycopg)$/, 5432],
  [/^(?:mysql|mysql2|mariadb)$/, 3306],
  [/^mongodb$/, 27_017],
  [/^(?:redis|rediss|valkey)$/, 6379],
  [/^(?:neo4j|bolt)(?:s|ssc)?$/, 7687],
  [/^amqps?$/, 5672],
];

const ADDRESS = /\b([a-z][a-z0-9]*)(?:\+\w+)?:\/\/(?:[^\s/"']*@)?(\[[^\]]+\]|[\w.-]+)(?::(\d+))?(?:\/([\w.%-]+))?/gi;

/**
 * The data that an app would share with the main checkout: on servers of this machine in which it has no part of its own, because
 * devpm does not manage them (`--no-infra`, no Docker, a server that was installed). `known`: `host:port` of those that are its
 * own, or were reported already.
 */
export const sharedData = (variables: readonly Variable[], known: ReadonlySet<string>): SharedData[] =>
  variables.flatMap(({ name, value, source }) => {
    if (source.kind === "devpm") return [];
    const found = [...value.matchAll(ADDRESS)].flatMap(([, scheme = "", host = "", digits, database]) => {
      const usual = SERVERS.find(([of]) => of.test(scheme.toLowerCase()))?.[1];
      const at = `${host.toLowerCase()}:${digits ?? usual}`;
      if (usual === undefined || !THIS_MACHINE.test(host) || known.has(at)) return [];
      return [`${scheme} at ${at}${database === undefined ? "" : `, database ${database}`}`];
    });
    return [...new Set(found)].map((what) => ({ variable: name, source, what }));
  });

/** One warning for all apps that read the same variables; null: nothing is shared. */
export function sharedDataWarning(root: string, shared: readonly SharedData[]): Diagnostic | null {
  if (shared.length === 0) return null;
  return {
    code: "DEVPM_DATA_SHARED",
    severity: "warning",
    summary: "This worktree writes to data that the main checkout uses too",
    evidence: shared.map(
      ({ variable, source, what }) => [variable, `${what} (${sourceInWords(source, root)})`] as const,
    ),
    state: "devpm gives a worktree a database of its own only in compose services that it manages.",
    fixes: [
      { label: "with the compose services, which have one for each worktree", command: "devpm dev" },
      { label: "or say that it is meant", command: "devpm dev --no-isolated" },
    ],
  };
}
