import { expect, test } from "vitest";
import { commandsOf } from "../../../../src/detect/commands/all.ts";
import { chooseCompose } from "../../../../src/detect/compose/choose.ts";
import { readStack } from "../../../../src/detect/compose/model.ts";
import { FASTAPI, found, layout } from "../layout.ts";

const chosen = (files: Record<string, string>) => {
  const repository = layout(files);
  return chooseCompose(repository, commandsOf(repository));
};

const STACK = "services:\n  db:\n    image: postgres:17\n    ports: ['5432:5432']\n";

test("anchors, merge keys, extends, include, long ports and unset variables", () => {
  const stack = readStack(
    layout({
      "compose.yml": `
include: [more/extra.yml]
x-base: &base
  image: redis:8
  restart: always
services:
  cache:
    <<: *base
    ports:
      - target: 6379
        published: \${CACHE_PORT:-6380}
  queue:
    extends: { file: more/extra.yml, service: base }
    depends_on: { cache: { condition: service_completed_successfully } }
    ports: ["127.0.0.1:\${QUEUE:?must be set}:5672", "15672"]
`,
      "more/extra.yml": "services:\n  base:\n    image: rabbitmq:4\n    environment: [A=1, B]\n",
    }),
    ["compose.yml"],
  );
  expect(stack.services).toMatchObject([
    { name: "base", file: "more/extra.yml" },
    { name: "cache", image: "redis:8", ports: [{ host: 6380, container: 6379 }], line: 7 },
    {
      name: "queue",
      image: "rabbitmq:4",
      environment: { A: "1", B: null },
      waitsForEnd: ["cache"],
      ports: [
        { host: null, container: 5672 },
        { host: null, container: 15672 },
      ],
    },
  ]);
});

test("what each service is to somebody who runs the apps himself", () => {
  const composed = chosen({
    "compose.yml": `services:
  db: { image: "postgis/postgis:17" }
  own-db: { build: ./docker/db }
  api: { build: ./api, image: acme/shop-api, depends_on: [db] }
  worker: { image: acme/shop-api, command: celery -A x worker }
  remote: { image: "ghcr.io/acme/shop-web:latest" }
  dev: { image: "python:3.13", volumes: [".:/app"], command: python app.py }
  edge: { image: "nginx:1" }
  login: { image: "quay.io/oauth2-proxy/oauth2-proxy:v7" }
  gate: { image: "authelia/authelia:4" }
  renew: { image: quay.io/letsencrypt/letsencrypt, ports: ["443"] }
  admin: { image: adminer }
  tables: { image: acme/docker-pgadmin4 }
  metrics: { image: prom/prometheus }
  init: { image: minio/mc, depends_on: [s3] }
  s3: { image: minio/minio }
  later: { image: "redis:8", profiles: [full] }
`,
    "docker/db/Dockerfile": "FROM postgres:17 AS base\nFROM base\nCOPY x y\n",
    "api/Dockerfile": "FROM python:3.13\n",
  });
  expect(composed?.infra.map(({ name }) => name)).toEqual(["db", "own-db", "init", "s3"]);
  expect(Object.fromEntries(composed?.roles ?? [])).toMatchObject({
    api: "app",
    worker: "app",
    remote: "app",
    dev: "app",
    edge: "proxy",
    login: "proxy",
    gate: "proxy",
    renew: "proxy",
    admin: "console",
    tables: "console",
    metrics: "monitoring",
  });
  expect(composed?.omitted.find(({ what }) => what === "later")?.why).toBe("only started with the profile full");
});

