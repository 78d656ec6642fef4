import type { Stack } from "../services/containers.ts";
import type { Piece, PieceVariables } from "../model.ts";
import type { Backend } from "../python/backend.ts";
import type { Repository } from "../repository/snapshot.ts";
import { readsVariable } from "../python/settings/reads-variable.ts";
import { requirementsText } from "../python/requirements/requirements-text.ts";

const SCHEMES: readonly (readonly [RegExp, string, number, readonly string[]])[] = [
  [/postgres|postgis|timescale|pgvector/, "postgresql", 5432, ["POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB"]],
  [/mysql|mariadb/, "mysql", 3306, ["MYSQL_USER", "MYSQL_PASSWORD", "MYSQL_DATABASE"]],
];

/**
 * `DATABASE_URL` where the code reads it and nothing else locates the database: of the one that compose has. The
 * driver is the one that the code spells out somewhere.
 */
export function databaseUrl(
  { repository, composed }: Stack,
  backend: Backend,
  values: Readonly<Record<string, string>>,
  found: PieceVariables,
): Piece[] | null {
  if (values.DATABASE_URL !== undefined || !readsVariable(repository, backend, "DATABASE_URL")) return null;
  const databases = (composed?.infra ?? []).flatMap((service) =>
    SCHEMES.filter(([image]) => image.test(service.image ?? "")).map((scheme) => ({ service, scheme })),
  );
  const [only] = databases;
  if (!only || databases.length > 1 || namesService(found, only.service.name)) return null;
  const {
    service,
    scheme: [, scheme, port, names],
  } = only;
  const published = service.ports.some(({ container }) => container === port);
  if (!published || !names.every((name) => Object.hasOwn(service.environment, name))) return null;
  const [user = "", password = "", database = ""] = names;
  const env = (name: string): Piece => ({ service: service.name, what: "env", name });
  return [
    `${driverOf(repository, backend, scheme)}://`,
    ...[env(user), ":", env(password), "@"],
    ...[
      { service: service.name, what: "host" } as const,
      ":",
      { service: service.name, what: "port", port } as const,
      "/",
    ],
    env(database),
  ];
}

const namesService = (found: PieceVariables, name: string): boolean =>
  Object.values(found).some((pieces) => pieces.some((piece) => typeof piece !== "string" && piece.service === name));

/**
 * `postgresql+asyncpg`, where exactly one such is written in the code. SQLAlchemy itself takes psycopg2, also where only
 * another driver is installed.
 */
function driverOf(repository: Repository, backend: Backend, scheme: string): string {
  const written = new RegExp(`\\b${scheme}\\+\\w+(?=://|["'])`, "g");
  const drivers = new Set(
    repository.files
      .filter((file) => file.endsWith(".py"))
      .flatMap((file) => repository.text(file)?.match(written) ?? []),
  );
  const [only] = drivers;
  if (drivers.size > 0) return only !== undefined && drivers.size === 1 ? only : scheme;
  const requirements = requirementsText(repository, backend);
  const lists = (name: string): boolean => new RegExp(`^\\s*["']?${name}(?![\\w-])`, "im").test(requirements);
  if (scheme !== "postgresql" || !USES_SQLALCHEMY.some(lists) || ["psycopg2", "psycopg2-binary"].some(lists))
    return scheme;
  const driver = ["asyncpg", "psycopg"].find(lists);
  return driver === undefined ? scheme : `${scheme}+${driver}`;
}

const USES_SQLALCHEMY = ["sqlalchemy", "sqlmodel", "flask-sqlalchemy"];
