import { expanded, needed } from "../model/groups.ts";
import type { Project } from "../model/project.ts";

/**
 * What is on: the names that were asked for (else all without `start: false`) and what those need. Everything else stays
 * in the project, off until it is asked for.
 */
export function switched(project: Project, only: readonly string[]): Project {
  const all = [...project.apps, ...project.tasks].filter(({ start }) => start).map(({ name }) => name);
  const on = needed(project, only.length > 0 ? expanded(only, project.groups) : all);
  return {
    ...project,
    apps: project.apps.map((app) => ({ ...app, start: on.has(app.name) })),
    tasks: project.tasks.map((task) => ({ ...task, start: on.has(task.name) })),
  };
}