test.each<[string, Record<string, string>, string[]]>([
  ["the root's", { "compose.yml": STACK, "docker/compose.yml": STACK }, ["compose.yml"]],
  [
    "with its override",
    { "docker-compose.yml": STACK, "docker-compose.override.yml": STACK },
    ["docker-compose.yml", "docker-compose.override.yml"],
  ],
  [
    "development's, never the one for acceptance, however often that is named",
    {
      "compose.qa.yml": STACK,
      "compose.dev.yml": STACK,
      Makefile:
        "dev:\n\tdocker compose -f compose.dev.yml up\n\nqa:\n\tdocker compose -f compose.qa.yml build\n\tdocker compose -f compose.qa.yml up -d\n",
    },
    ["compose.dev.yml"],
  ],
  [
    "development's, never production's",
    { "docker-compose.prod.yml": STACK, "docker-compose.dev.yml": STACK },
    ["docker-compose.dev.yml"],
  ],
  ["in a folder whose name is no test", { "latest/docker-compose.yml": STACK }, ["latest/docker-compose.yml"]],
  ["in a folder for it", { "docker/docker-compose.yml": STACK }, ["docker/docker-compose.yml"]],
  [
    "what a command names",
    {
      "compose.yml": STACK,
      "infra/local.compose.yml": STACK,
      Makefile: "up:\n\tdocker compose -f infra/local.compose.yml up -d\n",
    },
    ["infra/local.compose.yml"],
  ],
  [
    "several that a command names",
    {
      "compose.yml": STACK,
      "compose.dev.yml": STACK,
      "README.md": "```\ndocker compose -f compose.yml -f compose.dev.yml up\n```\n",
    },
    ["compose.yml", "compose.dev.yml"],
  ],
  [
    "COMPOSE_FILE",
    { "compose.yml": STACK, "x.compose.yml": STACK, ".env": "COMPOSE_FILE=x.compose.yml\n" },
    ["x.compose.yml"],
  ],
  [
    "the one with stores",
    { "compose.yml": "services:\n  api: { build: . }\n", "docker-compose.dev.yml": STACK },
    ["docker-compose.dev.yml"],
  ],
])("the compose file: %s", (_, files, expected) => {
  expect(chosen(files)?.files).toEqual(expected);
});

test("a stack in a folder of templates is the project's where its apps are there, too", () => {
  const filesOf = (app: string) => found({ [`${app}/main.py`]: FASTAPI, "template/api/compose.yml": STACK }).infra;
  expect(filesOf("template/api")?.services).toEqual(["db"]);
  expect(filesOf("api")).toBeNull();
  expect(found({ "main.py": FASTAPI, "template/compose.yml": STACK }).infra).toBeNull();
});

test("a profile that a command or COMPOSE_PROFILES names is active", () => {
  const stack = "services:\n  db: { image: 'postgres:17', profiles: [dev] }\n";
  expect(chosen({ "compose.yml": stack, ".env": "COMPOSE_PROFILES=dev\n" })?.infra).toHaveLength(1);
  expect(chosen({ "compose.yml": stack, Makefile: "up:\n\tdocker compose --profile dev up\n" })?.infra).toHaveLength(1);
});

test("DATABASE_URL and hosts are written as a program on the host reaches them", () => {
  const app = (compose: string, code: string): unknown =>
    found({ "app.py": `${FASTAPI}${code}`, "compose.yml": compose }).apps[0]?.env;
  const db =
    "services:\n  db:\n    image: postgres:17\n    ports: ['5433:5432']\n    environment: { POSTGRES_USER: u, POSTGRES_PASSWORD: p, POSTGRES_DB: d }\n";
  expect(app(db, "x = os.environ['DATABASE_URL']\n")).toEqual({
    DATABASE_URL: [
      ...["postgresql://", { service: "db", what: "env", name: "POSTGRES_USER" }, ":"],
      ...[{ service: "db", what: "env", name: "POSTGRES_PASSWORD" }, "@", { service: "db", what: "host" }, ":"],
      ...[{ service: "db", what: "port", port: 5432 }, "/", { service: "db", what: "env", name: "POSTGRES_DB" }],
    ],
  });
  expect(app(db, "x = 'DATABASE_URL'\n")).toBeUndefined();
  const given = `${db}  api: { build: ., environment: { DATABASE_URL: "postgresql+asyncpg://u:p@db:5432/d", DB_HOST: db, DB_PORT: 5432, OTHER: db } }\n`;
  expect(app(given, "")).toEqual({
    DATABASE_URL: [
      "postgresql+asyncpg://u:p@",
      { service: "db", what: "host" },
      ":",
      { service: "db", what: "port", port: 5432 },
      "/d",
    ],
    DB_HOST: [{ service: "db", what: "host" }],
    DB_PORT: [{ service: "db", what: "port", port: 5432 }],
  });
});

