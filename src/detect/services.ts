import path from "node:path";
import type { Composed } from "./compose/choose.ts";
import { portOutside } from "./compose/kafka.ts";
import type { Service } from "./compose/model.ts";
import { variablesOf } from "./environment.ts";
import type { ContainerEnvFile } from "./container-env-files.ts";
import { writtenValues } from "../config/env-file.ts";
import type { Piece } from "./model.ts";
import { namesHost } from "./container-host.ts";
import { containersInCode } from "./container-names.ts";
import { isServiceOf, isWorker } from "./containers.ts";
import type { Backend } from "./python/backend.ts";
import type { Repository } from "./repository/snapshot.ts";
import { requirementsText } from "./requirements-text.ts";
import { isPlaceholder } from "./templates.ts";

/** Client libraries by the server that they talk to. */
const CLIENTS: readonly (readonly [RegExp, RegExp])[] = [
  [
    /postgres|postgis|timescale|pgvector|cockroach/,
    /^\W*(psycopg|asyncpg|pg8000|sqlalchemy|sqlmodel|django|databases|tortoise|flask-sqlalchemy|alembic|peewee)/im,
  ],
  [
    /mysql|mariadb/,
    /^\W*(pymysql|mysqlclient|mysql-connector|aiomysql|asyncmy|sqlalchemy|sqlmodel|django|flask-sqlalchemy)/im,
  ],
  [
    /redis|valkey|keydb|dragonfly/,
    /^\W*(redis|celery|rq|aioredis|flask-caching|fastapi-cache|arq|taskiq|channels|django-redis|dramatiq|huey|slowapi|flask-limiter)/im,
  ],
  [/mongo|ferretdb/, /^\W*(pymongo|motor|mongoengine|beanie|odmantic)/im],
  [/neo4j|memgraph/, /^\W*(neo4j|neomodel|py2neo)/im],
  [/kafka|redpanda|zookeeper/, /^\W*(kafka-python|confluent-kafka|aiokafka|faust)/im],
  [/rabbit/, /^\W*(pika|aio-pika|celery|kombu|dramatiq|taskiq-aio-pika|faststream)/im],
  [/elastic|opensearch/, /^\W*(elasticsearch|opensearch)/im],
  [/minio|localstack|seaweed|rustfs|garage/, /^\W*(boto3|aioboto3|minio|django-storages|s3fs|aiobotocore)/im],
  [/qdrant/, /^\W*(qdrant)/im],
  [/meilisearch/, /^\W*(meilisearch)/im],
];

/** The services that a backend needs: what its container waits for and names, and what its libraries talk to. */
export function servicesOf(repository: Repository, backend: Backend, composed: Composed | null): string[] {
  if (!composed) return [];
  const names = composed.infra.map(({ name }) => name);
  const containers = composed.apps.filter((one) => isServiceOf(one, backend.cwd, backend.home));
  const waits = new Set(containers.filter((one) => !isWorker(one)).flatMap((one) => closure(one, composed)));
  const requirements = requirementsText(repository, backend);
  const wanted = composed.infra.filter(
    (service) =>
      waits.has(service.name) ||
      containers.some(({ environment }) =>
        Object.values(environment).some((value) => value !== null && namesHost(value, service.name)),
      ) ||
      CLIENTS.some(
        ([server, clients]) => server.test(`${service.name} ${service.image ?? ""}`) && clients.test(requirements),
      ),
  );
  return wanted.length > 0 ? wanted.map(({ name }) => name) : names;
}

function closure(service: Service, { stack }: Composed, seen = new Set<string>()): string[] {
  if (seen.has(service.name)) return [];
  seen.add(service.name);
  return service.dependsOn.flatMap((name) => {
    const next = stack.services.find((one) => one.name === name);
    return [name, ...(next ? closure(next, { stack } as Composed, seen) : [])];
  });
}

const VARIABLE = /HOST|SERVER|URL|URI|DSN|ADDR|BROKER|BACKEND|ENDPOINT|DATABASE|REDIS|BOOTSTRAP|CONN/i;

/**
 * Variables whose value names a container: they are written so that a program on the host reaches it. Only those that the
 * app's own container is given or the code reads, and only of services that publish the port.
 */
export function hostVariables(
  repository: Repository,
  backend: Backend,
  composed: Composed | null,
  envFiles: readonly ContainerEnvFile[] = [],
): Variables {
  if (!composed) return {};
  const given = givenVariables(backend, composed);
  const values: Record<string, string> = {
    ...variablesOf(repository, "."),
    ...variablesOf(repository, backend.home),
    ...(backend.cwd === backend.home ? {} : variablesOf(repository, backend.cwd)),
    ...valuesIn(repository, envFiles),
    ...given,
  };
  const wanted = (name: string): boolean => Object.hasOwn(given, name) || isRead(repository, backend, name);
  const found = reached(values, composed, wanted);
  const url = databaseUrl(repository, backend, composed, values, found);
  const set = url ? { ...found, DATABASE_URL: url } : found;
  // defaults of the code, where nothing sets the variable
  const defaults = containersInCode(repository, backend, composed).flatMap(({ variable, value }) =>
    variable === null || Object.hasOwn(values, variable) ? [] : [[variable, value]],
  );
  return { ...reached(Object.fromEntries(defaults) as Record<string, string>, composed, wanted), ...set };
}

