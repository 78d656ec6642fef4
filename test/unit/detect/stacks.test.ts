import { expect, test } from "vitest";
import { expand } from "../../../src/detect/commands/shell.ts";
import { FASTAPI, VITE, found } from "./layout.ts";

type Files = Record<string, string>;

const API: Files = { "api/main.py": FASTAPI, "api/requirements.txt": "fastapi\nuvicorn\n" };
const infra = (files: Files) => {
  const { infra: of } = found({ ...API, ...files });
  return of && [of.compose, of.services];
};

const DATABASE = "  db: { image: 'postgres:16', ports: ['5432:5432'] }\n";
const beside = (image: string) =>
  infra({ "compose.yml": `services:\n${DATABASE}  other:\n    image: ${image}\n` })?.[1];

test.each([
  "jonasal/nginx-certbot:5",
  "steveltn/https-portal:1",
  "lucaslorentz/caddy-docker-proxy:2",
  "tecnativa/docker-socket-proxy",
  "traefik/whoami",
  "grafana/grafana-oss:11",
  "grafana/otel-lgtm",
  "prom/pushgateway",
  "victoriametrics/victoria-metrics:v1",
  "docker.elastic.co/apm/apm-server:8",
  "langfuse/langfuse-worker:3",
  "prodrigestivill/postgres-backup-local",
  "offen/docker-volume-backup:v2",
  "willfarrell/autoheal",
  "containrrr/watchtower",
  "temporalio/ui:2.10",
  "zilliz/attu:v2",
  "ghcr.io/open-webui/open-webui:main",
  "eoranged/rq-dashboard",
  "supabase/studio:1",
  "quay.io/jupyter/minimal-notebook",
])("no app needs %s", (image) => {
  expect(beside(image)).toEqual(["db"]);
});

test.each(["temporalio/auto-setup:1", "axllent/mailpit", "minio/minio", "tiangolo-not/anything:1"])(
  "an app may need %s",
  (image) => {
    expect(beside(image)).toEqual(["db", "other"]);
  },
);

test("what is built on an application server with nginx is an app, no proxy", () => {
  const files = {
    "compose.yml": `services:\n${DATABASE}  api: { build: ./api }\n`,
    "api/Dockerfile": "FROM tiangolo/uwsgi-nginx-flask:python3.11\n",
  };
  expect(found({ ...API, ...files }).omitted.find(({ what }) => what === "api")?.why).toContain("one of the apps");
});

const BASE = "services:\n  api: { build: ./api }\n  db: { image: 'postgres:16' }\n";

test.each<[string, Files, unknown]>([
  [
    "what only adds to it is put over it",
    { "docker-compose.yml": BASE, "docker-compose.dev.yml": "services:\n  db: { ports: ['5432:5432'] }\n" },
    [["docker-compose.yml", "docker-compose.dev.yml"], ["db"]],
  ],
  [
    "a stack of its own is preferred where it is reached",
    { "docker-compose.yml": BASE, "docker-compose.dev.yml": `services:\n${DATABASE}` },
    ["docker-compose.dev.yml", ["db"]],
  ],
  [
    "the usual one is taken where it is reached",
    { "docker-compose.yml": `services:\n${DATABASE}`, "docker-compose.dev.yml": `services:\n${DATABASE}` },
    ["docker-compose.yml", ["db"]],
  ],
])("a compose file for development beside the usual one: %s", (_, files, expected) => {
  expect(infra(files)).toEqual(expected);
});

test("profiles of development are active where nothing runs without a profile", () => {
  const compose = (more: string) => ({
    "compose.yml": `services:\n  db: { image: 'postgres:16', profiles: [dev] }\n  bus: { image: 'nats:2', profiles: [cloud] }\n${more}`,
  });
  expect(infra(compose(""))).toEqual(["compose.yml", ["db"]]);
  expect(infra(compose("  cache: { image: 'redis:7' }\n"))).toEqual(["compose.yml", ["cache"]]);
});

test("a database that is built by lines in the compose file, and on an image that an argument names", () => {
  const inline =
    "services:\n  db:\n    build:\n      dockerfile_inline: |\n        FROM postgres:16\n        RUN true\n";
  expect(infra({ "compose.yml": inline })).toEqual(["compose.yml", ["db"]]);
  const built = {
    "compose.yml": "services:\n  db: { build: ./pg }\n",
    "pg/Dockerfile": "ARG BASE=postgres:16\nFROM ${BASE}\n",
  };
  expect(infra(built)).toEqual(["compose.yml", ["db"]]);
});

