import { expect, test } from "vitest";
import { FASTAPI, found } from "../layout.ts";

const STACK =
  "services:\n  db:\n    image: postgres:17\n    environment: { POSTGRES_PASSWORD: '${DB_PASSWORD}' }\n    ports: ['5432:5432']\n";

const said = (makefile: string, files: Record<string, string> = {}): string[] =>
  found({
    "main.py": FASTAPI,
    "compose.yml": STACK,
    ".env.dev.example": "DB_PASSWORD=x\n",
    Makefile: makefile,
    ...files,
  }).notes.filter((note) => note.startsWith("Compose is given"));

test.each(["--env-file .env.dev", "--env-file=.env.dev"])("variables that Compose is given with %s", (option) => {
  expect(said(`dev:\n\tdocker compose ${option} up -d\n`)).toEqual([
    'Compose is given .env.dev by `--env-file`: run `export COMPOSE_ENV_FILES="$PWD/.env.dev"` before `devpm dev` (Makefile:2)',
  ]);
});

test("each of several, with the one that Compose would no longer read by itself", () => {
  expect(said("dev:\n\tdocker compose --env-file ./.env --env-file api/.env.dev up -d\n")).toEqual([
    'Compose is given .env and api/.env.dev by `--env-file`: run `export COMPOSE_ENV_FILES="$PWD/.env,$PWD/api/.env.dev"` before `devpm dev` (Makefile:2)',
  ]);
});

test("the file is named from the root, whatever folder the command runs in", () => {
  const makefile = "dev:\n\tcd infra && docker compose --env-file dev.env -f ../compose.yml up\n";
  expect(said(makefile, { "infra/README.md": "" })[0]).toContain('COMPOSE_ENV_FILES="$PWD/infra/dev.env"');
});

test("a document below the root may speak of the root, where the compose file is", () => {
  const start = (options: string) => ({ "docs/start.md": `\`\`\`\ndocker compose ${options} up\n\`\`\`\n` });
  expect(said("", start("--env-file .env.dev"))[0]).toContain('COMPOSE_ENV_FILES="$PWD/.env.dev"');
  expect(said("", start("--env-file .env -f compose.yml"))).toEqual([]);
  expect(said("", start("--env-file .env.dev -f ../compose.yml"))[0]).toContain(
    'COMPOSE_ENV_FILES="$PWD/docs/.env.dev"',
  );
});

test.each([
  ["the file that Compose reads by itself", "dev:\n\tdocker compose --env-file .env up\n", {}],
  ["a deployment", "prod:\n\tdocker compose --env-file .env.prod up -d\n", {}],
  ["another command than a start", "logs:\n\tdocker compose --env-file .env.dev logs\n", {}],
  [
    "a compose file without variables",
    "dev:\n\tdocker compose --env-file .env.dev up\n",
    { "compose.yml": "services:\n  db: { image: postgres:17 }\n" },
  ],
])("not of %s", (_, makefile, files) => {
  expect(said(makefile, files)).toEqual([]);
});