test("a password that has to be filled in is taken from the container, not from the template", () => {
  const urlOf = (password: string) =>
    found({
      "app.py": FASTAPI,
      ".env.example": `DB_PASSWORD=${password}\n`,
      "compose.yml": `services:
  db: { image: "postgres:17", ports: ["5432:5432"], environment: { POSTGRES_PASSWORD: "\${DB_PASSWORD:-dev}" } }
  api: { build: ., environment: { DATABASE_URL: "postgresql://shop:\${DB_PASSWORD:-dev}@db:5432/shop" } }
`,
    }).apps[0]?.env?.DATABASE_URL?.slice(0, 3);
  const host = { service: "db", what: "host" };
  const secret = { service: "db", what: "env", name: "POSTGRES_PASSWORD" };
  expect(urlOf("CHANGE_ME_to_a_password")).toEqual(["postgresql://shop:", secret, "@"]);
  expect(urlOf("secret")).toEqual(["postgresql://shop:secret@", host, ":"]);
});

test("what only the app's container is given and its code reads is said, unless it is about the container", () => {
  const environment = `
      SETTINGS: shop.config.Development
      UNREAD: x
      SET: compose
      DATA_DIR: /data
      STORE: http://db:5432
      EMPTY: ""
      UNKNOWN: \${UNKNOWN}
      PORT: 8000`;
  const names = ["SETTINGS", "SET", "DATA_DIR", "STORE", "EMPTY", "UNKNOWN", "PORT"];
  const { apps, notes } = found({
    "app.py": `${FASTAPI}${names.map((name) => `os.getenv("${name}")\n`).join("")}`,
    ".env.example": "SET=file\n",
    "compose.yml": `services:\n  api:\n    build: .\n    environment:${environment}\n  db: { image: 'postgres:17' }\n`,
  });
  expect(apps[0]?.env).toBeUndefined();
  expect(notes).toContain(
    "app.py runs with SETTINGS in its container, and no file sets it: write what it needs in .env",
  );
});

test.each([
  ["sqlalchemy\nasyncpg\n", "", "postgresql+asyncpg://"],
  ["SQLAlchemy>=2\npsycopg[binary]\n", "", "postgresql+psycopg://"],
  ["sqlmodel\npsycopg2-binary\n", "", "postgresql://"],
  ["asyncpg\n", "", "postgresql://"],
  ["sqlalchemy\nasyncpg\n", "y = 'postgresql+psycopg://'\n", "postgresql+psycopg://"],
])("the driver in DATABASE_URL: of %j", (requirements, code, start) => {
  const compose =
    "services:\n  db:\n    image: postgres:17\n    ports: ['5432:5432']\n    environment: { POSTGRES_USER: u, POSTGRES_PASSWORD: p, POSTGRES_DB: d }\n";
  const { apps } = found({
    "app.py": `${FASTAPI}x = os.environ['DATABASE_URL']\n${code}`,
    "compose.yml": compose,
    "requirements.txt": requirements,
  });
  expect(apps[0]?.env?.DATABASE_URL?.[0]).toBe(start);
});

test.each([
  [
    "nothing sets it",
    {},
    ["compose.yml uses DB_USER and DB_PORT, which no file sets: write them in .env (compose.yml:2)"],
  ],
  ["a template names it", { ".env.example": "DB_USER=u\nDB_PORT=5432\n" }, []],
  [
    "one of them is set",
    { ".env": "DB_PORT=5432\n" },
    ["compose.yml uses DB_USER, which no file sets: write it in .env (compose.yml:2)"],
  ],
])("variables of a compose file: %s", (_, files, notes) => {
  const compose =
    "services:\n  db:\n    image: postgres:17\n    environment:\n      POSTGRES_USER: ${DB_USER:?set it}\n      POSTGRES_DB: ${DB_NAME:-shop}\n      CASH: $${DOLLAR}\n    ports:\n      - ${DB_PORT}:${DB_PORT}\n  web:\n    build: .\n    environment: { X: $OTHER }\n";
  expect(found({ "app.py": FASTAPI, "compose.yml": compose, ...files }).notes).toEqual(notes);
});

