import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it, test } from "vitest";
import { crashAdvice, onceAdvice } from "../../../src/session/apps/crash/advice.ts";
import type { CrashFacts } from "../../../src/session/apps/crash/facts.ts";
import { addLine } from "../../../src/session/apps/crash/fix-commands.ts";
import { sampleApp } from "../plan/sample.ts";

const facts: CrashFacts = {
  app: sampleApp({ name: "backend", cwd: "/shop/api", toolchain: "python", venv: "/shop/api/.venv", setup: [] }),
  cwd: "/shop",
  requirements: { file: "/shop/api/requirements.txt", text: "flask\n" },
  packages: null,
  packageJson: "",
  envFile: { file: "/shop/api/.env", text: null },
  example: null,
  ownModules: new Map([
    ["models", "src/models.py"],
    ["main", "main.py"],
  ]),
  builds: [{ app: "web", folder: "/shop/ui", run: ["pnpm", "run", "build"] }],
  variables: {},
  services: [],
};

const fixFor = (line: string, more: Partial<CrashFacts> = {}): string | undefined =>
  crashAdvice(line.split("\n"), { ...facts, ...more }).fixes[0]?.command;
const causeOf = (line: string, more: Partial<CrashFacts> = {}): unknown =>
  crashAdvice(line.split("\n"), { ...facts, ...more }).evidence.find(([label]) => label === "cause")?.[1];

test("what ended without an error and is no server is told of tasks; a server and a failure are not", () => {
  const [worker, server] = [sampleApp({ port: null }), sampleApp({ port: 5050 })];
  const ended = { during: "run" as const, exitCode: 0 };
  expect(onceAdvice(ended, worker).evidence).toEqual([["cause", expect.stringContaining("belongs in `tasks`")]]);
  const nothing = { evidence: [], fixes: [] };
  expect(onceAdvice(ended, server)).toEqual(nothing);
  expect(onceAdvice({ ...ended, exitCode: 1 }, worker)).toEqual(nothing);
});

describe("two packages that do not fit each other", () => {
  const crash = (importing: string, name: string, module: string, from = "lib/python3.11/site-packages"): string =>
    [
      `  File ".venv/lib/python3.11/site-packages/${importing}/app.py", line 30, in <module>`,
      `    from ${module} import ${name}`,
      `ImportError: cannot import name '${name}' from '${module}' (/shop/api/.venv/${from}/${module}.py)`,
    ].join("\n");
  const old = crash("flask", "url_quote", "werkzeug.urls");

  it("are named, and the version that fits is written into requirements.txt", () => {
    expect(causeOf(old)).toBe(
      "the installed flask needs url_quote of werkzeug, which has none: only Werkzeug<3 has it",
    );
    expect(fixFor(old)).toBe("echo 'Werkzeug<3' >> api/requirements.txt && devpm restart backend");
    const uv = {
      ...facts.app,
      setup: [{ inputs: [], output: null, cwd: "/shop/api", title: "", run: ["uv", "sync"] }],
    };
    expect(fixFor(old, { app: uv })).toBe("(cd api && uv add 'Werkzeug<3') && devpm restart backend");
  });

  it("are named alone where the version is not known, or written down already", () => {
    expect(causeOf(crash("langchain", "x", "openai"))).toContain("their versions do not fit each other");
    expect(fixFor(crash("langchain", "x", "openai"))).toBeUndefined();
    const requirements = { file: "/shop/api/requirements.txt", text: "werkzeug==3.0\n" };
    expect([fixFor(old, { requirements }), causeOf(old, { requirements })]).toEqual([undefined, expect.any(String)]);
  });

  it("are neither the project's own import nor a package's of itself", () => {
    expect(causeOf(old.replace(".venv/lib/python3.11/site-packages/flask/app.py", "app.py"))).toBeUndefined();
    expect(causeOf(crash("flask", "x", "flask.json"))).toBeUndefined();
    expect(causeOf(crash("flask", "url_quote", "models", "src"))).toBeUndefined();
  });

  it("are looked for in a time that grows as a line does", () => {
    const long = "x".repeat(200_000);
    for (const until of ["site-packages/flask", "from 'werkzeug"])
      expect(causeOf(`${old.split(until)[0]}${until}${long}`)).toBeUndefined();
  });
});

