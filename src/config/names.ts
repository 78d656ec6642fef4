import type { App } from "../model/project.ts";
import { entriesOf } from "./entries.ts";
import { taskEntriesOf } from "./task-entries.ts";

/** What the configuration calls an app, and what a task; any other name is a service. */
export interface Names {
  apps: ReadonlySet<string>;
  tasks: ReadonlySet<string>;
}

export const namesOf = (config: unknown): Names => ({
  apps: new Set(entriesOf(config).map(({ name }) => name)),
  tasks: new Set(taskEntriesOf(config).map(({ name }) => name)),
});

/** The names of `dependsOn`, by what each is. */
export const sorted = (dependsOn: readonly string[], { apps, tasks }: Names): App["dependsOn"] => ({
  apps: dependsOn.filter((name) => apps.has(name)),
  services: dependsOn.filter((name) => !apps.has(name) && !tasks.has(name)),
  tasks: dependsOn.filter((name) => tasks.has(name)),
});
