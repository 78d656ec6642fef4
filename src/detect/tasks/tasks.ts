import type { Context } from "../context.ts";
import type { DetectedApp, DetectedTask } from "../model.ts";
import { migrationsIn } from "./migrations.ts";
import { seedsIn } from "./seeds.ts";

/**
 * The migrations and seeds of a repository, as tasks. A migration is what a tool's own files show, since every developer
 * runs it; a seed is what a document or script names, and is off: not everyone wants its data, or wants it twice.
 */
export function tasksOf(context: Context, apps: readonly DetectedApp[]): DetectedTask[] {
  const taken = new Set([...apps.map(({ name }) => name), ...(context.composed?.infra ?? []).map(({ name }) => name)]);
  const migrations = migrationsIn(context, apps);
  const seeds = seedsIn(context, apps, migrations);
  const named: DetectedTask[] = [];
  for (const task of [...migrations, ...seeds]) {
    const name = freeName(task, taken);
    taken.add(name);
    named.push({ ...task, name });
  }
  const before = new Map(named.filter(({ start }) => start).map(({ app, name }) => [app, name]));
  return named.map((task) => {
    const first = task.start ? undefined : before.get(task.app);
    return first === undefined ? task : { ...task, dependsOn: [first] };
  });
}

/** The tasks that an app waits for: the migrations of its own database. */
export const tasksBefore = (tasks: readonly DetectedTask[], app: string): string[] =>
  tasks.filter((task) => task.app === app && task.start).map(({ name }) => name);

function freeName({ name, app }: DetectedTask, taken: ReadonlySet<string>): string {
  const names = [name, `${name}-${app ?? "all"}`, ...[2, 3, 4, 5].map((n) => `${name}-${app ?? "all"}-${n}`)];
  return names.find((one) => !taken.has(one)) ?? name;
}
