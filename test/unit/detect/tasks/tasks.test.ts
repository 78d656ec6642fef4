import { expect, test } from "vitest";
import { configText } from "../../../../src/detect/config-text.ts";
import { FASTAPI, FLASK, VITE, found, packageJson } from "../layout.ts";

/** The tasks of these files without their evidence, and what the apps wait for. */
function tasksIn(files: Readonly<Record<string, string>>) {
  const all = found(files);
  return {
    tasks: all.tasks.map((task) => Object.fromEntries(Object.entries(task).filter(([key]) => key !== "evidence"))),
    waits: Object.fromEntries(all.apps.map(({ name, dependsOn }) => [name, dependsOn])),
    notes: all.notes,
    text: configText(all),
  };
}

const ALEMBIC = { "alembic.ini": "[alembic]\nscript_location = migrations\n", "migrations/env.py": "" };
const within = (folder: string, files: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(files).map(([name, text]) => [`${folder}/${name}`, text]));

test("Alembic's folder: the migration that its app waits for, with what a document says as evidence", () => {
  const files = { "main.py": FASTAPI, ...ALEMBIC, Makefile: "migrate:\n\tuv run alembic upgrade head\n" };
  const { tasks, waits, notes, text } = tasksIn(files);
  expect(tasks).toEqual([{ name: "migrate", preset: "alembic", app: "backend", start: true, dependsOn: [] }]);
  expect(waits).toEqual({ backend: ["migrate"] });
  expect(notes).toEqual([]);
  expect(text).toContain('import { defineConfig, alembic, fastapi } from "devpm";');
  expect(text).toContain('  tasks: {\n    migrate: alembic({ app: "backend" }),\n  },\n');
  expect(found(files).tasks[0]?.evidence.map(({ file }) => file)).toEqual(["Makefile", "alembic.ini"]);
});

test("a folder of its own is written; what stands in tests and examples is none", () => {
  const files = { "app/main.py": FASTAPI, "pyproject.toml": "[project]\nname = 'x'\n", ...within("db", ALEMBIC) };
  expect(tasksIn(files).tasks).toEqual([
    { name: "migrate", preset: "alembic", app: "backend", cwd: "db", start: true, dependsOn: [] },
  ]);
  expect(tasksIn({ "main.py": FASTAPI, ...within("tests/db", ALEMBIC) }).tasks).toEqual([]);
});

test("Flask-Migrate runs Alembic itself", () => {
  const files = { "app.py": FLASK, "migrations/alembic.ini": "", "migrations/env.py": "" };
  expect(tasksIn(files).tasks).toEqual([
    { name: "migrate", preset: "flaskMigrate", app: "backend", start: true, dependsOn: [] },
  ]);
});

const LITESTAR = "from litestar import Litestar\napp = Litestar([])\n";

test.each<[string, Readonly<Record<string, string>>, object]>([
  [
    "Litestar's own command, which is not to ask",
    {
      "shop/__init__.py": "",
      "shop/main.py": LITESTAR,
      "pyproject.toml": "[project]\nname = 'x'\n",
      "README.md":
        "```\nuv run litestar database upgrade\n```\n\nLater:\n\n```\nuv run litestar database upgrade head\n```\n",
      ...within("shop/db/migrations", { "alembic.ini": "", "env.py": "" }),
      // a front end in the same folder migrates nothing
      "package.json": VITE,
    },
    { run: "litestar --app shop.main:app database upgrade --no-prompt" },
  ],
  [
    "the project's command line around it",
    {
      "main.py": LITESTAR,
      "pyproject.toml": "[project]\nname = 'x'\n[project.scripts]\nshop = 'shop:run'\n",
      Makefile: "migrate:\n\tuv run shop database upgrade --no-prompt\n",
    },
    { run: "shop database upgrade --no-prompt" },
  ],
  [
    "alembic.ini among the migrations of FastAPI, whose paths start above",
    {
      "api/main.py": FASTAPI,
      "api/requirements.txt": "alembic\n",
      ...within("api/db/migrations", { "alembic.ini": "script_location = db/migrations\n", "env.py": "" }),
    },
    { run: "python -m alembic -c db/migrations/alembic.ini upgrade head" },
  ],
  [
    "the same, whose paths start at the file",
    { "main.py": FASTAPI, ...within("migrations", { "alembic.ini": "script_location = %(here)s\n", "env.py": "" }) },
    { run: "python -m alembic -c migrations/alembic.ini upgrade head" },
  ],
])("a migration that no preset runs: %s", (_, files, expected) => {
  const { tasks, waits, notes } = tasksIn(files);
  expect(tasks).toEqual([{ name: "migrate", app: "backend", start: true, dependsOn: [], ...expected }]);
  expect(waits.backend).toEqual(["migrate"]);
  expect(notes).toEqual([]);
});

