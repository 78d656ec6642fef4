import type { ZodType } from "zod";
import { didYouMean } from "../util/similar.ts";
import { type AppEntry, entriesOf, isPlainPm2, keyPath } from "./entries.ts";
import { isObject } from "../util/guard.ts";
import { type Problem, show } from "./problem.ts";
import {
  APP_KEYS,
  CONFIG_KEYS,
  INFRA_KEYS,
  TASK_KEYS,
  appSchema,
  configSchema,
  pm2AppSchema,
  pm2FileSchema,
  taskSchema,
} from "./schema.ts";
import { type TaskEntry, taskEntriesOf } from "./task-entries.ts";

/** Every problem of the shape: wrong types, unknown keys, keys that are missing. */
export function shapeProblems(config: unknown): Problem[] {
  const entries = entriesOf(config);
  const top = isPlainPm2(entries) ? pm2FileSchema : configSchema;
  return [
    ...check(top, config, []),
    ...notObjects(config),
    ...notTasks(config),
    ...entries.flatMap((entry) =>
      check(entry.kind === "pm2" ? pm2AppSchema : appSchema, entry.app, [entry.key]).concat(choice(entry)),
    ),
    ...taskEntriesOf(config).flatMap((entry) => check(taskSchema, entry.task, [entry.key]).concat(taskChoice(entry))),
  ];
}

function check(schema: ZodType, value: unknown, base: readonly string[]): Problem[] {
  const { success, error } = schema.safeParse(value, { reportInput: true });
  if (success) return [];
  return error.issues.flatMap((issue): Problem[] => {
    const key = base[0] === undefined ? keyPath(...issue.path) : base[0] + suffix(issue.path);
    if (issue.code === "unrecognized_keys") return issue.keys.flatMap((name) => unknownKey(key, name, issue.path));
    return [{ key: key || "the configuration", message: `${issue.message}, got ${show(issue.input)}` }];
  });
}

const suffix = (path: readonly PropertyKey[]): string => (path.length === 0 ? "" : dotted(keyPath(...path)));
const dotted = (text: string): string => (text.startsWith("[") ? text : `.${text}`);

function unknownKey(key: string, name: string, path: readonly PropertyKey[]): Problem[] {
  if (key.startsWith("apps") && path.length === 0 && name.startsWith("env_")) return [];
  const known = path.length > 0 ? (path[0] === "infra" ? INFRA_KEYS : []) : keysAt(key);
  const meant = didYouMean(name, known);
  return [
    { key: key === "" ? name : key + dotted(name), message: `unknown key${meant ? `; did you mean "${meant}"?` : ""}` },
  ];
}

function keysAt(key: string): readonly string[] {
  if (key === "") return CONFIG_KEYS;
  return key.startsWith("tasks") ? TASK_KEYS : APP_KEYS;
}

/** Apps that are no objects at all have no entry. */
function notObjects(config: unknown): Problem[] {
  const apps = isObject(config) ? config.apps : null;
  if (!isObject(apps) && !Array.isArray(apps)) return [];
  const all = Array.isArray(apps) ? apps.map((app, index) => [index, app] as const) : Object.entries(apps);
  if (all.length === 0) return [{ key: "apps", message: "expected at least one app" }];
  return all
    .filter(([, app]) => !isObject(app))
    .map(([name, app]) => ({ key: keyPath("apps", name), message: `expected an object, got ${show(app)}` }));
}

/** Exactly one key that defines what runs. */
function choice({ key, app, kind }: AppEntry): Problem[] {
  const given = ["preset", "command", "script"].filter((name) => app[name] !== undefined);
  if (given.length > 1)
    return [{ key, message: `expected one of command, script and a preset, got ${given.join(" and ")}` }];
  if (given.length === 0 && kind !== "pm2") {
    return [{ key, message: "expected a command (or a preset such as flask(), or PM2's script)" }];
  }
  const python = app.preset === "flask" || app.preset === "fastapi";
  if (python && app.app === undefined)
    return [{ key: `${key}.app`, message: 'expected the module, such as "web.app"' }];
  return [];
}

function notTasks(config: unknown): Problem[] {
  const tasks = isObject(config) ? config.tasks : null;
  if (!isObject(tasks)) return [];
  return Object.entries(tasks)
    .filter(([, task]) => !isObject(task))
    .map(([name, task]) => ({ key: keyPath("tasks", name), message: `expected an object, got ${show(task)}` }));
}

/** Exactly one key that defines what is run. */
function taskChoice({ key, task }: TaskEntry): Problem[] {
  const given = ["run", "preset"].filter((name) => task[name] !== undefined);
  if (given.length > 1) return [{ key, message: "expected run or a preset, not both" }];
  if (given.length === 0) return [{ key, message: "expected run: what it does (or a preset such as alembic())" }];
  if (task.run === "" || (Array.isArray(task.run) && task.run.length === 0))
    return [{ key: `${key}.run`, message: "expected a command line, got nothing" }];
  return [];
}
