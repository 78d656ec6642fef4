import path from "node:path";
import type { Repository } from "../repository/snapshot.ts";
import { imageOf } from "./image.ts";
import { type Service, dockerfileOf, isFetched } from "./model.ts";

/** What a service is to a developer who runs the apps on the host. */
export type Role =
  /** A store, a broker, or anything else the apps talk to. */
  | "infra"
  /** One of the apps, or a worker, migration or test made of their image. */
  | "app"
  /** It runs in the network of one of them, and only with it. */
  | "sidecar"
  | "proxy"
  /** A page for people: it works without the apps and they without it. */
  | "console"
  | "monitoring"
  /** It looks after the containers or their data: backups, updates, schedules. */
  | "care";

const STORE =
  /(^|\/)(postgres|postgresql|postgis|pgvector|timescaledb|timescaledb-ha|mysql|mysql-server|mariadb|mongo|mongodb|mongodb-community-server|redis|redis-stack|redis-stack-server|valkey|keydb|dragonfly|memcached|rabbitmq|kafka|cp-kafka|cp-zookeeper|zookeeper|redpanda|nats|minio|localstack|qdrant|weaviate|milvus|chroma|chromadb|meilisearch|typesense|elasticsearch|opensearch|solr|neo4j|memgraph|arangodb|cassandra|scylla|couchdb|clickhouse-server|clickhouse|influxdb|questdb|cockroach|cockroachdb|surrealdb|mssql|server|azure-sql-edge|oracle|dynamodb-local|firestore|mailhog|mailpit|mailcatcher|maildev|smtp4dev|openfga|keycloak|vault|etcd|consul|temporal|auto-setup|azurite|fake-gcs-server|ollama|supabase|gotrue|pgbouncer|activemq|artemis|mosquitto|emqx|eventstore|rethinkdb|tile38|falkordb|libsql-server|sqld|pulsar|pubsub-emulator|elasticmq|moto|wiremock|gotenberg|browserless|chrome|tika|libretranslate|searxng|inbucket|greenmail|ferretdb|percona|zookeeper|schema-registry|cp-schema-registry|ksqldb-server|cp-ksqldb-server|kafka-connect|cp-kafka-connect|cp-kafka-connect-base|debezium\/connect|cp-kafka-rest|hydra|kratos|zitadel|dex|unleash-server|flagsmith|seaweedfs|garage|rustfs)(:|@|$)/;
const PROXY =
  /(^|\/)(nginx|nginx-[\w-]+|docker-nginx[\w-]*|https-portal|docker-socket-proxy|traefik|caddy|caddy-[\w-]+|haproxy|envoy|apache|httpd|kong|nginx-proxy|[\w-]*certbot|letsencrypt[\w-]*|cloudflared|ngrok|nginx-unprivileged|openresty|acme-companion|nginx-proxy-manager|docker-gen|oauth2-proxy|authelia|pomerium|vouch-proxy|traefik-forward-auth|tinyauth|varnish|swag|frp[cs]|tailscale)(:|@|$)/;
const CONSOLE =
  /(^|\/)([\w-]*adminer|[\w-]*pgadmin4?|[\w-]*phpmyadmin|mongo-express|redis-commander|redisinsight|redis-ui|redisinsight|kafka-ui|kafdrop|akhq|kowl|kafka-manager|cmak|cp-enterprise-control-center|debezium-ui|ksqldb-cli|cp-ksqldb-cli|conduktor-[\w-]+|console|flower|portainer|portainer-ce|dozzle|elasticvue|kibana|opensearch-dashboards|cloudbeaver|pgweb|sqlpad|metabase|superset|dbeaver|rabbitscout|redis-insight|chartdb|uptime-kuma|compass|p3x-redis-ui|dbgate|meilisearch-ui|swagger-ui|swagger-editor|homepage|temporalio\/ui|attu|open-webui|rq-dashboard|bull-board|bullmq-dashboard|studio|[\w-]*notebook|jupyterlab|code-server|compass-web|filebrowser|drizzle-team\/gateway|whoami|prisma-studio|neodash|phpredisadmin|phpldapadmin|mongoku)(:|@|$)/;
const MONITORING =
  /(^|\/)(prometheus|grafana|grafana-[\w-]+|otel-lgtm|mimir|pushgateway|victoria-[\w-]+|netdata|apm-server|metricbeat|loki|tempo|promtail|jaeger|all-in-one|zipkin|otel\/.*|opentelemetry-collector(-contrib)?|otel-collector|alertmanager|node-exporter|cadvisor|[\w-]*exporter|signoz|sentry|datadog|agent|newrelic|vector|fluentd|fluent-bit|logstash|filebeat|alloy|pyroscope|langfuse|langfuse-[\w-]+|phoenix|glitchtip)(:|@|$)/;
