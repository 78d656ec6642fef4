/** A database server in a container that several checkouts share; each has databases of its own in it. */
export interface SharedStore {
  service: string;
  kind: "postgres" | "redis";
  /** `host:port`, wherever it is reached: `localhost:5432`, `127.0.0.1:5432`. */
  addresses: readonly string[];
  /** Postgres: the database that its container was made with. */
  database: string | null;
  /** What a database of the configuration is called in this checkout; null: none is left, so it is shared. */
  own(name: string): string | null;
  /** Of databases that are numbered: takes a free one for each of these that has none, before `own` is asked. */
  take?(names: readonly string[]): Promise<void>;
}

/** A database that an app was given in the place of the configuration's. */
export interface OwnedDatabase {
  service: string;
  from: string;
  to: string;
}

/** How a port of this machine is named; Compose publishes on `also` where the engine runs elsewhere. */
export const addressesOf = (port: number, also: readonly string[] = []): string[] =>
  ["localhost", "127.0.0.1", "0.0.0.0", "[::1]", ...also].map((host) => `${host}:${port}`);
