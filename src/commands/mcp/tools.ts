import type { McpTool } from "../../system/mcp/serve.ts";
import { isObject, listOf, number, oneOf, optional, shape, textUpTo, whole, type Guard } from "../../util/guard.ts";

/** A tool is one devpm command: its arguments are checked here, and each becomes one word that cannot be taken for a flag. */
export interface CommandTool extends McpTool {
  /** The problem of the arguments, or null. */
  check: Guard<unknown>;
  argv: (args: Args) => string[];
  timeoutMs: number;
  /** Which end of a long answer matters. */
  keep: "start" | "end";
  /** A question to the session that is quickly answered: it runs within the server's process. */
  here: boolean;
}

/** As an agent sends them, checked. */
export interface Args {
  app?: string;
  apps?: string[];
  command?: string[];
  path?: string;
  method?: string;
  body?: string;
  headers?: string[];
  file?: string;
  timeoutSeconds?: number;
  since?: string;
  grep?: string;
  level?: string;
  lines?: number;
  code?: string;
}

/** A name at the beginning of a command line: no flag. */
const word: Guard<string> = (value, at) =>
  textUpTo(1_024)(value, at) ??
  (/^[^-\s\0][^\0\n\r]*$/.test(value as string) ? null : `${at}: "${String(value).slice(0, 60)}" is not a name`);
const free: Guard<string> = (value, at) =>
  textUpTo(100_000)(value, at) ?? ((value as string).includes("\0") ? `${at}: it contains a NUL character` : null);
const words = listOf(word, 100);

const GUARDS: { [Key in keyof Args]-?: Guard<Args[Key]> } = {
  app: word,
  apps: words,
  command: listOf(free, 1_000),
  path: free,
  method: word,
  body: free,
  headers: listOf(free, 100),
  file: free,
  timeoutSeconds: number(0.1, 600),
  since: free,
  grep: free,
  level: oneOf("error", "warn", "info"),
  lines: whole(1, 10_000),
  code: word,
};

const string = (description: string): object => ({ type: "string", description });
const strings = (description: string): object => ({ type: "array", items: { type: "string" }, description });

const PROPERTIES: { [Key in keyof Args]-?: object } = {
  app: string("an app, as status names it"),
  apps: strings("apps, tasks or groups; none, where none are required: all that are on"),
  command: strings("the program and its arguments"),
  path: string("such as /api/items?page=2"),
  method: string("GET, POST …; default: GET, or POST with a body"),
  body: string("JSON, or a form"),
  headers: strings("such as 'Accept: text/html'"),
  file: string("the file that was saved; without it the newest save of each app counts"),
  timeoutSeconds: { type: "number", minimum: 0.1, maximum: 600 },
  since: string("last-save, an age such as 5m, or an ISO time"),
  grep: string("a regular expression"),
  level: { type: "string", enum: ["error", "warn", "info"] },
  lines: { type: "integer", minimum: 1, maximum: 10_000, description: "how many of the last lines; default 50" },
  code: string("such as DEVPM_PORT_HELD"),
};

interface Plan {
  description: string;
  required?: (keyof Args)[];
  optional?: (keyof Args)[];
  argv: CommandTool["argv"];
  timeoutMs?: number;
  keep?: "end";
  here?: true;
  changes?: true;
}

/** `--flag=value`, or nothing. */
const flag = (name: string, value: string | number | undefined): string[] =>
  value === undefined ? [] : [`--${name}=${value}`];

const MINUTES = 60_000;