test("a store that waits for an app is a service, a one-shot that does is the app's", () => {
  const services =
    "  api: { build: ./api }\n  redis: { image: 'redis:7', depends_on: [api] }\n  fill: { image: acme/filler, depends_on: [api] }\n";
  expect(infra({ "compose.yml": `services:\n${services}` })?.[1]).toEqual(["redis"]);
});

const addressFor = (port: string) =>
  found({
    "api/main.py": `import os\n${FASTAPI}DB = os.environ["DATABASE_URL"]\n`,
    "api/requirements.txt": "fastapi\npsycopg2\n",
    "compose.yml": `services:\n  api:\n    build: ./api\n    environment: { DATABASE_URL: "postgresql://u:p@db:5432/x" }\n  db:\n    image: postgres:16\n    ports: [${port}]\n`,
  }).apps[0]?.env?.DATABASE_URL;

test.each([
  "'5433:5432'",
  "'5432-5433:5432-5433'",
  '"${A:-${B:-5440}}:5432"',
  '"${BIND:-127.0.0.1}:${DB_PORT:-5433}:5432"',
  '"${DB_PORT:?set it}:5432"',
  '"5433:${PGPORT:-5432}"',
  "{ target: 5432, published: '5433' }",
  "5432",
])("a port that is written %s is published", (port) => {
  expect(addressFor(port)).toEqual([
    "postgresql://u:p@",
    { service: "db", what: "host" },
    ":",
    { service: "db", what: "port", port: 5432 },
    "/x",
  ]);
});

test("a range without end publishes nothing", () => {
  expect(addressFor("'1-60000:1-60000'")).toBeUndefined();
});

test("a store that only another service uses need not be reached", () => {
  const notesOf = (requirements: string) =>
    found({
      "main.py": FASTAPI,
      "requirements.txt": requirements,
      "compose.yml":
        "services:\n  login-db: { image: 'mysql:8' }\n  login: { image: keycloak/keycloak, ports: ['8081:8080'], depends_on: [login-db] }\n  store: { image: mongo, ports: ['27017:27017'] }\n",
    }).notes;
  expect(notesOf("fastapi\npymongo\n")).toEqual([]);
  expect(notesOf("fastapi\npymongo\npymysql\n")).toEqual([
    expect.stringMatching(/^login-db publishes no port.*\(compose\.yml:2\)$/),
  ]);
});

test("a service on this machine's own network is not said to publish no port", () => {
  const compose = (more: string) => ({ ...API, "compose.yml": `services:\n  db:\n    image: postgres:16\n${more}` });
  const said = (files: Files) => found(files).notes.filter((note) => note.includes("publishes no port")).length;
  expect([said(compose("")), said(compose("    network_mode: host\n"))]).toEqual([1, 0]);
});

test("references within the default of another one", () => {
  expect(expand("${A:-${B:-x}}/${C}", {})).toBe("x/${C}");
  expect(expand("${A:-${B:-x}}", { B: "y" })).toBe("y");
});

test.each<[string, Files, unknown]>([
  [
    "where a document starts one in its folder, without a name",
    { "README.md": "```\ncd docker\ndocker compose up -d db\n```\n" },
    ["docker/compose.yml", ["db"]],
  ],
  [
    "where only another project's documents, kept beside this one, name one",
    { "kits/vendor/docker/README.md": "```\ndocker compose -f docker-compose.middleware.yml up\n```\n" },
    ["docker/compose.yml", ["db"]],
  ],
  [
    "the root's own comes first",
    { "README.md": "```\ncd docker\ndocker compose up\n```\n", "compose.yml": `services:\n${DATABASE}` },
    ["compose.yml", ["db"]],
  ],
])("a compose file below the root: %s", (_, files, expected) => {
  const own = { "docker/compose.yml": `services:\n${DATABASE}` };
  const kit = {
    "a/compose.yml": "services:\n  cache: { image: 'redis:7' }\n",
    "kits/vendor/docker/docker-compose.middleware.yml": "services:\n  cache: { image: 'redis:7' }\n",
  };
  const near = { "README.md": "```\ncd docker\ndocker compose up\n```\n" };
  expect(infra({ ...kit, ...own, ...near, ...files })).toEqual(expected);
});