test("an alembic.ini that names a container is said, unless env.py gives another address", () => {
  const files = {
    "main.py": FASTAPI,
    "compose.yml": "services:\n  db: { image: 'postgres:17', ports: ['5432:5432'] }\n",
    "alembic.ini": "[alembic]\nscript_location = migrations\nsqlalchemy.url = postgresql://shop:shop@db:5432/shop\n",
  };
  const note =
    "sqlalchemy.url names the container db: outside of Compose use localhost and the published port (alembic.ini:3)";
  expect(found(files).notes).toEqual([note]);
  const env = { "migrations/env.py": 'config.set_main_option("sqlalchemy.url", settings.url)\n' };
  expect(found({ ...files, ...env }).notes).toEqual([]);
});

test("Flask imports its app: migrations within its package run where its imports start", () => {
  const files = {
    "backend/__init__.py": "",
    "backend/app.py": `from backend.models import db\n${FLASK}`,
    "backend/models.py": "db = 1\n",
    "backend/requirements.txt": "flask\n",
    "backend/migrations/alembic.ini": "",
    "backend/migrations/env.py": "",
  };
  expect(tasksIn(files).tasks).toEqual([
    { name: "migrate", preset: "flaskMigrate", app: "backend", start: true, dependsOn: [] },
  ]);
});

const DJANGO = {
  "manage.py":
    'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\nfrom django.core.management import execute_from_command_line\n',
  "shop/__init__.py": "",
  "shop/wsgi.py": "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n",
};

test("Django with a database has tables of its own; without one there is nothing to migrate", () => {
  const database = 'DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3"}}\n';
  const { tasks, waits } = tasksIn({ ...DJANGO, "shop/settings.py": database });
  expect(tasks).toMatchObject([{ name: "migrate", preset: "djangoMigrate", start: true }]);
  expect(Object.values(waits)).toEqual([["migrate"]]);
  expect(tasksIn({ ...DJANGO, "shop/settings.py": "DEBUG = True\n" }).tasks).toEqual([]);
});

test("`manage.py` that is run as a module of its package is the same migration; what else it does is none", () => {
  const files = {
    "backend/__init__.py": "",
    "backend/manage.py": DJANGO["manage.py"],
    "backend/shop/settings.py": 'DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3"}}\n',
    "README.md": "```\npython -m backend.manage migrate\npython -m backend.manage migrate shop\n```\n",
    "setup.sh": "python -m backend.manage migrate --noinput\npython -m backend.manage loaddata a.json\n",
  };
  const { tasks, notes } = tasksIn(files);
  expect(tasks).toMatchObject([
    { name: "migrate", preset: "djangoMigrate", app: "backend", start: true },
    { name: "seed", run: "python -m backend.manage loaddata a.json", start: false },
  ]);
  expect(notes.filter((note) => note.includes("migrate"))).toEqual([]);
  expect(found(files).tasks[0]?.evidence[0]?.says).toMatch(/python -m backend\.manage migrate/);
});

test.each([
  ["prismaMigrate", { "prisma/schema.prisma": "", "prisma/migrations/1/migration.sql": "" }],
  ["drizzleMigrate", { "drizzle.config.ts": "", "drizzle/meta/_journal.json": "{}" }],
  ["knexMigrate", { "knexfile.cjs": "", "migrations/1.cjs": "" }],
])("%s: in the folder of its app, or in one of its own", (preset, files) => {
  const next = packageJson({ dev: "next dev" }, ["next"]);
  expect(tasksIn({ "web/package.json": next, ...within("web", files) }).tasks).toEqual([
    { name: "migrate", preset, app: "web", start: true, dependsOn: [] },
  ]);
  expect(tasksIn({ "web/package.json": next, "db/package.json": "{}", ...within("db", files) }).tasks).toEqual([
    { name: "migrate", preset, cwd: "db", start: true, dependsOn: [] },
  ]);
});

test("a schema without migrations is pushed, not migrated", () => {
  expect(tasksIn({ "web/package.json": VITE, "web/prisma/schema.prisma": "" }).tasks).toEqual([]);
});

test("a seed that a document names is off, runs after the migration, and is said", () => {
  const { tasks, waits, notes, text } = tasksIn({
    "main.py": FASTAPI,
    "scripts/seed.py": "",
    ...ALEMBIC,
    "README.md":
      "```\nalembic upgrade head\npython scripts/seed.py --demo\npython scripts/gone_seed.py\npython -m build\n```\n",
  });
  expect(tasks).toEqual([
    { name: "migrate", preset: "alembic", app: "backend", start: true, dependsOn: [] },
    { name: "seed", run: "python scripts/seed.py --demo", app: "backend", start: false, dependsOn: ["migrate"] },
  ]);
  expect(waits).toEqual({ backend: ["migrate"] });
  expect(notes).toEqual(["seed is off (`python scripts/seed.py --demo`): devpm start seed runs it"]);
  expect(text).toContain(
    'seed: { run: "python scripts/seed.py --demo", app: "backend", dependsOn: ["migrate"], start: false },',
  );
});

