import type { Infra } from "../../../infra/infra.ts";
import type { App, Project } from "../../../model/project.ts";
import type { System } from "../../../system/system.ts";
import { crashAdvice, onceAdvice } from "./advice.ts";
import type { Crash } from "./excerpt.ts";
import { readCrashFacts, type CrashAdvice, type StartFacts } from "./facts.ts";
import type { Launcher } from "../launcher.ts";

/** Suggests fixes for a crash, from its last lines and from the facts at the app's start. */
export interface Explainer {
  /** Collects the facts for a crash of it; no start waits for them. */
  lookAround(app: App): Promise<void>;
  /** Adds what its last lines reveal about the cause. */
  explained(crash: Crash): Crash;
  /** The same for a task, of which nothing was collected before. `lines`: the excerpt of its output. */
  advice(task: App, lines: readonly string[]): Promise<CrashAdvice>;
}

export function createExplainer(
  { files, environment }: Pick<System, "files" | "environment">,
  { project, infra, launcher }: { project: Project; infra: Infra; launcher: Launcher },
): Explainer {
  const started = new Map<string, { app: App; facts: StartFacts }>();
  const now = (app: App) => ({
    app,
    cwd: environment.cwd,
    variables: launcher.variables(app.name),
    services: infra.statuses(),
  });
  return {
    async lookAround(app) {
      started.set(app.name, { app, facts: await readCrashFacts(files, app, project) });
    },
    explained(crash) {
      const known = started.get(crash.app);
      if (!known) return crash;
      const advice = crashAdvice(crash.excerpt, { ...known.facts, ...now(known.app) });
      return {
        ...crash,
        ...(advice.evidence.length + advice.fixes.length > 0 ? advice : onceAdvice(crash, known.app)),
      };
    },
    async advice(task, lines) {
      return crashAdvice(lines, { ...(await readCrashFacts(files, task, project)), ...now(task) });
    },
  };
}