test("broken YAML, an alias bomb and a stack without services", () => {
  const bomb = `a: &a [1,1,1,1,1,1,1,1,1]\n${["b", "c", "d", "e", "f", "g", "h", "i"].map((name, index) => `${name}: &${name} [${Array(9).fill(`*${"abcdefgh"[index]}`).join(",")}]`).join("\n")}\nservices: { db: { image: postgres, x: *i } }\n`;
  const broken = "services:\n  a: b: c\n";
  expect(chosen({ "compose.yml": broken })).toBeNull();
  expect(found({ "app.py": FASTAPI, "compose.yml": broken }).notes).toEqual([
    "compose.yml is not valid YAML and was left out",
  ]);
  const begun = "# the stack, later\n\n  # of api and db\n";
  expect(found({ "app.py": FASTAPI, "compose.yml": begun }).notes).toEqual([]);
  expect(chosen({ "compose.yml": bomb })).toBeNull();
  expect(chosen({ "compose.yml": "services:\n" })?.infra ?? []).toEqual([]);
});

test("an image that a command of the repository builds is one of its apps", () => {
  const { infra } = found({
    Makefile: "image:\n\tdocker build -f api/Dockerfile -t acme/store:latest .\n",
    "compose.yml":
      "services:\n  store: { image: acme/store:latest }\n  db: { image: postgres:17, ports: ['5432:5432'] }\n",
    "api/main.py": FASTAPI,
  });
  expect(infra?.services).toEqual(["db"]);
});

test.each([
  [
    "a command shows",
    "api",
    "acme/store:latest",
    { Makefile: "image:\n\tdocker build -f api/Dockerfile -t acme/store --build-arg A=b .\n" },
  ],
  [
    "a command shows, in its folder",
    "api",
    "store",
    { Makefile: "image:\n\tcd api && docker buildx build . --tag store:dev\n" },
  ],
  ["the Dockerfile beside it shows", ".", "store", {}],
])("the port of an image that is built by hand, as %s", (_, folder, image, files) => {
  const at = (file: string): string => (folder === "." ? file : `${folder}/${file}`);
  const { apps } = found({
    "compose.yml": `services:\n  store: { image: '${image}', ports: ['8123:80'] }\n`,
    [at("main.py")]: FASTAPI,
    [at("Dockerfile")]: "FROM python:3.12\n",
    ...files,
  });
  expect(apps).toMatchObject([{ cwd: folder, port: 8123 }]);
});

test("what is built of another repository is a service", () => {
  const { infra } = found({
    "compose.yml":
      "services:\n  runner: { build: 'https://git.example/acme/runner.git#main', ports: ['8800:80'] }\n  api: { build: ./api }\n",
    "api/Dockerfile": "FROM python:3.12\n",
    "api/main.py": FASTAPI,
  });
  expect(infra?.services).toEqual(["runner"]);
});

test("a template beside no app, whose file a service is given, is named", () => {
  const { templates } = found({
    "compose.yml": "services:\n  db: { image: postgres:17, env_file: [database/.env] }\n",
    "database/.env.template": "POSTGRES_USER=\n",
    "api/main.py": FASTAPI,
  });
  expect(templates).toMatchObject([{ template: "database/.env.template", target: "database/.env" }]);
});

test("a stack that is called local.yml, before one for production", () => {
  const files = { "local.yml": STACK, "production.yml": STACK, "api/main.py": FASTAPI };
  expect(chosen(files)?.files).toEqual(["local.yml"]);
  for (const settings of ["name: no stack\n", "services:\n  redis:\n    host: localhost\n    port: 6379\n"])
    expect(chosen({ "local.yml": settings })).toBeNull();
});

