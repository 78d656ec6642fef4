import { ok } from "../diagnostics/outcome.ts";
import { hasInfra, type Project } from "../model/project.ts";
import type { InfraSystem } from "./context.ts";
import type { Infra, InfraOptions } from "./infra.ts";
import { absentReferences } from "./references.ts";

/** The services of a project. For one that names none, nothing of all that deals with them is loaded: it is on the way of a start. */
export async function infraOf(system: InfraSystem, project: Project, options: InfraOptions): Promise<Infra> {
  if (!hasInfra(project)) return NONE;
  const { openInfra } = await import("./project-infra.ts");
  return openInfra(system, project, options);
}

/** Of a project that names no service. */
const NONE: Infra = {
  check: () => Promise.resolve(ok({ ms: 0, services: [], leftOut: [] })),
  up: () => Promise.resolve(ok(undefined)),
  ready: () => Promise.resolve(ok(undefined)),
  recovered: () => Promise.resolve(),
  references: absentReferences,
  own: () => ({ moved: [] }),
  makeDatabases: () => Promise.resolve([]),
  containerId: () => null,
  watch() {},
  statuses: () => [],
  stop: () => Promise.resolve(ok([])),
  remove: () => Promise.resolve(ok([])),
  logs: () => Promise.resolve(ok(undefined)),
  close() {},
};