const CARE = /(^|\/)([\w-]*backup[\w-]*|watchtower|autoheal|ofelia|diun|ouroboros|dockupdater)(:|@|$)/;
const KNOWN: readonly (readonly [RegExp, Role])[] = [
  [CONSOLE, "console"],
  [MONITORING, "monitoring"],
  [CARE, "care"],
  [STORE, "infra"],
  [PROXY, "proxy"],
];
/** It stands before a database, with which it is started or left out. */
const POOLER = /(^|\/)pgbouncer(:|@|$)/;
/** What a proxy is installed into. */
const DISTRIBUTION = /(^|\/)(alpine|debian|ubuntu)$/;
/** The program of a container, after its entrypoint's script. */
const RUNS_PROXY = /^(\S*\.sh |\S*\b(tini|dumb-init) (-\S+ )*)?(\/\S*\/)?(nginx|pgbouncer|haproxy|caddy|traefik)( |$)/;
const PROXY_FOLDER = /(^|\/)(nginx|pgbouncer|haproxy|caddy|traefik)$/;
const RUNTIME =
  /(^|\/)(python|node|bun|deno|php|ruby|golang|rust|openjdk|eclipse-temurin|uv|alpine|busybox|ubuntu|debian|curl|tiangolo\/.*|uvicorn-gunicorn-fastapi|playwright|cypress|selenium|included|node-chrome|standalone-chrome|k6|locust|pnpm|poetry|conda|miniconda3|jupyter|nvidia|cuda)(:|@|$)/;

/** Whether it is a server that apps keep their data in or talk through, whatever it waits for. */
export const isStore = ({ image }: Service): boolean => STORE.test(bare(image ?? ""));

/** The role of each service. One that is bound to an app only, or made of its image, gets the app's role. */
export function rolesOf(
  repository: Repository,
  services: readonly Service[],
  projectNames: readonly string[],
  byHand: (service: Service) => Service["build"],
): Map<string, Role> {
  const built = new Set(
    services.filter(({ build }) => build !== null).flatMap(({ image }) => (image === null ? [] : bare(image))),
  );
  const roleOf = (service: Service): Role => {
    const role = ownRole(repository, service, built, projectNames);
    return role === "infra" && byHand(service) !== null ? "app" : role;
  };
  const roles = new Map(services.map((service) => [service.name, roleOf(service)]));
  for (const service of services) {
    const on = service.dependsOn.map((name) => roles.get(name));
    const known = isStore(service) || roles.get(service.name) !== "infra";
    if (!known && on.length > 0 && on.every((role) => role === "app" || role === "proxy"))
      roles.set(service.name, POOLER.test(bare(imageOf(repository, service)?.base ?? "")) ? "proxy" : "app");
  }
  for (const { name, networkOf } of services)
    if (roles.get(name) === "infra" && /^(app|proxy)$/.test(roles.get(networkOf ?? "") ?? ""))
      roles.set(name, "sidecar");
  return roles;
}

/** Longer than the name of an image may be. */
const LONGEST_NAME = 300;

/** The name of an image, without its version. */
export const bare = (image: string): string =>
  image
    .slice(0, LONGEST_NAME)
    .replace(/@sha256:.*$/, "")
    .replace(/(?<=[^/]):[^/]*$/, "")
    .toLowerCase();

function ownRole(
  repository: Repository,
  service: Service,
  built: ReadonlySet<string>,
  projectNames: readonly string[],
): Role {
  const image = bare(service.image ?? "");
  if (service.build !== null) return builtRole(repository, service);
  if (image === "" || built.has(image)) return "app";
  const known = KNOWN.find(([pattern]) => pattern.test(image));
  if (known) return known[1];
  if (RUNTIME.test(image))
    return service.dependsOn.length > 0 && /^(alpine|busybox|curl)/.test(image) && service.mounts.length === 0
      ? "infra"
      : "app";
  return isOwnImage(service, image, projectNames) ? "app" : "infra";
}

/** An image of the project's own registry: it is named after the project, or after what the service is. */
function isOwnImage({ name, command }: Service, image: string, projectNames: readonly string[]): boolean {
  const simple = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
  const last = simple(image.split("/").at(-1) ?? "");
  if (image.includes("$")) return true;
  if (projectNames.some((project) => simple(project).length > 2 && simple(image).includes(simple(project))))
    return true;
  if (/\b(uvicorn|gunicorn|celery|flask|manage\.py|alembic|npm|pnpm|yarn|python3?)\b/.test(command)) return true;
  return (
    /^(app|api|web|website|backend|frontend|server|client|worker|beat|scheduler|migrate|migrations?|migrator|ui)([-_].*)?$/.test(
      name,
    ) &&
    image.includes("/") &&
    last !== ""
  );
}

/** Built from the image of a store or the like, with a configuration or an extension added, it is that. */
function builtRole(repository: Repository, service: Service): Role {
  if (isFetched(service.build?.context ?? "")) return "infra";
  const image = imageOf(repository, service);
  const base = bare(image?.base ?? "");
  const known = KNOWN.find(([pattern]) => pattern.test(base));
  if (known) return known[1];
  if (isInstalledProxy(service, base, image?.command?.text ?? "")) return "proxy";
  // without its Dockerfile, by its name
  return image === null && /^(db|database|postgres|postgresql|mysql|redis|mongo|mongodb)$/.test(service.name)
    ? "infra"
    : "app";
}

/** Installed into a distribution, or built on what nobody knows, in a folder that is named after it. */
function isInstalledProxy(service: Service, base: string, command: string): boolean {
  const folder = path.posix.dirname(dockerfileOf(service) ?? "");
  // in the root an image holds the apps as well
  if (folder === "." || (RUNTIME.test(base) && !DISTRIBUTION.test(base))) return false;
  return PROXY_FOLDER.test(folder) || (DISTRIBUTION.test(base) && RUNS_PROXY.test(command));
}