const PLANS: Record<string, Plan> = {
  status: { description: "apps with their URLs, services, ports, the last reload", argv: () => ["status"], here: true },
  ensure: {
    description: "start what is missing of this project, wait until it is ready, return its URLs (devpm dev -d)",
    optional: ["apps"],
    argv: ({ apps = [] }) => ["dev", "--detach", "--", ...apps],
    timeoutMs: 15 * MINUTES,
    keep: "end",
    changes: true,
  },
  wait_for_save: {
    description:
      "after editing: wait until the save is what answers; an error of the new code is returned with file and line",
    optional: ["apps", "file", "timeoutSeconds"],
    argv: ({ apps = [], file, timeoutSeconds = 60 }) => [
      ...["wait", "--for=reload", `--timeout=${timeoutSeconds}`],
      ...flag("file", file),
      ...["--", ...apps],
    ],
    here: true,
  },
  errors: {
    description: "what is broken now in apps, browser, containers and devpm: each fault once, with file and line",
    optional: ["since"],
    argv: ({ since }) => ["errors", ...flag("since", since)],
    here: true,
  },
  logs: {
    description: "what apps printed: the last lines, filtered",
    optional: ["apps", "since", "grep", "level", "lines"],
    argv: ({ apps = [], since, grep, level, lines = 50 }) => [
      ...["logs", "--no-follow", `--lines=${lines}`],
      ...flag("since", since),
      ...flag("grep", grep),
      ...flag("level", level),
      ...["--", ...apps],
    ],
    keep: "end",
  },
  restart: {
    description: "new processes for apps; tasks run again",
    required: ["apps"],
    argv: ({ apps = [] }) => ["restart", "--", ...apps],
    timeoutMs: 15 * MINUTES,
    changes: true,
  },
  run: {
    description:
      "run a command as an app would see it (folder, environment, virtual environment); the config must allow it",
    required: ["app", "command"],
    argv: ({ app = "", command = [] }) => ["run", app, "--", ...command],
    timeoutMs: 10 * MINUTES,
    keep: "end",
    changes: true,
  },
  request: {
    description: "ask an app of this project over HTTP: status, body, and what it logged meanwhile",
    required: ["app", "path"],
    optional: ["method", "body", "headers", "timeoutSeconds"],
    argv: ({ app = "", path = "", method, body, headers = [], timeoutSeconds }) => [
      "request",
      ...flag("request", method),
      ...flag("data", body),
      ...headers.flatMap((line) => flag("header", line)),
      ...flag("timeout", timeoutSeconds),
      ...["--", app, path],
    ],
    timeoutMs: 11 * MINUTES,
    changes: true,
  },
  doctor: { description: "whether this machine can run the project, and what is missing", argv: () => ["doctor"] },
  explain: {
    description: "the page of one diagnostic code",
    required: ["code"],
    argv: ({ code = "" }) => ["explain", "--", code],
  },
};

export const TOOLS: readonly CommandTool[] = Object.entries(PLANS).map(([name, plan]) => {
  const {
    required = [],
    optional: others = [],
    argv,
    timeoutMs = MINUTES,
    keep = "start",
    here = false,
    changes,
  } = plan;
  const keys = [...required, ...others];
  return {
    name,
    description: plan.description,
    inputSchema: {
      type: "object",
      properties: Object.fromEntries(keys.map((key) => [key, PROPERTIES[key]])),
      required,
      additionalProperties: false,
    },
    annotations: { readOnlyHint: changes === undefined },
    check: checkOf(required, others),
    argv,
    timeoutMs,
    keep,
    here,
  };
});

function checkOf(required: readonly (keyof Args)[], others: readonly (keyof Args)[]): Guard<unknown> {
  const guards: Record<string, Guard<unknown>> = {};
  for (const key of required) guards[key] = GUARDS[key];
  for (const key of others) guards[key] = optional(GUARDS[key] as Guard<unknown>);
  const known = shape<Record<string, unknown>>(guards);
  return (value, at) => {
    if (!isObject(value)) return known(value, at);
    const strange = Object.keys(value).find((key) => !Object.hasOwn(guards, key));
    if (strange !== undefined) return `${at}.${strange}: unknown argument`;
    const missing = required.find((key) => !Object.hasOwn(value, key));
    return missing === undefined ? known(value, at) : `${at}.${missing}: this argument is required`;
  };
}
