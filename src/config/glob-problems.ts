import path from "node:path";
import { whyCostly } from "../model/glob-cost.ts";
import { folderAbove, isGlob } from "../model/save-rules.ts";
import { entriesOf } from "./entries.ts";
import type { Problem } from "./problem.ts";
import { taskEntriesOf } from "./task-entries.ts";

/** Patterns that would hold a watcher up, and what is watched beyond the project. */
export function globProblems(config: unknown, root: string): Problem[] {
  return [
    ...entriesOf(config).flatMap(({ key, app }) => [
      ...["ignore", "ignore_watch"].flatMap((name) => costly(app[name], `${key}.${name}`)),
      ...walked(app.watch, `${key}.watch`, folderOf(app, root), root),
    ]),
    ...taskEntriesOf(config).flatMap(({ key, task }) =>
      walked(task.inputs, `${key}.inputs`, folderOf(task, root), root),
    ),
  ];
}

const folderOf = ({ cwd }: Record<string, unknown>, root: string): string =>
  path.resolve(root, typeof cwd === "string" ? cwd : ".");

/** The texts of a list or of a single text, each with its key. */
function each(value: unknown, key: string): { text: string; at: string }[] {
  if (typeof value === "string") return [{ text: value, at: key }];
  if (!Array.isArray(value)) return [];
  return value.flatMap((text: unknown, index) => (typeof text === "string" ? [{ text, at: `${key}[${index}]` }] : []));
}

const costly = (value: unknown, key: string): Problem[] =>
  each(value, key).flatMap(({ text, at }) => {
    const why = whyCostly(text);
    return why === null ? [] : [{ key: at, message: `it would take too long to match: ${why}` }];
  });

function walked(value: unknown, key: string, cwd: string, root: string): Problem[] {
  return each(value, key).flatMap(({ text, at }) => {
    const entry = path.resolve(cwd, text);
    const folder = isGlob(entry) ? folderAbove(entry) : entry;
    const beyond = path.relative(folder, root);
    const isAbove = beyond !== "" && !beyond.startsWith("..");
    return [
      ...(isGlob(text) ? costly(text, at) : []),
      ...(isAbove ? [{ key: at, message: `it would walk ${folder}, which the project is only a part of` }] : []),
    ];
  });
}
