import { expect, test } from "vitest";
import { withApps } from "../../../src/config/entries.ts";
import { PM2_KEYS } from "../../../src/config/pm2-options.ts";
import { invalid } from "../../../src/config/problem.ts";
import { semanticProblems } from "../../../src/config/semantics.ts";
import { shapeProblems } from "../../../src/config/validate.ts";

/** `KEY: MESSAGE`, as they are printed. */
const problems = (config: unknown, ports: Record<string, number> = {}): string[] =>
  [...shapeProblems(config), ...semanticProblems(config, ports)].map(({ key, message }) => `${key}: ${message}`);

const app = (options: object): object => ({ apps: { a: { command: "x", ...options } } });

test("a whole configuration has no problems", () => {
  expect(
    problems({
      name: "shop",
      infra: { compose: ["a.yml", "b.yml"], services: ["db"], required: false, timeoutMs: 1000 },
      apps: {
        api: {
          preset: "flask",
          app: "web.app",
          debug: false,
          cwd: "api",
          port: 5050,
          ports: [5051],
          dependsOn: ["db"],
          envFile: "x.env",
          env: { A: "1", B: 2, C: true, D: undefined },
          ready: { http: "/health", timeoutMs: 5000 },
          reload: "warm",
          watch: ["web"],
          ignore: "data",
          setup: [{ run: ["make"], inputs: ["Makefile"], output: "out" }],
          graceMs: 0,
          max_memory_restart: "300M",
        },
        web: { preset: "vite", port: 5173, env: () => ({}), ready: { log: /ready/ }, setup: false, watch: false },
        "a tool": { command: ["x", "y"], ready: { tcp: 9000 }, reload: false, env_production: { A: "1" } },
      },
    }),
  ).toEqual([]);
});

test.each<[string, unknown, string[]]>([
  ["no object", 5, ["the configuration: expected an object with apps, got 5"]],
  ["no apps", {}, ["apps: expected the apps by name, or a list, got nothing"]],
  ["none in it", { apps: {} }, ["apps: expected at least one app"]],
  [
    "durations that no timer takes",
    { apps: { a: { command: "x", graceMs: 86_400_001, ready: { tcp: 1, timeoutMs: 2 ** 31 } } } },
    [
      "apps.a.ready.timeoutMs: expected milliseconds as a whole number from 0 to 86400000 (a day), got 2147483648",
      "apps.a.graceMs: expected milliseconds as a whole number from 0 to 86400000 (a day), got 86400001",
    ],
  ],
  ["an app that is none", { apps: { a: "x" } }, ['apps.a: expected an object, got "x" (a string)']],
  [
    "nothing to run",
    { apps: { a: {} } },
    ["apps.a: expected a command (or a preset such as flask(), or PM2's script)"],
  ],
  [
    "two things to run",
    { apps: { a: { command: "x", preset: "vite" } } },
    ["apps.a: expected one of command, script and a preset, got preset and command"],
  ],
  [
    "a preset without its app",
    { apps: { a: { preset: "flask" } } },
    ['apps.a.app: expected the module, such as "web.app"'],
  ],
  ["an unknown key", app({ dependOn: [] }), ['apps.a.dependOn: unknown key; did you mean "dependsOn"?']],
  ["an unknown key like nothing", app({ zzzzzz: 1 }), ["apps.a.zzzzzz: unknown key"]],
  [
    "an unknown key at the top",
    { apps: { a: { command: "x" } }, nmae: "x" },
    ['nmae: unknown key; did you mean "name"?'],
  ],
  [
    "an unknown key of infra",
    { infra: { servces: [] }, apps: { a: { command: "x" } } },
    ['infra.servces: unknown key; did you mean "services"?'],
  ],
  [
    "a port as text",
    app({ port: "80" }),
    ['apps.a.port: expected a whole number from 1 to 65535, got "80" (a string)'],
  ],
  ["a port too high", app({ port: 70000 }), ["apps.a.port: expected a whole number from 1 to 65535, got 70000"]],
  ["a port with a fraction", app({ port: 80.5 }), ["apps.a.port: expected a whole number from 1 to 65535, got 80.5"]],
  ["a bad further port", app({ ports: [1, 0] }), ["apps.a.ports[1]: expected a whole number from 1 to 65535, got 0"]],
  ["a bad probe", app({ ready: { htp: "/" } }), ["apps.a.ready.htp: unknown key"]],
  [
    "two probes",
    app({ port: 1, ready: { http: "/", tcp: 80 } }),
    ["apps.a.ready: expected one of http, tcp and log, not several, got an object with http, tcp"],
  ],
  [
    "no probe",
    app({ ready: "http" }),
    [
      'apps.a.ready: expected an object such as { http: "/health" }, { tcp: 5050 } or { log: /listening/ }, got "http" (a string)',
    ],
  ],
  [
    "a probe that is no path",
    app({ port: 1, ready: { http: "health" } }),
    ['apps.a.ready.http: expected a path that begins with "/", got "health" (a string)'],
  ],
  [
    "a probe that is no expression",
    app({ ready: { log: "(" } }),
    ['apps.a.ready.log: expected a regular expression or its source as a string, got "(" (a string)'],
  ],
  [
    "a negative time",
    app({ graceMs: -1 }),
    ["apps.a.graceMs: expected milliseconds as a whole number from 0 to 86400000 (a day), got -1"],
  ],
  [
    "a bad reload",
    app({ reload: "hot" }),
    ['apps.a.reload: expected "warm", "restart" or false, got "hot" (a string)'],
  ],
  [
    "bad variables",
    app({ env: ["A"] }),
    ["apps.a.env: expected an object of strings and numbers, or a function that returns one, got a list of 1"],
  ],
])("%s", (_, config, expected) => {
  expect(problems(config)).toEqual(expected);
});

