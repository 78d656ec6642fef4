import { expect, test } from "vitest";
import { FASTAPI, found, packageJson, VITE } from "../layout.ts";

type Files = Record<string, string>;

const API: Files = { "api/main.py": FASTAPI, "api/requirements.txt": "fastapi\nuvicorn\n", "web/package.json": VITE };
const templates = (files: Files) =>
  found({ ...API, ...files }).templates.map(({ template, target }) => [template, target]);

test.each([
  [".env.example", ".env"],
  ["env_example", ".env"],
  ["env-sample", ".env"],
  [".env-example", ".env"],
  ["dotenv.example", ".env"],
  ["example.env", ".env"],
  ["example.dev.env", ".dev.env"],
  [".sample.env", ".env"],
  [".env.tpl", ".env"],
  [".env.exemplo", ".env"],
  [".env.ejemplo", ".env"],
  [".env.placeholder", ".env"],
  [".env.example.txt", ".env"],
  ["example.env.txt", ".env"],
  ["web/.env.example.local", "web/.env.local"],
  ["api/config/.env.example", "api/config/.env"],
])("%s becomes %s", (template, target) => {
  expect(templates({ [template]: "KEY=\n" })).toEqual([[template, target]]);
});

const TEMPLATE = { "web/.env.example": "KEY=\n" };
const block = (line: string): string => `\`\`\`\n${line}\n\`\`\`\n`;

test.each<[string, Files]>([
  ["moved", { "README.md": block("cd web\nmv .env.example .env.local") }],
  ["renamed on Windows", { "README.md": block("cd web\nren .env.example .env.local") }],
  ["linked", { "README.md": block("ln -s web/.env.example web/.env.local") }],
  ["copied by braces", { "README.md": block("cp web/.env{.example,.local}") }],
  ["copied by a script", { "package.json": packageJson({ setup: "shx cp -n web/.env.example web/.env.local" }) }],
  ["named in a sentence", { "README.md": "Copy web/.env.example to web/.env.local and fill it in.\n" }],
  ["named at the end of one", { "README.md": "1. Rename web/.env.example to web/.env.local.\n" }],
  ["named in bold", { "README.md": "Rename **web/.env.example** to **web/.env.local**\n" }],
  ["named by a link", { "README.md": "Copy [`web/.env.example`](web/.env.example) to `web/.env.local`\n" }],
  ["copied by a name without its dot", { "README.md": block("cp web/env.example web/.env.local") }],
])("a template that is %s", (_, files) => {
  expect(templates({ ...TEMPLATE, ...files })).toEqual([["web/.env.example", "web/.env.local"]]);
});

test("settings that a sentence copies", () => {
  const files = {
    "api/config.example.yaml": "a: 1\n",
    "README.md": "Copy `api/config.example.yaml` to `api/config.yaml`\n",
  };
  expect(templates(files)).toEqual([["api/config.example.yaml", "api/config.yaml"]]);
});

test("the file that the code loads, where it is one, beside the template and not for elsewhere", () => {
  const loading = (...names: string[]): Files => ({
    "api/.env.example": "KEY=\n",
    "api/settings.py": names.map((name) => `load_dotenv("${name}")\n`).join(""),
  });
  expect(templates(loading(".env.local"))).toEqual([["api/.env.example", "api/.env.local"]]);
  const settings = { "api/.env.example": "KEY=\n", "api/settings.py": 'Config(env_file=".env.dev")\n' };
  expect(templates(settings)).toEqual([["api/.env.example", "api/.env.dev"]]);
  for (const names of [[".env.local", ".env"], [".env.test"], ["../.env.local"], []])
    expect(templates(loading(...names))).toEqual([["api/.env.example", "api/.env"]]);
});

test("a template is what is marked as one beside the file that compose needs, whatever its name", () => {
  const files = { ".database_env.example": "KEY=\n", ".other_env.example": "KEY=\n" };
  const compose = "services:\n  db: { image: 'postgres:17', env_file: [.database_env] }\n";
  expect(templates({ ...files, "compose.yml": compose })).toEqual([[".database_env.example", ".database_env"]]);
});

test.each([
  ["settings.ini.example", "settings.ini"],
  ["config.sample.yaml", "config.yaml"],
])("settings that the code opens are made of %s", (name, target) => {
  const opens = (file: string): Files => ({ [`api/${name}`]: "", "api/main.py": `${FASTAPI}read("${file}")\n` });
  expect(templates(opens(target))).toEqual([[`api/${name}`, `api/${target}`]]);
  expect(templates(opens("other.ini"))).toEqual([]);
  expect(templates({ ...opens(target), [`api/${target}`]: "" })).toEqual([]);
});

test("of several templates for one file that which README copies first is named", () => {
  const files = { ".env.example": "A=\n", "env.example": "B=\n", "env.local.example": "C=\n", "api/main.py": FASTAPI };
  const readme = block("cp env.local.example .env\ndocker compose up\ncp env.example .env");
  expect(templates({ ...files, "README.md": readme })).toEqual([["env.local.example", ".env"]]);
  expect(templates(files)).toEqual([[".env.example", ".env"]]);
});

test("a template for containers is named where compose needs its file", () => {
  const files = { ".env.docker.example": "KEY=\n" };
  const compose = "services:\n  api: { build: ./api, env_file: .env.docker }\n  db: { image: 'postgres:16' }\n";
  expect(templates({ ...files, "compose.yml": compose })).toEqual([[".env.docker.example", ".env.docker"]]);
  expect(templates(files)).toEqual([]);
});

