import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { z } from "zod";
import { parseJson, statusShape } from "../../rigs/contract.ts";
import { ask } from "../../rigs/http.ts";
import { freePort, freePorts } from "../../rigs/ports.ts";
import { openProject } from "../../rigs/project.ts";
import { until } from "../../rigs/wait.ts";
import { fixture } from "../../rigs/fixtures.ts";

/** Answers with its environment, each value as the bytes that it is. */
const PYTHON = fixture("session/show_environment.py");
const NODE = fixture("session/show-environment.cjs");

async function environmentAt(port: number): Promise<Record<string, string>> {
  const { body } = await ask(`http://127.0.0.1:${port}/`);
  const hex = Object.entries(JSON.parse(body) as Record<string, string>);
  return Object.fromEntries(hex.map(([name, value]) => [name, Buffer.from(value, "hex").toString()]));
}

/** Values that something on the way might take for its own. */
const AWKWARD: Readonly<Record<string, string>> = {
  HASH: "ab#cd",
  COLOR: "#ff0000",
  EMPTY: "",
  SPACES: "  both ends  ",
  LINES: "one\ntwo\n\nfour\n",
  CARRIAGE: "a\r\nb\rc",
  TABS: "\ta\tb\t",
  QUOTES: `it's "quoted" \\ back\\'`,
  DOLLARS: "$HOME $(id) `id` $$ $1 ${",
  GLOB: "* ? [a] ~ ! & | ; < > ( )",
  UMLAUT: "Köln 東京 🦦 👩‍👩‍👧 é",
  CONTROL: "\u0001\u001b[31m\u007f",
  LONG: "0123456789'\"\\\n".repeat(7_300),
  KEY: "-----BEGIN PRIVATE KEY-----\nMIIE+/==\n-----END PRIVATE KEY-----\n",
};

const inQuotes = (value: string): string =>
  `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\r", "\\r")}"`;

it("a value of a file reaches each kind of process byte for byte", async (ctx) => {
  const [warm = 0, node = 0, cluster = 0] = await freePorts(3);
  const lines = Object.entries(AWKWARD).map(([name, value]) => `${name}=${inQuotes(value)}`);
  const project = await openProject(ctx, {
    awkwardPath: true,
    files: {
      "server.py": PYTHON,
      "server.cjs": NODE,
      "all.env": `\uFEFF${lines.join("\n")}\n`,
      "ecosystem.config.json": JSON.stringify({
        apps: {
          warm: { command: "python3 server.py", port: warm, reload: "warm", envFile: "all.env" },
          node: { command: "node server.cjs", port: node, envFile: "all.env" },
          cluster: {
            script: "server.cjs",
            exec_mode: "cluster",
            envFile: "all.env",
            env: { NODE_PORT: cluster },
            ready: { tcp: cluster },
          },
        },
      }),
    },
  });
  const dev = project.start(["dev"]);
  await dev.waitFor(/ready in/);
  expect(dev.output()).not.toMatch(/did not start|mean what/);
  for (const port of [warm, node, cluster]) expect(await environmentAt(port)).toMatchObject(AWKWARD);
  dev.kill("SIGINT");
  expect(await dev.ended()).toMatchObject({ code: 130 });
});

it("the shell wins over files, the configuration over both, and what means nothing is said once", async (ctx) => {
  const [one = 0, two = 0] = await freePorts(2);
  const app = { command: "python3 server.py", env: { MODE: "config", DB: "${DB_USER}" } };
  const project = await openProject(ctx, {
    env: { LOG_LEVEL: "debug", SECRET_KEY: "of the shell", MODE: "shell" },
    files: {
      "server.py": PYTHON,
      ".env": [
        "LOG_LEVEL=info",
        "SECRET_KEY=of the file",
        "MODE=file",
        "DB_USER=shop",
        "DATABASE_URL=postgresql://${DB_USER}@localhost/${LOG_LEVEL}",
        "DOLLAR=pa$$word",
        'MULTI="one',
        'two"',
        "export EXPORTED=yes",
        "SPACED=a value with spaces # and a comment",
        "a line that means nothing",
        "",
      ].join("\r\n"),
      "ecosystem.config.json": JSON.stringify({ apps: { one: { ...app, port: one }, two: { ...app, port: two } } }),
    },
  });
  const dev = project.start(["dev"]);
  await dev.waitFor(/ready in/);
  expect(await environmentAt(one)).toMatchObject({
    LOG_LEVEL: "debug",
    SECRET_KEY: "of the shell",
    MODE: "config",
    DB: "${DB_USER}",
    DATABASE_URL: "postgresql://shop@localhost/debug",
    DOLLAR: "pa$$word",
    MULTI: "one\ntwo",
    EXPORTED: "yes",
    SPACED: "a value with spaces",
    PORT: String(one),
  });
  const said = dev.output();
  expect(said.match(/DEVPM_ENV_FILE_INVALID/g)).toHaveLength(1);
  expect(said).toMatch(/line 11 +expected NAME=value/);
  // a .env that was mended counts at the next start, which a save of it brings about
  project.edit(".env", "a line that means nothing", "NEW=1");
  await until("the saved file counts", async () => (await environmentAt(one).catch(() => null))?.NEW === "1");
  dev.kill("SIGINT");
  expect(await dev.ended()).toMatchObject({ code: 130 });
});