test.each<[string, unknown, string[]]>([
  [
    "a dependency on nothing",
    {
      infra: { services: ["postgres"] },
      apps: { a: { command: "x", dependsOn: ["b", "postgress"] }, b: { command: "y" } },
    },
    ['apps.a.dependsOn[1]: nothing is called "postgress"; did you mean "postgres"?'],
  ],
  ["a dependency on itself", app({ dependsOn: ["a"] }), ["apps.a.dependsOn[0]: an app cannot depend on itself"]],
  [
    "a cycle",
    { apps: { a: { command: "x", dependsOn: ["b"] }, b: { command: "y", dependsOn: ["a"] } } },
    ["apps.a.dependsOn: a cycle: a → b → a; none of them could start first"],
  ],
  [
    "two apps on one port",
    { apps: { a: { command: "x", port: 80 }, b: { command: "y", ports: [80] } } },
    ["apps.b.ports[0]: port 80 is also claimed by apps.a.port"],
  ],
  [
    "two apps of one name",
    {
      apps: [
        { name: "a", command: "x" },
        { name: "a", command: "y" },
      ],
    },
    ['apps[1].name: "a" is also the name of apps[0]'],
  ],
  [
    "an app and a service of one name",
    { infra: { services: ["db"] }, apps: { db: { command: "x" } } },
    ['apps.db: "db" is also the name of a service in infra.services'],
  ],
  [
    "a name that is no file name",
    { apps: { "a/b": { command: "x" } } },
    ['apps["a/b"]: expected a name of at most 64 letters, digits, spaces or . _ - @ :'],
  ],
  [
    "a probe without a port",
    app({ ready: { http: "/" } }),
    ["apps.a.ready.http: the app has no port that could answer"],
  ],
  [
    "two presets on the port that both take by default",
    { apps: { a: { preset: "vite" }, b: { preset: "vite" } } },
    ["apps.b.port: port 5173 is also claimed by apps.a.port"],
  ],
  [
    "$PORT without a port",
    app({ command: "x --port ${PORT}" }),
    ["apps.a.command: $PORT is used, but the app has no port"],
  ],
])("%s", (_, config, expected) => {
  expect(problems(config)).toEqual(expected);
});

test("a port of the command line takes the config's place", () => {
  const config = { apps: { a: { command: "x", port: 80 }, b: { command: "y", port: 80 } } };
  expect(problems(config, { b: 81 })).toEqual([]);
  expect(problems({ apps: { a: { command: "x", port: 80 }, b: { command: "y", port: 81 } } }, { b: 80 })).toHaveLength(
    1,
  );
});

test("without infra.services any name may be a service; without infra none is", () => {
  expect(problems({ infra: { compose: "c.yml" }, ...app({ dependsOn: ["anything"] }) })).toEqual([]);
  expect(problems(app({ dependsOn: ["anything"] }))).toHaveLength(1);
});

test("all problems at once, whatever kind they are", () => {
  const diagnostic = invalid("/p/ecosystem.config.ts", [
    ...shapeProblems({
      apps: { web: { command: "x", port: "5173", dependsOn: ["backnd"] }, backend: { command: "y" } },
    }),
    ...semanticProblems(
      { apps: { web: { command: "x", port: "5173", dependsOn: ["backnd"] }, backend: { command: "y" } } },
      {},
    ),
  ]);
  expect(diagnostic).toEqual({
    code: "DEVPM_CONFIG_INVALID",
    summary: "ecosystem.config.ts has 2 problems",
    severity: "error",
    evidence: [
      ["apps.web.port", 'expected a whole number from 1 to 65535, got "5173" (a string)'],
      ["apps.web.dependsOn[0]", 'nothing is called "backnd"; did you mean "backend"?'],
    ],
    state: "Nothing was started.",
    fixes: [],
  });
});

test("a plain PM2 file may hold what only PM2 knows, or nobody", () => {
  const file = {
    apps: [
      {
        name: "api",
        script: "app.js",
        instances: "max",
        watch: true,
        env_production: {},
        made_up: 1,
        error: "/dev/null",
      },
    ],
    deploy: { production: {} },
  };
  expect(problems(file)).toEqual([]);
  expect(problems(withApps([{ script: "app.js" }]))).toEqual([]);
  expect(problems(withApps({ script: "app.js", name: "one" }))).toEqual([]);
  // beside an app of devpm's a word nobody knows is a mistake again
  expect(problems({ ...file, apps: [...file.apps, { name: "b", command: "x" }] })).toEqual(["deploy: unknown key"]);
});

test("the keys PM2 takes are those of its own schema", async () => {
  const { default: schema } = (await import("pm2/lib/API/schema.json", { with: { type: "json" } })) as {
    default: Record<string, { alias?: string | string[] }>;
  };
  const names = Object.entries(schema).flatMap(([name, { alias = [] }]) => [name, ...[alias].flat()]);
  const devpms = new Set(["name", "cwd", "env", "watch", "port", "^env_\\S*$"]);
  expect(names.filter((name) => !PM2_KEYS.has(name) && !devpms.has(name))).toEqual([]);
});
