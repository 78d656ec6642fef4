import * as z from "zod";
import { PM2_KEYS } from "./pm2-options.ts";
import { pm2Shapes } from "./pm2-schema.ts";

/*
 * The shapes of what the user wrote. They only check (resolve.ts reads the user's own object), so each message says what
 * is expected, and validate.ts adds what was found.
 */
const text = z.string("expected a string");
const words = z.union([text, z.array(text)], "expected a string or a list of strings");
const port = (() => {
  const message = "expected a whole number from 1 to 65535";
  return z.int(message).min(1, message).max(65_535, message);
})();
/** A day: a timer takes 24 of them, and a longer one would fire immediately. */
const MOST_MS = 86_400_000;
const milliseconds = (() => {
  const message = `expected milliseconds as a whole number from 0 to ${MOST_MS} (a day)`;
  return z.int(message).min(0, message).max(MOST_MS, message);
})();
const flag = z.boolean("expected true or false");

const PATTERN = "expected a regular expression or its source as a string";
const pattern = z.union([z.string().refine(isPattern, PATTERN), z.instanceof(RegExp)], PATTERN);

const ready = z
  .strictObject(
    {
      http: z.string("expected a path").startsWith("/", 'expected a path that begins with "/"').optional(),
      tcp: port.optional(),
      log: pattern.optional(),
      timeoutMs: milliseconds.optional(),
    },
    expected('an object such as { http: "/health" }, { tcp: 5050 } or { log: /listening/ }'),
  )
  .refine(({ http, tcp, log }) => [http, tcp, log].filter((probe) => probe !== undefined).length <= 1, {
    error: "expected one of http, tcp and log, not several",
  });

const setup = z.union(
  [
    z.literal(false),
    z.array(
      z.strictObject(
        { run: words, inputs: words.optional(), output: text.optional() },
        expected('a step such as { run: "npm install", inputs: ["package.json"] }'),
      ),
    ),
  ],
  "expected a list of steps such as { run, inputs }, or false",
);

const variables = z.union(
  [
    z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null(), z.undefined()])),
    z.custom((value) => typeof value === "function"),
  ],
  "expected an object of strings and numbers, or a function that returns one",
);

const common = {
  name: text.optional(),
  cwd: text.optional(),
  port: port.optional(),
  ports: z.array(port, "expected a list of ports").optional(),
  dependsOn: z.array(text, "expected a list of names").optional(),
  envFile: words.optional(),
  env: variables.optional(),
  ready: ready.optional(),
  reload: z.literal(["warm", "restart", false], 'expected "warm", "restart" or false').optional(),
  watch: z.union([flag, words], "expected folders or files, or true or false").optional(),
  ignore: words.optional(),
  setup: setup.optional(),
  graceMs: milliseconds.optional(),
  start: flag.optional(),
  debug: z.union([flag, port], "expected true, false or a port").optional(),
};

const own = {
  command: words.optional(),
  preset: z
    .literal(["flask", "fastapi", "django", "vite"], 'expected "flask", "fastapi", "django" or "vite"')
    .optional(),
  app: text.optional(),
  settings: text.optional(),
};

/** `z.strictObject`'s own message about unknown keys is made by validate.ts; here is the one for "no object at all". */
function expected(what: string): { error: (issue: { code?: string }) => string | undefined } {
  return { error: ({ code }) => (code === "invalid_type" ? `expected ${what}` : undefined) };
}

function isPattern(source: string): boolean {
  try {
    void new RegExp(source);
    return true;
  } catch {
    return false;
  }
}

export const appSchema = z.strictObject({ ...pm2Shapes, ...common, ...own }, expected("an object"));

/** PM2 ignores what it does not know, and takes more for some keys than devpm does. */
export const pm2AppSchema = z.looseObject(
  { ...pm2Shapes, ...common, script: text.optional(), args: words.optional(), interpreter: text.optional() },
  expected("an object"),
);

const infra = z.strictObject(
  {
    compose: words.optional(),
    services: z.array(text, "expected a list of names").optional(),
    required: flag.optional(),
    timeoutMs: milliseconds.optional(),
  },
  expected('an object such as { compose: "compose.yml", services: ["postgres"] }'),
);

const PRESETS = ["alembic", "flask-migrate", "django", "prisma", "drizzle", "knex"] as const;

export const taskSchema = z.strictObject(
  {
    run: words.optional(),
    preset: z.literal(PRESETS, `expected one of ${PRESETS.map((name) => `"${name}"`).join(", ")}`).optional(),
    app: text.optional(),
    dependsOn: z.array(text, "expected a list of names").optional(),
    inputs: words.optional(),
    output: text.optional(),
    cwd: text.optional(),
    env: variables.optional(),
    start: flag.optional(),
  },
  expected("an object"),
);

const projectKeys = {
  name: text.optional(),
  infra: infra.optional(),
  apps: z.union([z.record(z.string(), z.unknown()), z.array(z.unknown())], "expected the apps by name, or a list"),
  tasks: z.record(z.string(), z.unknown(), 'expected tasks by name, such as { migrate: { run: "…" } }').optional(),
  groups: z
    .record(
      z.string(),
      z.array(text, "expected a list of apps and tasks"),
      'expected lists of apps by name, such as { minimal: ["backend"] }',
    )
    .optional(),
  isolate: z.literal([true, false, "containers"], 'expected true, false or "containers"').optional(),
  idleMinutes: z
    .int("expected a whole number of minutes")
    .min(1, "expected a whole number of minutes from 1 to 10080 (a week)")
    .max(10_080, "expected a whole number of minutes from 1 to 10080 (a week)")
    .optional(),
  mcp: z.strictObject({ run: flag.optional() }, expected("an object such as { run: true }")).optional(),
};

export const configSchema = z.strictObject(projectKeys, expected("an object with apps"));
export const pm2FileSchema = z.looseObject(projectKeys, expected("an object with apps"));

export const APP_KEYS: readonly string[] = [...Object.keys(common), ...Object.keys(own), ...PM2_KEYS];
export const TASK_KEYS: readonly string[] = Object.keys(taskSchema.shape);
export const CONFIG_KEYS: readonly string[] = Object.keys(projectKeys);
export const INFRA_KEYS: readonly string[] = Object.keys(infra.shape);
