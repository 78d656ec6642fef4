import { portOutside } from "../compose/kafka.ts";
import type { Service } from "../compose/model.ts";
import type { Piece } from "../model.ts";
import { isPlaceholder } from "./placeholder.ts";

/** The value with the service's host and port in place of the container's; null where part of it is unknown. */
export function piecesOf(value: string, service: Service): Piece[] | null {
  const { name, ports, environment } = service;
  if (ports.length === 0) return null;
  const pieces: Piece[] = [];
  const at = new RegExp(`(^|//|@)${name.replaceAll(/[^\w-]/g, ".")}(?::(\\d+))?(?=/|$|\\?)`).exec(value);
  if (!at) return null;
  const before = value.slice(0, at.index + (at[1]?.length ?? 0));
  const after = value.slice(at.index + at[0].length);
  const port = at[2] === undefined ? null : portOutside(service, Number(at[2]));
  if (port !== null && !ports.some(({ container }) => container === port)) return null;
  const meant = port ?? portOfScheme(value, service);
  pieces.push(
    before,
    { service: name, what: "host" },
    ...(meant === null ? [] : [":", { service: name, what: "port", port: meant } as const]),
    after,
  );
  const written = withVariables(pieces, name, environment);
  // what the developer fills in would be hidden by it
  return written?.some((piece) => typeof piece === "string" && BLANK.test(piece)) ? null : written;
}

/** By the scheme without `+asyncpg` and the like. */
const PORTS: Readonly<Record<string, number>> = {
  ...{ postgres: 5432, postgresql: 5432, mysql: 3306, mariadb: 3306, mongodb: 27017, redis: 6379, valkey: 6379 },
  ...{ amqp: 5672, pyamqp: 5672, nats: 4222, kafka: 9092, bolt: 7687, neo4j: 7687, http: 80, https: 443 },
};

/** Where an address names no port, its scheme's; that is published elsewhere in a worktree, or always. A bare name has none. */
function portOfScheme(value: string, { name, ports }: Service): number | null {
  if (value === name) return null;
  const scheme = /^([a-z]\w*)(\+\w+)?:\/\//.exec(value)?.[1] ?? "";
  const own = ports.find(({ container }) => container === PORTS[scheme]);
  const [first] = ports;
  return own?.container ?? (first && first.host !== first.container ? first.container : null);
}

/** `postgresql://<user>:<password>@db/shop` */
const BLANK = /<[\w-]+>/;

/** `${POSTGRES_USER}` that no file gives a value is taken from the container itself. */
function withVariables(pieces: readonly Piece[], service: string, environment: Service["environment"]): Piece[] | null {
  const result: Piece[] = [];
  for (const piece of pieces) {
    if (typeof piece !== "string") {
      result.push(piece);
      continue;
    }
    for (const [index, part] of piece.split(/\$\{(\w+)[^}]*\}/).entries()) {
      if (index % 2 === 0) result.push(part);
      else if (Object.hasOwn(environment, part)) result.push({ service, what: "env", name: part });
      else return null;
    }
  }
  return withSecrets(result, service, environment).filter((piece) => piece !== "");
}

/** A password that the developer fills in is not that of the template: it is taken from the container, too. */
function withSecrets(pieces: readonly Piece[], service: string, environment: Service["environment"]): Piece[] {
  const secrets = Object.entries(environment).flatMap(([name, value]) =>
    value !== null && value !== "" && isPlaceholder(value) ? [[name, value] as const] : [],
  );
  return pieces.flatMap((piece) => {
    const [name, value] = secrets.find(([, one]) => typeof piece === "string" && piece.endsWith(`:${one}@`)) ?? [];
    return typeof piece !== "string" || name === undefined || value === undefined
      ? piece
      : [piece.slice(0, -value.length - 1), { service, what: "env", name }, "@"];
  });
}