test("several databases have several migrations; a service's name is taken", () => {
  const { tasks } = tasksIn({
    ...within("users", { "main.py": FASTAPI, "requirements.txt": "fastapi", ...ALEMBIC }),
    ...within("orders", { "main.py": FASTAPI, "requirements.txt": "fastapi", ...ALEMBIC }),
  });
  expect(tasks.map(({ name, app }) => [name, app])).toEqual([
    ["migrate", "orders"],
    ["migrate-users", "users"],
  ]);
});

const CONTAINERS = "services:\n  api: { build: ./api }\n  db: { image: 'postgres:17', ports: ['5432:5432'] }\n";

test("what a document runs in an app's container is run without it, in the folder that it is built of", () => {
  const tasksOf = (command: string) => {
    const files = {
      "api/main.py": FASTAPI,
      "api/seed.py": "",
      "api/shop/migrate_db.py": "",
      "compose.yml": CONTAINERS,
    };
    return tasksIn({ ...files, "README.md": `\`\`\`\n${command}\n\`\`\`\n` }).tasks;
  };
  const off = { app: "backend", start: false, dependsOn: [] };
  expect(tasksOf("docker compose exec -T -e A=1 api poetry run python -m shop.migrate_db")).toEqual([
    { name: "tables", run: "python -m shop.migrate_db", ...off },
  ]);
  expect(tasksOf("docker-compose run --rm api sh -c 'python seed.py --all'")).toEqual([
    { name: "seed", run: "python seed.py --all", ...off },
  ]);
  // of a container that is no app, and what is no seed
  expect(tasksOf("docker compose exec db python seed.py")).toEqual([]);
  expect(tasksOf("docker compose exec api python -m pytest")).toEqual([]);
  expect(tasksOf("docker compose exec api python seed.py $(ARGS)")).toEqual([]);
});

test("a program that a document runs right before the app is a task; one that stands alone, or waits, is none", () => {
  const tasksOf = (command: string) =>
    tasksIn({
      "shop/__init__.py": FLASK,
      "database.py": "",
      ".flaskenv": "FLASK_APP=shop\n",
      "README.md": `\`\`\`\n${command}\n\`\`\`\n`,
    }).tasks;
  expect(tasksOf("python -m database && flask run")).toEqual([
    { name: "first", run: "python -m database", app: "backend", start: false, dependsOn: [] },
  ]);
  expect(tasksOf("python -m database\nflask run")).toEqual([]);
  expect(tasksOf("flask run && python -m database")).toEqual([]);
  expect(tasksOf("python -m elsewhere && flask run")).toEqual([]);
  expect(tasksOf("python -m shop && flask run")).toEqual([]);
});

test("a seed of Django's own keeps what it is given", () => {
  const files = {
    ...DJANGO,
    "shop/settings.py": "DEBUG = True\n",
    "README.md": "`python manage.py loaddata a.json b.json`",
  };
  expect(tasksIn(files).tasks).toMatchObject([{ name: "seed", run: "python manage.py loaddata a.json b.json" }]);
});

test("Alembic's command without its file anywhere is no step; of a document among documents the folder is not its own", () => {
  const files = { "main.py": FASTAPI, "docs/guide.md": "```\nalembic upgrade head\naerich upgrade\n```\n" };
  expect(tasksIn(files).notes).toEqual(["before the first start: `aerich upgrade` (docs/guide.md:3)"]);
  expect(tasksIn({ ...files, "tests/db/alembic.ini": "" }).notes).toHaveLength(2);
});

test.each([
  ["python make.py --rows 9 --seed 42", []],
  ["python make.py --random-seed=42 --out a.csv", []],
  ["python make.py --seed", ["python make.py --seed"]],
  ["python seed.py --seed 42", ["python seed.py --seed 42"]],
])("the number that random ones begin with makes no seed: %s", (command, runs) => {
  const files = { "main.py": FASTAPI, "make.py": "", "seed.py": "", "README.md": `\`\`\`\n${command}\n\`\`\`\n` };
  expect(tasksIn(files).tasks.map(({ run }) => run)).toEqual(runs);
});

test("a migration by `python -m` is Django's, also in a script in a folder of its own; another program's is a task", () => {
  const names = (command: string): string[] =>
    found({
      "api/shop/manage.py": DJANGO["manage.py"],
      "api/shop/shop/settings.py": 'DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3"}}\n',
      "api/pyproject.toml": '[project]\ndependencies = ["django"]\n',
      "api/scripts/all.sh": `${command}\n`,
    }).tasks.map(({ name }) => name);
  expect(names("poetry run python -m shop.manage migrate --no-input")).toEqual(["migrate"]);
  expect(names("python -m manage migrate")).toEqual(["migrate"]);
  expect(names("python -m workshop.manage migrate")).toEqual(["migrate", "tables"]);
  expect(names("python -m shop.search migrate")).toEqual(["migrate", "tables"]);
});