test("a compose file with places to fill in is read", () => {
  const text = "services:\n  db:\n    image: postgres:17\n    ports: ['5432:5432']\n";
  const template = `${text}{% if queue %}\n  queue:\n    image: rabbitmq:4\n{% endif %}\nvolumes:\n  data:\n    name: {{ project_name }}_data\n`;
  expect(chosen({ "compose.yml": template })?.infra.map(({ name }) => name)).toEqual(["db", "queue"]);
  const unclosed = `${template}# {{${"a".repeat(500_000)}\n`;
  expect(chosen({ "compose.yml": unclosed })?.infra.map(({ name }) => name)).toEqual(["db", "queue"]);
});

test("the database of a deployment is left out where development does without it", () => {
  const PROXY = "  proxy:\n    image: caddy:2\n    ports: ['443:443']\n";
  const stack = (more: string): string =>
    `services:\n  db:\n    image: postgres:17\n${more}  cache:\n    image: redis:8\n${PROXY}`;
  const SQLITE = 'import os\nURL = os.environ.get("DATABASE_URL", "sqlite:///shop.db")\n';
  const taken = (compose: string, files: Record<string, string> = { "db.py": SQLITE }) =>
    chosen({ "compose.yml": compose, "api/main.py": FASTAPI, ...files })?.infra.map(({ name }) => name);
  expect(taken(stack(""))).toEqual(["cache"]);
  expect(chosen({ "compose.yml": stack(""), "db.py": SQLITE })?.omitted.find(({ what }) => what === "db")?.why).toMatch(
    /publishes no port, and the code uses SQLite/,
  );
  const api = (more: string): string => `  api:\n    build: .\n    ${more}\n`;
  // a program on the host reaches it, the app is reached without the proxy, its source is mounted, or nothing is in front of it
  for (const more of ["    ports: ['5432:5432']\n", api("ports: ['8000:8000']"), api("volumes: ['./api:/app']")])
    expect(taken(stack(more))).toEqual(["db", "cache"]);
  expect(taken(stack("").replace(PROXY, ""))).toEqual(["db", "cache"]);
  // development is given it, or has nothing else
  for (const example of ["DATABASE_URL=postgresql://a:b@localhost/shop\n", "DB_HOST=db\n"])
    expect(taken(stack(""), { "db.py": SQLITE, ".env.example": example })).toEqual(["db", "cache"]);
  expect(taken(stack(""), { "tests/test_db.py": SQLITE })).toEqual(["db", "cache"]);
});

test("a template's files are read without its tags; a file that is broken besides stays broken", () => {
  const compose = `{% raw -%}\n${STACK}{% endraw %}\n`;
  expect(chosen({ "compose.yml": compose })?.infra.map(({ name }) => name)).toEqual(["db"]);
  const pyproject = '{% raw %}\n[project]\nname = "shop"\n{% endraw %}\n';
  expect(found({ "api/main.py": FASTAPI, "api/pyproject.toml": pyproject }).notes).toEqual([]);
  expect(found({ "api/main.py": FASTAPI, "api/pyproject.toml": `${pyproject}name =` }).notes).toEqual([
    "api/pyproject.toml is not valid TOML and was left out",
  ]);
});

const PARTS = {
  Makefile: `DC = docker compose
STORES = docker_compose/stores.yaml
APP = docker_compose/app.yaml
stores:
\t\${DC} -f \${STORES} --env-file .env up -d
stores-down:
\t\${DC} -f \${STORES} down
app:
\t\${DC} -f \${APP} up -d
app-down:
\t\${DC} -f \${APP} down
`,
  "docker_compose/stores.yaml": STACK,
  "docker_compose/app.yaml": "services:\n  api:\n    build: ..\n",
};

test("files of a folder of compose files, which one command starts together, are one stack", () => {
  expect(chosen(PARTS)?.files).toEqual(["docker_compose/stores.yaml"]);
  const all = "all:\n\t${DC} -f ${STORES} -f ${APP} up -d\n";
  expect(chosen({ ...PARTS, Makefile: PARTS.Makefile + all })?.files).toEqual([
    "docker_compose/stores.yaml",
    "docker_compose/app.yaml",
  ]);
});