describe("a module that is not there", () => {
  const missing = (name: string): string => `ModuleNotFoundError: No module named '${name}'`;

  it("is written into requirements.txt, by the name of its package", () => {
    expect(fixFor(missing("yaml"))).toBe("echo PyYAML >> api/requirements.txt && devpm restart backend");
    expect(fixFor(missing("flask_login.utils"))).toBe(
      "echo flask-login >> api/requirements.txt && devpm restart backend",
    );
  });

  it("is found too where Python names it without an import, as for `debug`", () => {
    const added = "echo debugpy >> api/requirements.txt && devpm restart backend";
    expect(fixFor("/shop/api/.venv/bin/python: No module named debugpy")).toBe(added);
    // a warm Python runs `-m` by runpy
    expect(fixFor("runpy._Error: No module named debugpy")).toBe(added);
  });

  it("is installed where requirements.txt has it already", () => {
    const requirements = { file: "/shop/api/requirements.txt", text: "Flask_Login>=1\n" };
    const command = "api/.venv/bin/python -m pip install -r api/requirements.txt && devpm restart backend";
    expect(fixFor(missing("flask_login"), { requirements })).toBe(command);
  });

  it("is added by uv or poetry where they rule the folder", () => {
    const step = { inputs: [], output: null, cwd: "/shop/api", title: "" };
    for (const tool of ["uv", "poetry"]) {
      const ruled = { ...facts.app, setup: [{ ...step, run: [tool, "sync"] }] };
      expect(fixFor(missing("redis"), { app: ruled })).toBe(`(cd api && ${tool} add redis) && devpm restart backend`);
    }
  });

  it("that is the project's own is not looked for in a registry", () => {
    expect(fixFor(missing("models"))).toBeUndefined();
    expect(causeOf(missing("models"))).toContain("src/models.py is there");
    expect(causeOf(missing("main.routes"))).toBe("main.py is there, and has no main.routes");
  });

  it("of Node is added by the folder's own package manager", () => {
    const packages = { manager: "pnpm", folder: "/shop", lockFile: null } as const;
    const line = "Error: Cannot find module 'express/lib/router'";
    expect(fixFor(line, { packages })).toBe("(cd api && pnpm add express) && devpm restart backend");
    expect(fixFor(line, { packages, packageJson: '{"dependencies":{"express":"5"}}' })).toBe(
      "pnpm install && devpm restart backend",
    );
    expect(fixFor("Error [ERR_MODULE_NOT_FOUND]: Cannot find package '@hono/node-server' imported from /x.mjs")).toBe(
      "(cd api && npm install @hono/node-server) && devpm restart backend",
    );
    expect(fixFor("Error: Cannot find module './routes'")).toBeUndefined();
    expect(fixFor("Error: Cannot find module '/shop/api/routes.cjs'")).toBeUndefined();
  });
});

describe("a development server that is not installed", () => {
  const front = sampleApp({ name: "web", cwd: "/shop/ui", toolchain: "node" });

  test.for([
    "Error: Cannot find module '/shop/ui/node_modules/vite/bin/vite.js'",
    "sh: 1: vite: not found",
    "bash: line 1: vite: command not found",
  ])("is added for development: %s", (line) => {
    const script = '{"scripts":{"dev":"vite","vite":"vite"}}';
    expect(fixFor(line, { app: front, packageJson: script })).toBe(
      "(cd ui && npm install -D vite) && devpm restart web",
    );
    const packageJson = '{"devDependencies":{"vite":"7"}}';
    expect(fixFor(line, { app: front, packageJson })).toBe("(cd ui && npm install) && devpm restart web");
  });
});

test("a program whose package has another name is installed by that one: `tsc` is somebody else's", () => {
  const app = sampleApp({ name: "web", cwd: "/shop/ui", toolchain: "node" });
  expect(fixFor("sh: 1: tsc: not found", { app })).toBe("(cd ui && npm install -D typescript) && devpm restart web");
  const packageJson = '{"devDependencies":{"typescript":"^5"}}';
  expect(fixFor("sh: 1: tsc: not found", { app, packageJson })).toBe("(cd ui && npm install) && devpm restart web");
  expect(causeOf("sh: 1: ng: not found", { app })).toBe("the package @angular/cli is not installed");
});

describe("a variable that is not set", () => {
  const line = `    key = os.environ["API_KEY"]\nKeyError: 'API_KEY'`;
  const example = { file: "/shop/api/.env.example", text: "API_KEY=\n" };

  it("comes from the template, and never over an .env that is there", () => {
    expect(fixFor(line, { example })).toBe("cp api/.env.example api/.env && devpm restart backend");
    const envFile = { file: "/shop/api/.env", text: "DEBUG=1" };
    expect(fixFor(line, { example, envFile })).toBe(
      "echo >> api/.env && grep -E '^(export )?(API_KEY)=' api/.env.example >> api/.env && devpm restart backend",
    );
  });

  it("is written down where there is no template for it", () => {
    expect(fixFor(line)).toBe("echo API_KEY=change-me >> api/.env && devpm restart backend");
  });

  test.for([
    'environs.EnvError: Environment variable "API_KEY" not set',
    "decouple.UndefinedValueError: API_KEY not found. Declare it as envvar or define a default value.",
    "django.core.exceptions.ImproperlyConfigured: Set the API_KEY environment variable",
    "Error: Missing required environment variable API_KEY",
    "Error: API_KEY is not defined",
    "pydantic_core._pydantic_core.ValidationError: 1 validation error for Settings\napi_key\n  Field required [type=missing, input_value={}]",
  ])("is recognised in: %s", (said) => {
    expect(causeOf(said)).toContain("API_KEY is not set");
  });

  it("is none where a dictionary has no such key", () => {
    expect(causeOf("    row['NAME']\nKeyError: 'NAME'")).toBeUndefined();
  });
});

