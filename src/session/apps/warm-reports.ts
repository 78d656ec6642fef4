import type { SessionEvent, Timeline } from "../../model/events.ts";
import { urlOf, type App } from "../../model/project.ts";
import type { WarmReport } from "../../model/protocol.ts";
import { mentionsTakenPort } from "./port-words.ts";
import { crashExcerpt, crashOf } from "./crash/excerpt.ts";

/** State of a warm Python: `down` when it still lives but has no worker any more, after it had been up. */
export type WarmState = "starting" | "up" | "down";

/** Reports about its life as one process: `Apps` deals with those that end it, and with prompts. */
export type LifecycleReport = Exclude<
  WarmReport,
  { what: "cold" | "unfit" | "prompt" | "went_on" | "answered" | "caught_up" }
>;

export function afterReport(state: WarmState, { what }: LifecycleReport): WarmState {
  if (what === "crashed") return state === "up" ? "down" : state;
  return state === "down" && (what === "ready" || what === "reloaded") ? "up" : state;
}

/** Pure: what a report means to the session. `state` is the one before the report. */
export function warmEvents(app: App, report: LifecycleReport, state: WarmState, now: Date): SessionEvent[] {
  const { name } = app;
  switch (report.what) {
    case "ready":
      // the probe detects the first readiness; later on, a request has started it again
      if (state !== "down") return [];
      return [
        { event: "app.running", app: name, pid: report.pid },
        { event: "app.ready", app: name, url: urlOf(app), ms: Math.round(report.ms) },
      ];
    case "reloading":
      return [{ event: "app.reloading", app: name, file: report.file, savedAt: iso(report.savedAt), how: "warm" }];
    case "reloaded":
      return [
        { event: "app.running", app: name, pid: report.pid },
        { ...reloadOf(name, report, report.answeringAt), ok: true, timeline: timelineOf(report) },
      ];
    case "crashed": {
      const { file, savedAt, excerpt } = report;
      // a script that listens during its import counts as running
      const during = mentionsTakenPort(excerpt) ? "run" : report.during;
      // after a failed import the exit code is the framework's, and means nothing
      const { exitCode, signal } = during === "import" ? { exitCode: null, signal: null } : report;
      const saved =
        file === null || savedAt === null
          ? []
          : [{ ...reloadOf(name, { file, savedAt }, now.getTime()), ok: false } as const];
      return [...saved, crashOf(app, { during, exitCode, signal, excerpt: crashExcerpt(excerpt) })];
    }
    case "notice":
      return [{ event: "notice", text: `${name}: ${report.text}` }];
    case "preloaded":
      return [];
  }
}

const reloadOf = (app: string, { file, savedAt }: { file: string; savedAt: number }, doneAt: number) =>
  ({
    event: "app.reloaded",
    app,
    file,
    savedAt: iso(savedAt),
    ms: Math.max(0, doneAt - savedAt),
    how: "warm",
  }) as const;

/** Milliseconds since the save, by the clocks of two processes; a file with an old mtime counts from its detection. */
function timelineOf({ savedAt, p50, p95, grown, warm, ...at }: Extract<WarmReport, { what: "reloaded" }>): Timeline {
  const since = (time: number): number => Math.max(0, Math.round((time - savedAt) * 10) / 10);
  return {
    noticed: since(at.noticedAt),
    forked: since(at.forkedAt),
    imported: since(at.importedAt),
    answering: since(at.answeringAt),
    p50,
    p95,
    grown: grown ?? null,
    ...(warm ? {} : { libraries: true as const }),
  };
}

const iso = (ms: number): string => new Date(ms).toISOString();