test("a block of code whose end was forgotten ends where the next one begins", () => {
  const readme =
    "```bash\ncd api\npip install -r requirements.txt\n\nThen:\n\n```bash\nuvicorn main:app --port 8801\n```\n";
  expect(found({ ...API, "README.md": readme }).apps).toMatchObject([{ app: "main", port: 8801 }]);
});

const MANAGE = { "api/manage.py": 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n' };

test("a plain runserver is on its default's port, whatever the image alone names", () => {
  const image = { "api/Dockerfile": 'FROM python\nCMD ["python", "manage.py", "runserver", "0.0.0.0:3001"]\n' };
  const script = { "api/package.json": '{ "scripts": { "dev": "python manage.py runserver" } }' };
  expect(found({ ...MANAGE, ...image }).apps).toMatchObject([{ port: 3001 }]);
  expect(found({ ...MANAGE, ...image, ...script }).apps).toMatchObject([{ port: 8000 }]);
});

test("a server in `deploy` is none beside the app, and takes no port from the front end", () => {
  const deploy = { "deploy/serve.py": FASTAPI, "deploy/run.sh": "uvicorn serve:app --port 3000\n" };
  const web = {
    "web/package.json": '{ "scripts": { "dev": "vite --port 3000" }, "devDependencies": { "vite": "*" } }',
  };
  expect(found({ ...API, ...deploy, ...web }).apps).toMatchObject([{ cwd: "api" }, { cwd: "web", port: 3000 }]);
  expect(found(deploy).apps).toMatchObject([{ cwd: "deploy", port: 3000 }]);
  const inside = { "api/requirements.txt": "fastapi\n", "api/deploy/serve.py": FASTAPI };
  expect(found({ ...API, ...inside }).apps).toMatchObject([{ cwd: "api" }]);
});

test("a service that is called `deployments` is one of the services", () => {
  const files = { "services/deployments/main.py": FASTAPI, "services/deployments/requirements.txt": "fastapi\n" };
  const users = { "services/users/main.py": FASTAPI, "services/users/requirements.txt": "fastapi\n" };
  expect(found({ ...files, ...users }).apps).toMatchObject([
    { cwd: "services/deployments" },
    { cwd: "services/users" },
  ]);
});

test("a port below 1024 that a container publishes is not the app's: only root may listen there", () => {
  const portOf = (published: string): number | undefined =>
    found({
      "main.py": FASTAPI,
      "compose.yml": `services:\n  api: { build: ., ports: ["${published}:8000"] }\n`,
    }).apps[0]?.port;
  expect(portOf("1001")).toBe(8000);
  expect(portOf("1024")).toBe(1024);
});

test("a port below 1024 of an editor within a container is nothing to develop on", () => {
  const launch = { type: "python", request: "launch", module: "uvicorn", args: ["main:app", "--port=80"] };
  const ide = { "api/.vscode/launch.json": JSON.stringify({ configurations: [launch] }) };
  expect(found({ ...API, ...ide }).apps).toMatchObject([{ app: "main", port: 8000 }]);
});

test("a worker of the app's image is no container of the app: neither its port nor what it waits for counts", () => {
  const appOf = (name: string, command: string) =>
    found({
      "main.py": FASTAPI,
      "compose.yml": `services:
  ${name}: { build: ., command: ${command}, ports: ["5555:5555"], depends_on: [mail] }
  api: { build: ., ports: ["8001:8000"], depends_on: [db] }
  mail: { image: axllent/mailpit, ports: ["1025:1025"] }
  db: { image: "postgres:17", ports: ["5432:5432"] }
`,
    }).apps[0];
  expect(appOf("celery_worker", "''")).toMatchObject({ port: 8001, dependsOn: ["db"] });
  expect(appOf("tasks", "celery -A tasks worker")).toMatchObject({ port: 8001, dependsOn: ["db"] });
  // words that only hold one of these
  expect(appOf("marquee", "''")).toMatchObject({ port: 5555, dependsOn: ["mail", "db"] });
  expect(appOf("tasks", "uvicorn main:app --header x-celery")).toMatchObject({ dependsOn: ["mail", "db"] });
});

const leftOut = (files: Record<string, string>) =>
  Object.fromEntries(found(files).omitted.map(({ what, why }) => [what, why]));

test("why a container is left out: one that no app stands for is said to be startable, a built front end is an app", () => {
  const app = "one of the apps, or made of their image";
  const other = "built here, but not one of the apps; add it to `services` to have it started";
  const files = {
    "api/main.py": FASTAPI,
    "ui/package.json": VITE,
    "ui/Dockerfile": "FROM nginx:1\n",
    "gate/Dockerfile": "FROM eclipse-temurin:21\n",
    "gate/pom.xml": "<project/>\n",
    "jobs/requirements.txt": "celery\n",
    "edge/Dockerfile": "FROM nginx:1\n",
    "logs/Dockerfile": "FROM elastic/filebeat:9\n",
    "compose.yml":
      "services:\n  api: { build: ./api }\n  ui: { build: ./ui }\n  gate: { build: ./gate }\n  edge: { build: ./edge }\n  logs: { build: ./logs }\n  celery: { build: ./jobs }\n  all: { build: . }\n",
  };
  expect(leftOut(files)).toEqual({
    api: app,
    ui: app,
    gate: other,
    edge: "it routes to containers; the apps are reached directly",
    logs: "monitoring that no app needs; add it to `services` to have it started",
    celery: app,
    all: app,
  });
});

test.each<[string, string, number | undefined, boolean]>([
  [
    "one listener for each side",
    "ports: ['9092:9092', '9093:9093'], environment: { KAFKA_ADVERTISED_LISTENERS: 'IN://kafka:9092,OUT://localhost:9093' }",
    9093,
    false,
  ],
  [
    "only the one for the host is published, elsewhere",
    "ports: ['29092:19092'], environment: ['KAFKA_CFG_ADVERTISED_LISTENERS=IN://kafka:9092,OUT://127.0.0.1:29092']",
    19092,
    false,
  ],
  [
    "Redpanda, by its flags",
    "ports: ['19092:19092'], command: 'redpanda start --advertise-kafka-addr internal://kafka:9092,external://localhost:19092'",
    19092,
    false,
  ],
  [
    "only for containers",
    "ports: ['9092:9092'], environment: { KAFKA_ADVERTISED_LISTENERS: 'PLAINTEXT://kafka:9092' }",
    9092,
    true,
  ],
  ["a container that is told nothing", "ports: ['9092:9092']", 9092, false],
  [
    "an address of the network",
    "ports: ['9092:9092'], environment: { KAFKA_ADVERTISED_LISTENERS: 'PLAINTEXT://10.0.0.5:9092' }",
    9092,
    false,
  ],
  ["a variable", "ports: ['9092:9092'], environment: { KAFKA_ADVERTISED_LISTENERS: 'A://${IP}:9092' }", 9092, false],
])("Kafka's address for a program on the host: %s", (_, kafka, port, isSaid) => {
  const { apps, notes } = found({
    "main.py": FASTAPI,
    "compose.yml": `services:\n  kafka: { image: 'apache/kafka:4', ${kafka} }\n  api: { build: ., environment: { KAFKA_BOOTSTRAP_SERVERS: "kafka:9092" } }\n`,
  });
  const host = { service: "kafka", what: "host" };
  expect(apps[0]?.env?.KAFKA_BOOTSTRAP_SERVERS).toEqual([host, ":", { service: "kafka", what: "port", port }]);
  const note = /^kafka sends its clients on to kafka:9092, which only containers can reach.*\(compose\.yml:2\)$/;
  expect(notes.filter((one) => note.test(one))).toHaveLength(isSaid ? 1 : 0);
});

test.each([
  ["conda", { "environment.yml": "dependencies:\n  - fastapi\n  - pymongo\n" }],
  ["pixi", { "pixi.toml": '[dependencies]\nfastapi = "*"\npymongo = "*"\n' }],
])("the services that a backend's libraries talk to, as %s lists them", (_, files) => {
  const compose =
    "services:\n  store: { image: mongo, ports: ['27017:27017'] }\n  login: { image: keycloak/keycloak, ports: ['8081:8080'] }\n";
  expect(found({ "main.py": FASTAPI, "compose.yml": compose, ...files }).apps[0]?.dependsOn).toEqual(["store"]);
  expect(found({ "main.py": FASTAPI, "compose.yml": compose }).apps[0]?.dependsOn).toEqual(["store", "login"]);
});

test("the services that the libraries of the project's own packages talk to, at any remove", () => {
  const manifest = (name: string, ...needs: string[]) =>
    `[project]\nname = "${name}"\ndependencies = [${needs.map((need) => `"${need}"`).join(", ")}]\n`;
  const compose =
    "services:\n  db: { image: 'postgres:17', ports: ['5432:5432'] }\n  cache: { image: 'redis:8', ports: ['6379:6379'] }\n  login: { image: keycloak/keycloak, ports: ['8081:8080'] }\n";
  const files = {
    "compose.yml": compose,
    "apps/api/main.py": FASTAPI,
    "apps/api/pyproject.toml": manifest("shop-api", "fastapi", "redis", "shop_core>=0.1"),
    "packages/core/pyproject.toml": manifest("shop-core", "shop-db"),
    "packages/db/pyproject.toml": manifest("Shop.DB", "asyncpg", "shop-core"),
  };
  const needs = (more: Files) => found({ ...files, ...more }).apps[0]?.dependsOn;
  expect(needs({})).toEqual(["db", "cache"]);
  // a package that only another app has
  expect(needs({ "packages/core/pyproject.toml": manifest("shop-core", "shop-dbx") })).toEqual(["cache"]);
});

const STORES =
  "services:\n  cache: { image: 'redis:8', ports: ['6380:6379'] }\n  postgres: { image: 'postgres:17', ports: ['5433:5432'] }\n";
const codeOf = (code: string, files: Record<string, string> = {}) =>
  found({ "main.py": FASTAPI, "core.py": code, "compose.yml": STORES, ...files });
const cache = [{ service: "cache", what: "host" }, ":", { service: "cache", what: "port", port: 6379 }];

test.each([
  ["os.getenv", 'url = os.getenv("CACHE_URL", "redis://cache:6379/0")\n'],
  ["decouple", 'url = config("CACHE_URL", default="redis://cache:6379/0")\n'],
  ["django-environ", 'url = env.str("CACHE_URL", default="redis://cache:6379/0")\n'],
  ["pydantic", 'class Conf(BaseSettings):\n    cache_url: str = "redis://cache:6379/0"\n'],
])("a container that a default of the code names is replaced: %s", (_, code) => {
  expect(codeOf(code).apps[0]?.env).toEqual({ CACHE_URL: ["redis://", ...cache, "/0"] });
  expect(codeOf(code).notes).toEqual([]);
  // what a file sets
  expect(codeOf(code, { ".env": "CACHE_URL=redis://localhost:1\n" }).apps[0]?.env).toBeUndefined();
});

test("a field that no variable sets is none: of a model, and of settings with a prefix", () => {
  const field = '    cache_url: str = "redis://cache:6379"\n';
  expect(codeOf(`class Conf(BaseModel):\n${field}`).apps[0]?.env).toBeUndefined();
  expect(codeOf(`class Conf(BaseSettings):\n    env_prefix = "x"\n${field}`).apps[0]?.env).toBeUndefined();
});

test("a host and the port that is read beside it; a user of the same name is neither", () => {
  const code =
    'host = os.getenv("DB_HOST", "postgres")\nport = os.getenv("DB_PORT", "5432")\nuser = os.getenv("DB_SERVER_USER", "postgres")\n';
  expect(codeOf(code).apps[0]?.env).toEqual({
    DB_HOST: [{ service: "postgres", what: "host" }],
    DB_PORT: [{ service: "postgres", what: "port", port: 5432 }],
  });
  const mysql = "services:\n  postgres: { image: mysql, ports: ['3308:3306'] }\n";
  const tcp = code.replaceAll("DB_HOST", "MYSQL_HOST").replaceAll("DB_PORT", "MYSQL_TCP_PORT");
  expect(codeOf(tcp, { "compose.yml": mysql }).apps[0]?.env).toMatchObject({
    MYSQL_TCP_PORT: [{ service: "postgres", what: "port", port: 3306 }],
  });
  // of several ports nothing says which one it is
  const mail = "services:\n  mail: { image: axllent/mailpit, ports: ['8025:8025', '1025:1025'] }\n";
  expect(
    codeOf(code.replaceAll("DB", "SMTP").replace('"postgres"', '"mail"'), { "compose.yml": mail }).apps[0]?.env,
  ).toEqual({ SMTP_HOST: [{ service: "mail", what: "host" }] });
});

test.each(["NEO4J_DATABASE", "GRAPH_BACKEND", "GRAPH_CONNECTION"])("%s of a container's name is no host", (name) => {
  const graph = "services:\n  neo4j: { image: 'neo4j:5', ports: ['7474:7474', '7687:7687'] }\n";
  const envOf = (value: string) => {
    const variables = `GRAPH_URI=bolt://neo4j:7687\n${name}=${value}\n`;
    const code = `uri = os.environ["GRAPH_URI"]\nname = os.environ["${name}"]\n`;
    return Object.keys(codeOf(code, { "compose.yml": graph, ".env": variables }).apps[0]?.env ?? {});
  };
  expect(envOf("neo4j")).toEqual(["GRAPH_URI"]);
  expect(envOf("bolt://neo4j:7687")).toEqual(["GRAPH_URI", name]);
});

test("an address with blanks is left to whoever fills them in", () => {
  const envOf = (user: string) =>
    codeOf('url = os.environ["DATABASE_URL"]\n', {
      "compose.yml": `services:\n${DATABASE}`,
      ".env.example": `DATABASE_URL=postgresql://${user}:x@db:5432/shop\n`,
    }).apps[0]?.env;
  expect(envOf("<db-user>")).toBeUndefined();
  expect(envOf("shop")).toHaveProperty("DATABASE_URL");
});

test("a default in the code is not said where a file sets the variable", () => {
  const code = 'import os\nos.getenv("CACHE_URL", "redis://cache:6379")\n';
  expect(codeOf(code, { ".env": "CACHE_URL=redis://localhost:6379\n" }).notes).toEqual([]);
});

test("an address of a container that the code spells out is said, one in a comment, a test or of a host is not", () => {
  const note =
    "the code names the container cache: outside of Compose use localhost and the published port (core.py:1)";
  expect(codeOf('store = Store("redis://cache:6379")\nagain = "redis://cache:6379/1"\n').notes).toEqual([note]);
  for (const code of ['# "redis://cache:6379"\n', '"redis://localhost:6379"\n', '"http://cacheing.test/cache"\n'])
    expect(codeOf(code).notes).toEqual([]);
  expect(codeOf("", { "tests/test_store.py": '"redis://cache:6379"\n' }).notes).toEqual([]);
});

const withoutPort = (url: string, ports: string) =>
  found({
    "main.py": `import os\n${FASTAPI}URL = os.environ["BROKER_URL"]\n`,
    "requirements.txt": "fastapi\n",
    "compose.yml": `services:\n  api:\n    build: .\n    environment: { BROKER_URL: "${url}" }\n  queue:\n    image: rabbitmq:4\n    ports: [${ports}]\n`,
  }).apps[0]?.env?.BROKER_URL?.find((piece) => typeof piece !== "string" && piece.what === "port");

test("an address without a port has its scheme's, which a worktree publishes elsewhere", () => {
  const port = (number: number) => ({ service: "queue", what: "port", port: number });
  expect(withoutPort("amqp://guest:guest@queue/", "'15672:15672', '5672:5672'")).toEqual(port(5672));
  expect(withoutPort("amqp://guest:guest@queue/", "'15673:15672', '5672:5672'")).toEqual(port(5672));
  expect(withoutPort("postgresql+asyncpg://u:p@queue/x", "'5432:5432'")).toEqual(port(5432));
  expect(withoutPort("other://queue/x", "'9000:9001'")).toEqual(port(9001));
  expect(withoutPort("other://queue/x", "'9000:9000'")).toBeUndefined();
});

test("the code names a container and its port without a scheme", () => {
  const files = {
    "main.py": FASTAPI,
    "requirements.txt": "fastapi\n",
    "stream.py": 'BROKER = "kafka:9092"\nOTHER = "localhost:9092"\nRATIO = "4:30"\n',
    "compose.yml": "services:\n  kafka: { image: 'apache/kafka:4.1.0', ports: ['9092:9092'] }\n",
  };
  expect(found(files).notes.filter((note) => note.startsWith("the code names"))).toEqual([
    "the code names the container kafka: outside of Compose use localhost and the published port (stream.py:1)",
  ]);
});
