import { catalog } from "../../diagnostics/catalog.ts";
import { crashReason } from "../../model/crash-reason.ts";
import type { Stamped } from "../../model/events.ts";
import type { FaultKind } from "../../model/fault.ts";
import type { App, Project } from "../../model/project.ts";
import { pathFrom } from "../../util/paths.ts";
import type { Sighting } from "./entry.ts";

/** An app or a task ended. */
export interface Crashed {
  app: string;
  excerpt: readonly string[];
  /** Where the excerpt has no error that is understood. */
  kind: FaultKind;
  otherwise: string;
  at: string;
}

/** What an event of the session itself says about faults. Pure. */
export function noted(event: Stamped, project: Project | null): { crashed?: Crashed; seen?: Sighting } {
  switch (event.event) {
    case "app.crashed": {
      const { app, excerpt, at } = event;
      const otherwise = crashReason(event, lastWord(excerpt));
      return { crashed: { app, excerpt, kind: kindOf(project, app), otherwise, at } };
    }
    case "app.failed": {
      // these follow from a failure that is reported by itself
      if (event.tasks !== undefined || event.service !== undefined || event.reason === "its set-up failed") return {};
      return { seen: { ...ours(event.app, event.reason, event.at), stops: true } };
    }
    case "infra.failed":
      return { seen: { ...ours(event.service, event.reason, event.at), kind: "container", stops: true } };
    case "diagnostic":
      return event.severity === "error" ? fromDiagnostic(event, project) : {};
    default:
      return {};
  }
}

/** Node's report of what ended it: the error, its stack and fields, and its own version last. */
const NODES_END = /^Node\.js v\d/;
const NODES_ERROR = /^(?:[A-Z]\w*)?Error(?: \[\w+\])?(?::|$)/;

/** What a program printed last, or the error that Node reports with it. */
function lastWord(excerpt: readonly string[]): string | undefined {
  const lines = excerpt.map((line) => line.trim()).filter((line) => line !== "");
  const last = lines.at(-1);
  if (last === undefined || !NODES_END.test(last)) return last;
  return lines.findLast((line) => NODES_ERROR.test(line)) ?? lines.at(-2) ?? last;
}

type Reported = Extract<Stamped, { event: "diagnostic" }>;

function fromDiagnostic(event: Reported, project: Project | null): { crashed?: Crashed; seen?: Sighting } {
  const { code, summary, excerpt = [], app, at } = event;
  if (app !== undefined)
    return { crashed: { app, excerpt, kind: kindOf(project, app), otherwise: `${summary} (${code})`, at } };
  const inConfig = catalog[code].exit === 2 && project?.configFile ? project.configFile : null;
  const named = [...(project?.apps ?? []), ...(project?.tasks ?? [])].find(({ name }) =>
    summary.startsWith(`${name} `),
  );
  return {
    seen: {
      ...ours(named?.name ?? "devpm", `${summary} (${code})`, at),
      file: inConfig === null ? null : pathFrom(project?.root ?? "/", inConfig),
      files: inConfig === null ? [] : [inConfig],
      frame: excerpt,
      stops: named !== undefined,
    },
  };
}

const ours = (app: string, message: string, at: string): Sighting => ({
  app,
  kind: "devpm",
  message,
  file: null,
  line: null,
  files: [],
  frame: [],
  stops: false,
  at,
});

const KINDS: Readonly<Record<App["toolchain"], FaultKind>> = { python: "python", node: "frontend", none: "devpm" };

function kindOf(project: Project | null, name: string): FaultKind {
  const app = [...(project?.apps ?? []), ...(project?.tasks ?? [])].find((one) => one.name === name);
  return app ? KINDS[app.toolchain] : "devpm";
}
