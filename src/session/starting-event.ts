import type { SessionEvent } from "../model/events.ts";
import { worktreeOf, type Project } from "../model/project.ts";
import type { SessionRecord } from "../model/session-record.ts";

/** What a session begins with. */
export function startingEvent(project: Project, { id, namespace }: SessionRecord): SessionEvent {
  const { name, root, apps, tasks, groups } = project;
  const probes = apps.flatMap(({ name: app, ready }) => (ready.kind === "http" ? [[app, ready.path] as const] : []));
  const off = [...apps, ...tasks].filter(({ start }) => !start).map((one) => one.name);
  return {
    event: "session.starting",
    project: name,
    root,
    namespace,
    session: id,
    apps: apps.map((app) => app.name),
    ...(tasks.length > 0 ? { tasks: tasks.map((task) => task.name) } : {}),
    ...(Object.keys(groups).length > 0 ? { groups } : {}),
    ...(off.length > 0 ? { off } : {}),
    ...worktreeOf(project),
    ...(probes.length > 0 ? { probes: Object.fromEntries(probes) } : {}),
  };
}
