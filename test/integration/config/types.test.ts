import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { configText } from "../../../src/detect/config-text.ts";
import { REPOSITORY } from "../../rigs/devpm.ts";
import { FASTAPI, VITE, found, packageJson } from "../../unit/detect/layout.ts";
import { fixture } from "../../rigs/fixtures.ts";

/** What the compiler says about each file: `LINE: TEXT`. One run for all, with the strictest settings a user may have. */
function compile(files: Readonly<Record<string, string>>): Record<string, string[]> {
  const folder = mkdtempSync(path.join(tmpdir(), "devpm-types-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, `${name}.ts`), text);
  const compilerOptions = {
    noEmit: true,
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    target: "es2022",
    module: "nodenext",
    allowImportingTsExtensions: true,
    types: [],
    paths: { devpm: [path.join(REPOSITORY, "src/index.ts")] },
  };
  writeFileSync(path.join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
  writeFileSync(path.join(folder, "package.json"), '{ "type": "module" }');
  const tsc = path.join(REPOSITORY, "node_modules/typescript/bin/tsc");
  const { stdout } = spawnSync(process.execPath, [tsc, "-p", folder, "--pretty", "false"], {
    encoding: "utf8",
    cwd: folder,
  });
  const said: Record<string, string[]> = Object.fromEntries(Object.keys(files).map((name) => [name, []]));
  for (const [, name = "", line, text = ""] of stdout.matchAll(/^(.+)\.ts\((\d+),\d+\): error TS\d+: (.+)$/gm)) {
    said[name] = [...(said[name] ?? []), `${line}: ${text}`];
  }
  return said;
}

const HEAD =
  'import { alembic, defineConfig, django, djangoMigrate, fastapi, flask, prismaMigrate, vite } from "devpm";\n';

const GOOD = fixture("config/good.ts");

const INFRA = 'infra: { services: ["postgres"] }';

/** What does not compile, and the word the compiler points at it with. */
const BAD: Record<string, [config: string, says: RegExp]> = {
  dependencyInPreset: [
    `{ ${INFRA}, apps: { a: flask({ app: "x", dependsOn: ["postgress"] }) } }`,
    /"postgress".*Did you mean '"postgres"'/,
  ],
  dependencyInApp: [`{ ${INFRA}, apps: { a: { command: "x", dependsOn: ["bb"] }, b: { command: "y" } } }`, /"bb"/],
  dependencyInArray: [
    `{ apps: [{ name: "a", command: "x", dependsOn: ["bb"] }, { name: "b", command: "x" }] }`,
    /"bb"/,
  ],
  dependencyWithoutInfra: [`{ apps: { a: { command: "x" }, b: vite({ dependsOn: ["aa"] }) } }`, /"aa"/],
  serviceInPreset: [
    `{ ${INFRA}, apps: { a: flask({ app: "x", env: ({ services }) => ({ A: services.postgress.host }) }) } }`,
    /'postgress'.*Did you mean 'postgres'/,
  ],
  serviceTakenApart: [
    `{ ${INFRA}, apps: { a: flask({ app: "x", dependsOn: ["postgres"], env: ({ services: { kafka } }) => ({ A: kafka.host }) }) } }`,
    /'kafka'/,
  ],
  serviceInDjango: [`{ ${INFRA}, apps: { a: django({ dependsOn: ["redis"] }) } }`, /"redis"/],
  keyInDjango: [`{ apps: { a: django({ setings: "shop.dev" }) } }`, /setings/],
  serviceInFastapi: [
    `{ ${INFRA}, apps: { a: fastapi({ app: "x", env: ({ services }) => ({ A: services.redis.host }) }) } }`,
    /'redis'/,
  ],
  serviceInApp: [
    `{ ${INFRA}, apps: { a: { command: "x", env: ({ services }) => ({ A: services.redis.host }) } } }`,
    /'redis'/,
  ],
  serviceWithoutInfra: [`{ apps: { a: vite({ env: ({ services }) => ({ A: services.redis.host }) }) } }`, /'redis'/],
  appInPreset: [`{ apps: { a: { command: "x" }, b: vite({ env: ({ apps }) => ({ X: apps.c.url }) }) } }`, /'c'/],
  taskInPreset: [
    `{ apps: { a: flask({ app: "x", dependsOn: ["migrat"] }) }, tasks: { migrate: { run: "x" } } }`,
    /"migrat".*Did you mean '"migrate"'/,
  ],
  taskInApp: [`{ apps: { a: { command: "x", dependsOn: ["seed"] } }, tasks: { migrate: { run: "x" } } }`, /"seed"/],
  taskInArray: [
    `{ apps: [{ name: "a", command: "x", dependsOn: ["seed"] }], tasks: { migrate: { run: "x" } } }`,
    /"seed"/,
  ],
  dependencyOfTask: [
    `{ ${INFRA}, apps: { a: { command: "x" } }, tasks: { m: { run: "x", dependsOn: ["postgress"] } } }`,
    /"postgress"/,
  ],
  dependencyOfTaskPreset: [
    `{ ${INFRA}, apps: { a: { command: "x" } }, tasks: { m: alembic({ dependsOn: ["postgress"] }) } }`,
    /"postgress"/,
  ],
  appOfTask: [`{ apps: { a: { command: "x" } }, tasks: { m: { run: "x", app: "b" } } }`, /"b"/],
  appOfTaskPreset: [`{ apps: { a: { command: "x" } }, tasks: { m: alembic({ app: "b" }) } }`, /"b"/],
  memberOfGroup: [`{ apps: { a: { command: "x" } }, groups: { g: ["b"] } }`, /"b"/],
  unknownKeyOfTask: [`{ apps: { a: { command: "x" } }, tasks: { m: { rnu: "x" } } }`, /'rnu'/],
  taskAsService: [
    `{ ${INFRA}, apps: { a: { command: "x", env: ({ services }) => ({ A: services.m.host }) } }, tasks: { m: { run: "x" } } }`,
    /'m'/,
  ],
  unknownKey: [`{ apps: { a: { command: "x", comand: "y" } } }`, /'comand'.*Did you mean to write 'command'/],
  unknownKeyInPreset: [`{ apps: { a: flask({ app: "x", prot: 4 }) } }`, /'prot'/],
  unknownKeyAtTheTop: [`{ nmae: "x", apps: { a: { command: "x" } } }`, /'nmae'/],
  portAsText: [`{ apps: { a: vite({ port: "5173" }) } }`, /'string' is not assignable to type 'number'/],
  presetWithoutApp: [`{ apps: { a: flask({ port: 1 }) } }`, /'app' is missing/],
  wrongReload: [`{ apps: { a: { command: "x", reload: "hot" } } }`, /"hot"/],
};

test("the example of docs/config.md compiles", () => {
  const page = readFileSync(path.join(REPOSITORY, "docs/config.md"), "utf8");
  const [, example = ""] = /```ts\n([^]*?)```/.exec(page) ?? [];
  expect(example).toContain("defineConfig");
  expect(compile({ example })).toEqual({ example: [] });
});

test("what devpm init writes compiles: awkward names, commands with set-up, and addresses of services", () => {
  const compose = `services:
  default: { image: "postgres:17", ports: ["5433:5432"], environment: { POSTGRES_USER: u, POSTGRES_PASSWORD: p, POSTGRES_DB: d } }
  my-cache: { image: "redis:8", ports: ["6379:6379"] }
  api: { build: ., environment: { CACHE_URL: "redis://my-cache:6379/0?q=\`", DB_HOST: default } }
`;
  const written = configText(
    found({
      "main.py": `${FASTAPI}os.environ["DATABASE_URL"]\n`,
      "compose.yml": compose,
      "my ui/package.json": VITE,
      "class/package.json": packageJson({ dev: "next dev" }, ["next"]),
      "alembic.ini": "",
      "scripts/seed.py": "",
      "README.md": "```\npython scripts/seed.py\n```\n",
      "class/prisma/schema.prisma": "",
      "class/prisma/migrations/1/migration.sql": "",
      "admin/manage.py": "DJANGO_SETTINGS_MODULE",
      "admin/requirements.txt": "",
    }),
  );
  expect(written).toContain('services["my-cache"].port(6379)');
  expect(written).toMatch(/alembic\(.*\n.*prismaMigrate\(.*\n.*run: "python scripts\/seed\.py"/);
  expect(compile({ written })).toEqual({ written: [] });
});

test("what is right compiles; a wrong name or key does not, and the compiler says which", () => {
  const bad = Object.fromEntries(
    Object.entries(BAD).map(([name, [config]]) => [name, `${HEAD}export default defineConfig(${config});\n`]),
  );
  const said = compile({ good: GOOD, ...bad });
  expect(said.good).toEqual([]);
  for (const [name, [, says]] of Object.entries(BAD)) {
    expect(said[name], name).toHaveLength(1);
    expect(said[name]?.[0], name).toMatch(/^2: /);
    expect(said[name]?.[0], name).toMatch(says);
  }
});