it("a variable that no program can be started with is named", async (ctx) => {
  const port = await freePort();
  const project = await openProject(ctx, {
    files: {
      ".env": `HUGE=${"x".repeat(200_000)}\n`,
      "ecosystem.config.json": JSON.stringify({ apps: { api: { command: "python3 -m http.server $PORT", port } } }),
    },
  });
  const dev = project.start(["dev"]);
  await dev.waitFor(
    /api did not start: its variable HUGE takes 200006 bytes, and Linux hands on at most 131072 in one/,
  );
  dev.kill("SIGINT");
  expect(await dev.ended()).toMatchObject({ code: 130 });
});

it("what a detached engine is given for itself goes no further, and takes nothing of the user's away", async (ctx) => {
  const port = await freePort();
  const project = await openProject(ctx, {
    env: { MALLOC_ARENA_MAX: "7" },
    files: {
      "server.py": PYTHON,
      "ecosystem.config.json": JSON.stringify({
        apps: { api: { command: "python3 server.py", port, reload: "restart" } },
      }),
    },
  });
  expect(await project.devpm(["dev", "--detach"])).toMatchObject({ code: 0 });
  const { session } = parseJson(statusShape, (await project.devpm(["status", "--json"])).stdout);
  const given = readFileSync(`/proc/${session?.pid}/environ`, "latin1").split("\0");
  expect(given).toContain("MALLOC_ARENA_MAX=7");
  expect(given).toContain("MALLOC_TRIM_THRESHOLD_=131072");
  const { MALLOC_ARENA_MAX, ...others } = await environmentAt(port);
  expect(MALLOC_ARENA_MAX).toBe("7");
  expect(Object.keys(others).filter((name) => /^MALLOC|_OWN_VARIABLES$/.test(name))).toEqual([]);
  expect(await project.devpm(["down"])).toMatchObject({ code: 0 });
});

const explained = z.strictObject({
  app: z.string(),
  variables: z.array(
    z.strictObject({
      name: z.string(),
      value: z.string().nullable(),
      masked: z.boolean(),
      length: z.int(),
      from: z.looseObject({ kind: z.string() }),
      overrides: z.array(z.looseObject({ kind: z.string() })),
    }),
  ),
  unset: z.array(z.strictObject({ name: z.string(), service: z.string() })),
  leftAlone: z.array(z.string()),
  warnings: z.array(z.looseObject({ code: z.string() })),
});

it("explain-env says where each variable comes from, and shows no secret unless it is asked to", async (ctx) => {
  const project = await openProject(ctx, {
    env: { SECRET_KEY: "shell-secret-4711", LOG_LEVEL: "debug" },
    files: {
      "api/.env": "LOG_LEVEL=info\nTOKEN=file-secret-4711\nbroken line\n",
      "api/.env.local": "X=1\n",
      "api/.env.example": "X=\n",
      "ecosystem.config.ts": `import { defineConfig } from "devpm";
export default defineConfig({
  infra: { services: ["postgres"], required: false },
  apps: {
    api: {
      command: "python3 -m http.server $PORT", cwd: "api", port: 4711, dependsOn: ["web"],
      env: ({ services: { postgres } }) => ({ DATABASE_URL: \`postgresql://\${postgres.host}/x\`, MADE: "config-secret-4711" }),
    },
    web: { command: "node x.js", port: 4712 },
  },
});
`,
    },
  });
  // no engine: postgres is absent
  const env = { DOCKER_HOST: "unix:///nowhere/docker.sock" };
  const text = await project.devpm(["explain-env", "api"], { env });
  expect(text.code, text.output).toBe(0);
  expect(text.output).not.toContain("secret-4711");
  expect(text.stdout).toMatch(/^LOG_LEVEL +shell +debug +api\/\.env:1$/m);
  expect(text.stdout).toMatch(/^TOKEN +api\/\.env:2 +•••• 16 characters$/m);
  expect(text.stdout).toMatch(/^MADE +configuration +•••• 18 characters$/m);
  expect(text.stdout).toMatch(/^SECRET_KEY +shell +•••• 17 characters$/m);
  expect(text.stdout).toMatch(/^DEVPM_URL_WEB +devpm +http:\/\/localhost:4712$/m);
  expect(text.stdout).toContain("DATABASE_URL of the configuration is left out: it needs postgres, which is absent");
  expect(text.stdout).toContain("not read by devpm: api/.env.local");
  expect(text.stderr).toContain("DEVPM_ENV_FILE_INVALID");

  const shown = await project.devpm(["explain-env", "api", "--json", "--show", "TOKEN", "MADE"], { env });
  const { variables, ...rest } = parseJson(explained, shown.stdout);
  const token = variables.find(({ name }) => name === "TOKEN");
  expect(token).toEqual({
    name: "TOKEN",
    value: "file-secret-4711",
    masked: false,
    length: 16,
    from: { kind: "file", file: project.path("api/.env"), line: 2 },
    overrides: [],
  });
  expect(variables.find(({ name }) => name === "SECRET_KEY")).toMatchObject({ value: null, masked: true });
  expect(rest).toMatchObject({
    app: "api",
    unset: [{ name: "DATABASE_URL", service: "postgres" }],
    leftAlone: [project.path("api/.env.local")],
    warnings: [{ code: "DEVPM_ENV_FILE_INVALID", severity: "warning" }],
  });
  const all = await project.devpm(["explain-env", "api", "--show"], { env });
  expect(all.stdout).toContain("shell-secret-4711");

  const unknown = await project.devpm(["explain-env", "apo"], { env });
  expect(unknown).toMatchObject({ code: 2 });
  expect(unknown.stderr).toContain("devpm explain-env api");
});
