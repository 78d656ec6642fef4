import type { Composed } from "../compose/composed.ts";
import type { Service } from "../compose/model.ts";
import { namesHost } from "../compose/host-name.ts";
import { type Stack, isServiceOf, mayServe } from "./containers.ts";
import type { Backend } from "../python/backend.ts";
import { requirementsText } from "../python/requirements/requirements-text.ts";

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
export function servicesOf({ repository, composed }: Stack, backend: Backend): string[] {
  if (!composed) return [];
  const names = composed.infra.map(({ name }) => name);
  const containers = composed.apps.filter((one) => isServiceOf(one, backend.cwd, backend.home));
  const waits = new Set(containers.filter(mayServe).flatMap((one) => closure(one, composed)));
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

function closure(service: Service, { stack }: Pick<Composed, "stack">, seen = new Set<string>()): string[] {
  if (seen.has(service.name)) return [];
  seen.add(service.name);
  return service.dependsOn.flatMap((name) => {
    const next = stack.services.find((one) => one.name === name);
    return [name, ...(next ? closure(next, { stack }, seen) : [])];
  });
}
