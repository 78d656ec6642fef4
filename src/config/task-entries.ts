import { keyPath } from "./entries.ts";
import { isObject } from "../util/guard.ts";

/** One task as the user wrote it; everything in it is unknown until validate.ts has checked its shape. */
export interface TaskEntry {
  name: string;
  key: string;
  task: Record<string, unknown>;
}

/** What is no object is left out (validate.ts reports it). */
export function taskEntriesOf(config: unknown): TaskEntry[] {
  const tasks = isObject(config) ? config.tasks : null;
  if (!isObject(tasks)) return [];
  return Object.entries(tasks).flatMap(([name, task]) =>
    isObject(task) ? [{ name, key: keyPath("tasks", name), task }] : [],
  );
}

/** Groups by name, each with its members; tolerant of what is neither. */
export function groupsOf(config: unknown): Record<string, string[]> {
  const groups = isObject(config) ? config.groups : null;
  if (!isObject(groups)) return {};
  return Object.fromEntries(
    Object.entries(groups).map(([name, members]) => [
      name,
      Array.isArray(members) ? members.filter((member) => typeof member === "string") : [],
    ]),
  );
}
