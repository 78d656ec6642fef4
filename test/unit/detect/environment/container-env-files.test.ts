import { expect, test } from "vitest";
import { configText } from "../../../../src/detect/config-text.ts";
import { configOf } from "../../../../src/detect/detection.ts";
import { FASTAPI, VITE, found } from "../layout.ts";

const READS = `${FASTAPI}import os\nos.environ["REDIS_HOST"]\n`;

/** What the API's container is given, and the rest of the project. */
const project = (envFile: string, files: Record<string, string>) =>
  found({
    "api/main.py": READS,
    "api/requirements.txt": "fastapi\n",
    "api/Dockerfile": "FROM python:3.13\n",
    "compose.yml": `services:
  api:
    build: ./api
    env_file: ${envFile}
  cache: { image: "redis:8", ports: ["6379:6379"] }
`,
    ...files,
  });

const given = (envFile: string, files: Record<string, string> = {}) => project(envFile, files).apps[0]?.envFile;

test("a file of variables of the app's container is given to the app, and names of containers in it are replaced", () => {
  const detected = project("config/dev.env", { "config/dev.env": "REDIS_HOST=cache\nMODE=dev\n" });
  expect(detected.apps[0]).toMatchObject({
    envFile: ["config/dev.env"],
    env: { REDIS_HOST: [{ service: "cache", what: "host" }] },
  });
  expect(configText(detected)).toContain('envFile: ["config/dev.env"],');
  expect(configOf(detected)).toMatchObject({ apps: { backend: { envFile: ["config/dev.env"] } } });
});

test("one that a template makes counts, with the template's values", () => {
  const detected = project(".env.dev", { ".env.dev.example": "REDIS_HOST=cache\n" });
  expect(detected.templates).toMatchObject([{ target: ".env.dev" }]);
  expect(detected.apps[0]).toMatchObject({ envFile: [".env.dev"], env: { REDIS_HOST: [{ what: "host" }] } });
});

test("several keep their order; a .env between the root and the app is one of them", () => {
  expect(given("[config/a.env, config/b.env]", { "config/a.env": "A=1\n", "config/b.env": "B=1\n" })).toEqual([
    "config/a.env",
    "config/b.env",
  ]);
  const inner = found({
    "shop/api/main.py": FASTAPI,
    "shop/api/requirements.txt": "fastapi\n",
    "shop/.env": "A=1\n",
    "shop/compose.yml": "services:\n  api: { build: ./api, env_file: .env }\n  cache: { image: 'redis:8' }\n",
    "shop/api/Dockerfile": "FROM python:3.13\n",
  });
  expect(inner.apps[0]?.envFile).toEqual(["shop/.env"]);
});

test.each([
  [".env", { ".env": "A=1\n" }],
  ["api/.env", { "api/.env": "A=1\n" }],
  [".env.example", { ".env.example": "A=1\n" }],
  [".env.docker", { ".env.docker": "A=1\n" }],
  ["config/gone.env", {}],
  ["../other/dev.env", {}],
])("%s is not: it is read anyway, is a template, is for another place, or is not there", (envFile, files) => {
  expect(given(envFile, files)).toBeUndefined();
});

test("what a worker's or a front end's container is given is not the backend's", () => {
  const { apps } = found({
    "api/main.py": FASTAPI,
    "api/requirements.txt": "fastapi\n",
    "api/Dockerfile": "FROM python:3.13\n",
    "web/package.json": VITE,
    "web/Dockerfile": "FROM node:22\n",
    "web/dev.env": "A=1\n",
    "api/worker.env": "B=1\n",
    "compose.yml": `services:
  worker: { build: ./api, command: celery -A x worker, env_file: api/worker.env }
  api: { build: ./api }
  web: { build: ./web, env_file: web/dev.env }
`,
  });
  expect(apps.map(({ envFile }) => envFile)).toEqual([undefined, undefined]);
});
