import { closure } from "../util/graph.ts";
import type { Project } from "./project.ts";

/** Names, with each group replaced by its members, without duplicates. */
export function expanded(names: readonly string[], groups: Project["groups"]): string[] {
  return [...new Set(names.flatMap((name) => (Object.hasOwn(groups, name) ? (groups[name] ?? []) : [name])))];
}

/** Apps and tasks that must run for these to run, including these. */
export function needed({ apps, tasks }: Pick<Project, "apps" | "tasks">, names: readonly string[]): Set<string> {
  const edges = [...apps, ...tasks].map(
    ({ name, dependsOn }) => [name, [...dependsOn.apps, ...dependsOn.tasks]] as const,
  );
  return closure(new Map(edges), names);
}