test("a stack that several commands start a part of counts once: what no command names is not taken for named", () => {
  const files = {
    ...PARTS,
    Makefile: `${PARTS.Makefile}all:\n\t\${DC} -f \${STORES} -f \${APP} up -d\n`,
    "docker_compose/stores.yaml": "services:\n  worker:\n    build: ..\n",
    "docker-compose.yml": "services:\n  db:\n    image: postgres:17\n",
    "docker-compose.dev.yml": STACK,
  };
  expect(chosen(files)?.files).toEqual(["docker-compose.dev.yml"]);
});

test("a file that Compose finds by itself, or one that another changes, is no part of a stack", () => {
  const up = (files: string) => `docker compose ${files} up\n`;
  const readme = (...lines: string[]) => `\`\`\`\n${lines.join("")}\`\`\`\n`;
  const extra = "services:\n  chat:\n    image: ollama/ollama\n";
  const alone = readme(up("-f compose.yml"), up("-f compose.yml"), up("-f compose.yml -f compose.chat.yml"));
  expect(chosen({ "README.md": alone, "compose.yml": STACK, "compose.chat.yml": extra })?.files).toEqual([
    "compose.yml",
  ]);
  const changed = readme(
    up("-f base.compose.yml"),
    up("-f base.compose.yml"),
    up("-f base.compose.yml -f big.compose.yml"),
  );
  expect(chosen({ "README.md": changed, "base.compose.yml": STACK, "big.compose.yml": STACK })?.files).toEqual([
    "base.compose.yml",
  ]);
});

test("a stack in an archive is not taken in place of one that has no stores", () => {
  const files = {
    "main.py": FASTAPI,
    "archives/docker-compose-old.yml": STACK,
    "docker-compose.yml": "services:\n  api:\n    build: .\n",
  };
  expect(chosen(files)?.files).toEqual(["docker-compose.yml"]);
});

test("COMPOSE_FILE is written without the `./` before it", () => {
  expect(chosen({ ".env": "COMPOSE_FILE=./stack.compose.yml\n", "stack.compose.yml": STACK })?.files).toEqual([
    "stack.compose.yml",
  ]);
});

test.each([
  ["of ksqlDB's server is infra", "FROM confluentinc/ksqldb-server:0.28 AS base\nFROM base\n", "infra"],
  ["of Kafka Connect is infra", "FROM quay.io/debezium/connect:3\n", "infra"],
])("what is built %s", (_, dockerfile, role) => {
  const files = { "compose.yml": "services:\n  stream:\n    build: ./stream\n", "stream/Dockerfile": dockerfile };
  expect(chosen(files)?.roles.get("stream")).toBe(role);
});

test("Kafka's pages for people are left out", () => {
  const stack = "services:\n  control: { image: 'confluentinc/cp-enterprise-control-center:7' }\n";
  expect(chosen({ "compose.yml": stack })?.roles.get("control")).toBe("console");
});

test("the profile of a deployment that a document shows counts where no store runs without it", () => {
  const store = (name: string, profile: string) => `  ${name}: { image: 'postgres:17', profiles: [${profile}] }\n`;
  const names = (services: string, files: Record<string, string> = {}) =>
    chosen({
      "compose.yml": `services:\n${services}`,
      "README.md": "```\ndocker compose --profile prod up\n```\n",
      ...files,
    })?.infra.map(({ name }) => name);
  expect(names(`  db: { image: 'postgres:17' }\n${store("db-prod", "prod")}`)).toEqual(["db"]);
  expect(names(store("db", "prod"))).toEqual(["db"]);
  expect(names(store("db", "dev, prod"))).toEqual(["db"]);
  // what is set is asked for
  const set = { ".env": "COMPOSE_PROFILES=prod\n" };
  expect(names(`  db: { image: 'postgres:17' }\n${store("db-prod", "prod")}`, set)).toEqual(["db", "db-prod"]);
});