test.each(["/health/ready", "/_health", "/-/health", "/heartbeat", "/up", "/api/v1/healthcheck"])(
  "%s reports readiness",
  (path) => {
    const files = { "main.py": `${FASTAPI}@app.get("${path}")\ndef state(): ...\n`, "requirements.txt": "fastapi" };
    expect(found(files).apps[0]?.ready).toBe(path);
  },
);

test.each([
  "aerich upgrade",
  "litestar database upgrade",
  "piccolo migrations forwards all",
  "dbmate up",
  "python manage.py db upgrade",
])("`%s` is said to come before the first start", (command) => {
  const { notes } = found({ ...API, "README.md": block(`cd api\n${command}`) });
  expect(notes).toContain(`before the first start: \`${command}\` in api (README.md:3)`);
});

test("the template beside a file that Compose reads is for that; one beside a stack that is not started is for nothing", () => {
  const stack = "services:\n  api: { build: ./api, env_file: config/dev.env }\n";
  const files = { "api/main.py": FASTAPI, "config/sample.env": "KEY=\n", "compose.yml": stack };
  expect(found(files).templates).toMatchObject([{ command: "cp config/sample.env config/dev.env", empty: ["KEY"] }]);
  expect(found({ ...files, "compose.yml": stack.replace(", env_file: config/dev.env", "") }).templates).toEqual([]);
  const other = {
    "api/main.py": FASTAPI,
    "ops/compose.yml": "services:\n  db: { image: 'postgres:17', ports: ['5432:5432'] }\n",
    "ops/watch/.env.example": "A=1\n",
    "ops/watch/README.md": "```\ncp .env.example .env\n```\n",
  };
  expect(found(other).templates).toHaveLength(1);
  expect(
    found({ ...other, "ops/watch/docker-compose.watch.yml": "services: { x: { image: prom/prometheus } }\n" })
      .templates,
  ).toEqual([]);
});

const TICKS = "```";

test("a file of variables that README shows, and that nothing makes, is said", () => {
  const notesOf = (readme: string, files: Files = {}) =>
    found({ ...API, "README.md": readme, ...files }).notes.filter((note) => note.startsWith(".env"));
  const steps = (above: string, held = "SECRET=x\n# optional\nDEBUG=1", language = "env"): string =>
    `# Start\n\n${above}\n\n${TICKS}${language}\n${held}\n${TICKS}\n`;
  const note = ".env is not there: README.md:5 shows what goes in it";
  expect(notesOf(steps("Create a `.env` file in the root:"))).toEqual([note]);
  expect(notesOf(steps("Cree el archivo api/.env con:", "SECRET=x", ""))).toEqual([note]);
  expect(notesOf(steps("Create `.env`:").replace("# Start", "# Run the server"))).toEqual([note]);
  // made of a template, committed, or of another name
  expect(notesOf(steps("Create `.env`:"), { "api/.env.example": "SECRET=\n" })).toEqual([]);
  expect(notesOf(steps("Create `.env`:"), { ".env": "SECRET=x\n" })).toEqual([]);
  expect(notesOf(steps("Create `.env.production`:"))).toEqual([]);
  expect(notesOf(steps("The template `.env.example` has:"))).toEqual([]);
  // not a file's content, or not named for it
  expect(notesOf(steps("Create `.env`, then:", "export A=1\nuvicorn main:app"))).toEqual([]);
  expect(notesOf(steps("What the API answers:"))).toEqual([]);
  expect(notesOf(steps("Create `.env`:").replace("# Start", "# Deployment"))).toEqual([]);
  expect(notesOf("", { "docs/deep/README.md": steps("Create `.env`:") })).toEqual([]);
});

test("what Compose needs and README shows is said once, and so are several blocks for one file", () => {
  const written = `Create \`.env\`:\n\n${TICKS}\nSECRET=x\n${TICKS}\n\n`;
  const compose = "services:\n  api: { build: ., env_file: .env }\n";
  const notesOf = (readme: string, files: Files = {}) =>
    found({ ...API, "README.md": readme, ...files }).notes.filter((note) => note.includes(".env"));
  expect(notesOf(written + written)).toEqual([".env is not there: README.md:3 shows what goes in it"]);
  expect(notesOf(written, { "compose.yml": compose })).toEqual([
    "compose.yml needs .env, which is not there: README.md:3 shows what goes in it",
  ]);
  expect(notesOf(`${TICKS}\ncp .env.example .env\n${TICKS}\n`, { "compose.yml": compose })).toEqual([
    "compose.yml needs .env, which is not there, and neither is .env.example, which it is copied from (README.md:2)",
  ]);
});

test("text between two blocks is none", () => {
  const readme = `Your .env:\n\n${TICKS}sh\nls\n${TICKS}\n\nSECRET=x\n\n${TICKS}sh\nls\n${TICKS}\n`;
  expect(found({ ...API, "README.md": readme }).notes).toEqual([]);
});

test("a template that README copies and that is not there is said, once", () => {
  const copy = `${TICKS}\ncp .env.example .env\n${TICKS}\n`;
  const notesOf = (files: Files) => found({ ...API, "README.md": `${copy}\n${copy}`, ...files }).notes;
  const note = ".env is not there, and neither is .env.example, which it is copied from (README.md:2)";
  expect(notesOf({})).toContain(note);
  for (const there of [".env.example", "web/.env.example", "env.example", ".env"])
    expect(notesOf({ [there]: "A=1\n" })).not.toContain(note);
});
