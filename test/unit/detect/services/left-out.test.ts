import { expect, test } from "vitest";
import { FASTAPI, VITE, found, layout } from "../layout.ts";
import { chooseCompose } from "../../../../src/detect/compose/choose.ts";

const OF_AN_APP = "one of the apps, or made of their image";
const OF_ITS_OWN = "built here, but not one of the apps; add it to `services` to have it started";

const SERVED = "FROM node:22 AS build\nRUN npm run build\nFROM nginx:alpine\nCOPY --from=build /app/dist /srv\n";

const PROJECT = {
  "api/main.py": FASTAPI,
  "api/requirements.txt": "fastapi\n",
  "api/Dockerfile": "FROM python:3.13\n",
  "web/package.json": VITE,
  "web/Dockerfile": SERVED,
};

const reasons = (services: string, more: Record<string, string> = {}) =>
  Object.fromEntries(
    found({ ...PROJECT, ...more, "compose.yml": `services:\n${services}` }).omitted.map(({ what, why }) => [what, why]),
  );

test("a front end's image that nginx serves is the front end's; one of nginx alone routes", () => {
  const services = `  web: { build: ./web }
  site: { build: { context: ., dockerfile: docker/Dockerfile.site } }
  shop: { build: ./shop }
  gateway: { build: ./gateway }
  edge: { image: "nginx:1" }
`;
  const more = {
    "shop/dockerfile": SERVED,
    "docker/Dockerfile.site": SERVED,
    "gateway/Dockerfile": "FROM nginx:1\nCOPY nginx.conf /etc/nginx/\n",
  };
  expect(reasons(services, more)).toEqual({
    web: OF_AN_APP,
    site: OF_AN_APP,
    shop: OF_AN_APP,
    gateway: "it routes to containers; the apps are reached directly",
    edge: "it routes to containers; the apps are reached directly",
  });
});

const ROUTES = "it routes to containers; the apps are reached directly";

test("nginx and pgbouncer that are built in folders of their own are proxies, whatever they are built on and have mounted", () => {
  const services = `  api: { build: ./api }
  nginx: { build: ./nginx, volumes: ["./web/dist:/usr/share/nginx/html"] }
  edge: { build: ./edge }
  pool: { build: ./pool, depends_on: [api] }
  pgbouncer: { build: ./pgbouncer }
  both: { build: ./both }
  gate: { build: ./docker/nginx }
  pooler: { build: { context: ., dockerfile: docker/pgbouncer/Dockerfile } }
  code: { build: ./docker/caddy }
`;
  const more = {
    "nginx/Dockerfile": "FROM nginx:1\nCOPY nginx.conf /etc/nginx/\n",
    "edge/Dockerfile": 'FROM debian:12\nRUN apt-get install nginx\nCMD ["nginx", "-g", "daemon off;"]\n',
    "pool/Dockerfile": "FROM edoburu/pgbouncer:1\nCOPY pgbouncer.ini /etc/pgbouncer/\n",
    "pgbouncer/Dockerfile":
      'FROM alpine:3\nENTRYPOINT ["/entrypoint.sh"]\nCMD ["/usr/bin/pgbouncer", "/etc/pgbouncer.ini"]\n',
    "both/Dockerfile": "FROM debian:12\nCMD service nginx start && python main.py\n",
    "docker/nginx/Dockerfile": "FROM acme/edge:1\n",
    "docker/pgbouncer/Dockerfile": 'FROM alpine:3\nRUN apk add pgbouncer\nENTRYPOINT ["/entrypoint.sh"]\n',
    "docker/caddy/Dockerfile": "FROM python:3.13\n",
  };
  expect(reasons(services, more)).toEqual({
    api: OF_AN_APP,
    nginx: ROUTES,
    edge: ROUTES,
    pool: ROUTES,
    pgbouncer: ROUTES,
    both: OF_AN_APP,
    gate: ROUTES,
    pooler: ROUTES,
    code: OF_AN_APP,
  });
});

test("a pgbouncer that is built here before a database is started with it", () => {
  const compose = `services:
  db: { image: "postgres:17" }
  pool: { build: ./pool, depends_on: [db] }
`;
  const files = { ...PROJECT, "pool/Dockerfile": "FROM edoburu/pgbouncer:1\n", "compose.yml": compose };
  expect(found(files).infra?.services).toEqual(["db", "pool"]);
});

test("a program that is built here and no app is said to be none of them", () => {
  const services = `  api: { build: ./api }
  models: { build: ./models }
  billing: { build: { context: ., dockerfile: services/billing/Dockerfile } }
  e2e: { build: ./e2e }
  logs: { build: ./logs }
`;
  const more = {
    "models/package.json": '{"scripts":{"dev":"tsx watch src/index.ts"}}',
    "models/Dockerfile": "FROM node:22\n",
    "services/billing/go.mod": "module billing\n",
    "services/billing/Dockerfile": "FROM golang:1\n",
    "e2e/package.json": '{"scripts":{"test":"playwright test"}}',
    "e2e/Dockerfile": "FROM mcr.microsoft.com/playwright:v1\n",
    "logs/Dockerfile": "FROM docker.elastic.co/beats/filebeat:9.1.5\n",
  };
  expect(reasons(services, more)).toEqual({
    api: OF_AN_APP,
    models: OF_ITS_OWN,
    billing: OF_ITS_OWN,
    e2e: "for tests",
    logs: "monitoring that no app needs; add it to `services` to have it started",
  });
});

test("images of a folder above an app, of a folder without a program, or with an app mounted are the apps'", () => {
  const services = `  prestart: { build: . }
  worker: { build: ./api/worker }
  job: { build: ./docker/job }
  debug: { build: ./tools, volumes: ["./api:/app"] }
`;
  const more = {
    Dockerfile: "FROM python:3.13\n",
    "api/worker/Dockerfile": "FROM python:3.13\n",
    "docker/job/Dockerfile": "FROM python:3.13\n",
    "tools/Dockerfile": "FROM python:3.13\n",
    "tools/requirements.txt": "debugpy\n",
  };
  expect(new Set(Object.values(reasons(services, more)))).toEqual(new Set([OF_AN_APP]));
});

test("a sidecar goes with its container; one in the network of a service that is started stays", () => {
  const files = {
    ...PROJECT,
    "compose.yml": `services:
  api: { build: ./api }
  dapr-api: { image: "daprio/daprd:1", network_mode: "service:api" }
  vpn: { image: qmcgaw/gluetun, ports: ["8080:8080"] }
  fetcher: { image: acme-torrent/fetcher, network_mode: "service:vpn" }
`,
  };
  expect(chooseCompose(layout(files), [])?.infra.map(({ name }) => name)).toEqual(["vpn", "fetcher"]);
  expect(reasons(files["compose.yml"].split("\n").slice(1).join("\n"))).toMatchObject({
    "dapr-api": "it runs in the network of a container that is left out",
  });
});

test("a page whose Dockerfile installs what it needs, without a list of it, is a program of its own", () => {
  const page = {
    "page/app/main.py": "import streamlit\n",
    "page/Dockerfile": "FROM python:3.13\nRUN pip install streamlit\n",
  };
  expect(reasons("  page: { build: ./page }\n", page)).toEqual({ page: OF_ITS_OWN });
  expect(reasons("  page: { build: ./page }\n", { "page/Dockerfile": "FROM python:3.13\n" })).toEqual({
    page: OF_AN_APP,
  });
});
