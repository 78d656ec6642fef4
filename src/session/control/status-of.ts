import type { Project } from "../../model/project.ts";
import type { SessionRecord } from "../../model/session-record.ts";
import type { SessionModel } from "../session-model.ts";
import type { AppUsage } from "./meter.ts";
import type { Status } from "../../model/status.ts";

interface StatusFacts {
  record: SessionRecord;
  model: SessionModel;
  groups: Project["groups"];
  worktree?: Status["worktree"];
  now: Date;
  measured: ReadonlyMap<string, AppUsage>;
}

/** The contract's status, from the session's state and the latest measurement. */
export function statusOf({ record, model, groups, worktree, now, measured }: StatusFacts): Status {
  const { id, project, root, namespace, engine, startedAt, detached } = record;
  return {
    project,
    root,
    namespace,
    session: { id, pid: engine.pid, startedAt, detached, state: model.state },
    apps: [...model.apps.values()].map(({ status, startedAt: since }) => ({
      ...status,
      uptimeMs: status.pid === null || since === null ? null : Math.max(0, now.getTime() - Date.parse(since)),
      memoryBytes: measured.get(status.name)?.memoryBytes ?? null,
      cpuPercent: measured.get(status.name)?.cpuPercent ?? null,
    })),
    infra: model.infra,
    ...(model.tasks.size > 0 ? { tasks: [...model.tasks.values()] } : {}),
    ...(Object.keys(groups).length > 0 ? { groups } : {}),
    ...(worktree ? { worktree } : {}),
  };
}