describe("a server that refuses", () => {
  const variables = { DATABASE_URL: "postgresql://app:secret@localhost:5432/app" };
  const refused = 'connection to server at "localhost" (127.0.0.1), port 5432 failed: Connection refused';
  const db = (host: number): CrashFacts["services"][number] => ({
    service: "db",
    container: "shop-db-1",
    state: "healthy",
    exitCode: null,
    drift: false,
    reason: null,
    ports: [{ container: 5432, host }],
  });

  it("is named with host, port and variable, without its password", () => {
    expect(causeOf(refused, { variables })).toBe("nothing answers on localhost:5432 (from DATABASE_URL)");
    expect(JSON.stringify(crashAdvice([refused], { ...facts, variables }))).not.toContain("secret");
  });

  it("is started with the services, or looked for on the port where the service is", () => {
    expect(fixFor(refused, { services: [db(5432)] })).toBe("devpm infra up && devpm restart backend");
    const { fixes } = crashAdvice([refused], { ...facts, variables, services: [db(5433)] });
    expect(fixes[0]?.label).toBe("point DATABASE_URL at localhost:5433, then");
  });

  test.for([
    ["Error: connect ECONNREFUSED 127.0.0.1:6379", "127.0.0.1:6379"],
    ["redis.exceptions.ConnectionError: Error 111 connecting to localhost:6379. Connection refused.", "localhost:6379"],
    ["pymongo.errors.ServerSelectionTimeoutError: localhost:27017: [Errno 111] Connection refused", "localhost:27017"],
  ])("is recognised in: %s", ([said, at]) => {
    expect(causeOf(said ?? "")).toBe(`nothing answers on ${at}`);
  });

  it("a password, with its user and variable", () => {
    const line =
      'connection to server at "localhost", port 5432 failed: FATAL:  password authentication failed for user "app"';
    expect(causeOf(line, { variables })).toBe("localhost:5432 refuses the password of app in DATABASE_URL");
    expect(fixFor(line, { variables, services: [db(5432)] })).toBe("docker compose exec db env");
  });
});

it("a task is started, an app restarted", () => {
  const line = 'asyncpg.exceptions.InvalidPasswordError: password authentication failed for user "app"';
  const app = { ...facts.app, name: "migrate", kind: "task" as const };
  expect(fixFor(line, { app })).toBe("devpm start migrate");
  expect(fixFor(line)).toBe("devpm restart backend");
});

it("a full disk is looked at", () => {
  expect(fixFor("OSError: [Errno 28] No space left on device")).toBe("df -h /shop/api && devpm restart backend");
});

it("what only the code can tell has no advice", () => {
  expect(crashAdvice(["ZeroDivisionError: division by zero"], facts)).toEqual({ evidence: [], fixes: [] });
});

test.for(["", "flask\n", "flask"])("a line is added to %j as a line of its own", (text) => {
  const folder = mkdtempSync(path.join(tmpdir(), "devpm-t-"));
  try {
    const file = path.join(folder, "it's requirements.txt");
    writeFileSync(file, text);
    execFileSync("sh", ["-c", addLine({ file, text }, "PyYAML", { cwd: "/elsewhere" })]);
    expect(readFileSync(file, "utf8").split("\n").filter(Boolean)).toEqual([
      ...(text === "" ? [] : ["flask"]),
      "PyYAML",
    ]);
    execFileSync("sh", ["-c", addLine({ file, text: "x" }, "A=1\nB=two words", { cwd: folder })], { cwd: folder });
    expect(readFileSync(file, "utf8")).toMatch(/\nA=1\nB=two words\n$/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe("a front end's build", () => {
  const OPENSSL = "Error: error:0308010C:digital envelope routines::unsupported\n  code: 'ERR_OSSL_EVP_UNSUPPORTED'";

  it("with a webpack that is older than OpenSSL 3: its hash is switched on again", () => {
    expect(fixFor(OPENSSL)).toBe('devpm down && NODE_OPTIONS="$NODE_OPTIONS --openssl-legacy-provider" devpm dev');
    expect(causeOf(OPENSSL)).toContain("MD4");
  });

  it.each([
    "RuntimeError: Directory '../ui/dist/assets' does not exist",
    "FileNotFoundError: [Errno 2] No such file or directory: '/shop/ui/build/index.html'",
    "Error: ENOENT: no such file or directory, open '/shop/ui/dist/index.html'",
  ])("that an app serves and that is not there: %s", (line) => {
    expect(fixFor(line)).toBe("(cd ui && pnpm run build) && devpm restart backend");
    expect(causeOf(line)).toContain("the build of web");
  });

  it.each(["Directory 'uploads' does not exist", "No such file or directory: '/shop/ui/src/x.json'"])(
    "is not the cause of everything: %s",
    (line) => expect(causeOf(line)).toBeUndefined(),
  );
});