/** Those of the values that name a container, as a program on the host reaches it. */
function reached(
  values: Readonly<Record<string, string>>,
  composed: Composed,
  wanted: (name: string) => boolean,
): Variables {
  const found: Variables = {};
  for (const [name, value] of Object.entries(values)) {
    const service = composed.infra.find((one) => VARIABLE.test(name) && namesHost(value, one.name));
    const pieces = service && wanted(name) ? piecesOf(value, service) : null;
    if (!service || !pieces) continue;
    found[name] = pieces;
    const port = portVariable(name);
    // of several ports nothing says which one is meant
    const [only] = service.ports.length === 1 && wanted(port) ? service.ports : [];
    const container = port in values ? Number(values[port]) : only?.container;
    if (value === service.name && container !== undefined && service.ports.some((one) => one.container === container))
      found[port] = [{ service: service.name, what: "port", port: container }];
  }
  return found;
}

const valuesIn = (repository: Repository, files: readonly ContainerEnvFile[]): Record<string, string> =>
  Object.assign({}, ...files.map(({ written }) => writtenValues(repository.text(written) ?? ""))) as Record<
    string,
    string
  >;

/** Variables that only the app's container is given, and that its code reads: a program on the host may need them too. */
export function onlyInCompose(repository: Repository, backend: Backend, composed: Composed): string[] {
  const { stack } = composed;
  const folders = new Set([".", backend.home, backend.cwd, ...stack.files.map((file) => path.posix.dirname(file))]);
  const set = new Set([...folders].flatMap((folder) => Object.keys(variablesOf(repository, folder))));
  const ofContainers = (name: string, value: string): boolean =>
    CONTAINERS.test(name) || /^\/|\$/.test(value) || stack.services.some((one) => namesHost(value, one.name));
  return Object.entries(givenVariables(backend, composed))
    .filter(([name, value]) => value !== "" && !set.has(name) && !ofContainers(name, value))
    .map(([name]) => name)
    .filter((name) => isRead(repository, backend, name));
}

/** Where a container listens, and what is in it. */
const CONTAINERS = /(^|_)(HOST|PORT|PATH|DIR|HOME|ROOT)$|^PYTHON|^(PORT|HOST|TZ|CI)$|(CERT|KEY)_?FILE$/;

type Variables = Record<string, Piece[]>;

/** What the containers of a backend are given. */
export function givenVariables(backend: Backend, { apps }: Composed): Record<string, string> {
  const containers = apps.filter((one) => isServiceOf(one, backend.cwd, backend.home) && !isWorker(one));
  const entries = containers.flatMap(({ environment }) => Object.entries(environment));
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== null));
}

const portVariable = (host: string): string => host.replace(/(HOST(NAME)?|SERVER|ADDR(ESS)?)$/, "PORT");

/** The value with the service's host and port in place of the container's; null where part of it is unknown. */
function piecesOf(value: string, service: Service): Piece[] | null {
  const { name, ports, environment } = service;
  if (ports.length === 0) return null;
  const pieces: Piece[] = [];
  const at = new RegExp(`(^|//|@)${name.replaceAll(/[^\w-]/g, ".")}(?::(\\d+))?(?=/|$|\\?)`).exec(value);
  if (!at) return null;
  const before = value.slice(0, at.index + (at[1]?.length ?? 0));
  const after = value.slice(at.index + at[0].length);
  const port = at[2] === undefined ? null : portOutside(service, Number(at[2]));
  if (port !== null && !ports.some(({ container }) => container === port)) return null;
  if (port === null && value !== name && ports[0]?.host !== ports[0]?.container) {
    // the scheme's own port is not where it is published
    pieces.push(
      before,
      { service: name, what: "host" },
      ":",
      { service: name, what: "port", port: ports[0]?.container ?? 0 },
      after,
    );
  } else
    pieces.push(
      before,
      { service: name, what: "host" },
      ...(port === null ? [] : [":", { service: name, what: "port", port } as const]),
      after,
    );
  return withVariables(pieces, name, environment);
}

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

/** Whether the code of a backend reads a variable: from its environment, or as a field of its settings. */
function isRead(repository: Repository, { home, cwd }: Backend, name: string): boolean {
  // a key of a file of variables may be any text
  if (!/^\w+$/.test(name)) return false;
  const folders = [home, cwd].filter((folder) => folder !== ".");
  const spellings = [name, name.toLowerCase()];
  const read = new RegExp(
    `(getenv|environ(\\.get)?|config|env(\\.\\w+)?|get_env\\w*|alias=|validation_alias=)\\s*[[(]?\\s*["']${name}["']|^\\s+(${name}|${name.toLowerCase()})\\s*:`,
    "m",
  );
  return repository.files.some(
    (file) =>
      file.endsWith(".py") &&
      (folders.length === 0 || folders.some((folder) => file.startsWith(`${folder}/`))) &&
      // most files do not hold the name at all: the pattern is slow
      spellings.some((one) => repository.text(file)?.includes(one)) &&
      read.test(repository.text(file) ?? ""),
  );
}

const SCHEMES: readonly (readonly [RegExp, string, number, readonly string[]])[] = [
  [/postgres|postgis|timescale|pgvector/, "postgresql", 5432, ["POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB"]],
  [/mysql|mariadb/, "mysql", 3306, ["MYSQL_USER", "MYSQL_PASSWORD", "MYSQL_DATABASE"]],
];

/**
 * `DATABASE_URL` where the code reads it and nothing else locates the database: of the one that compose has. The
 * driver is the one that the code spells out somewhere.
 */
function databaseUrl(
  repository: Repository,
  backend: Backend,
  { infra }: Composed,
  values: Readonly<Record<string, string>>,
  found: Variables,
): Piece[] | null {
  if (values.DATABASE_URL !== undefined || !isRead(repository, backend, "DATABASE_URL")) return null;
  const databases = infra.flatMap((service) =>
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

const namesService = (found: Variables, name: string): boolean =>
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
