import type { SessionEvent } from "../model/events.ts";
import { assertNever } from "../util/assert-never.ts";
import { duration } from "../util/text.ts";
import type { Colors } from "./colors.ts";
import * as sentences from "./sentences.ts";

/** Events that are shown as one line; the others are blocks, lines of apps, or only remembered. */
export type OneLine = Exclude<
  SessionEvent,
  {
    event:
      | "log"
      | "app.prompt"
      | "app.resumed"
      | "setup.output"
      | "session.ready"
      | "diagnostic"
      | "app.crashed"
      | "session.stopped";
  }
>;

/** A whole line in one colour is painted after it was wrapped, so that the colour does not run into the prefixes. */
export type EventLine = string | [text: string, paint: (part: string) => string];

/** An event of a session as a line of text; null: not worth a line. `verbose`: also what is normally omitted. */
export function eventLine(event: OneLine, colors: Colors, verbose: boolean): EventLine | null {
  switch (event.event) {
    case "session.starting":
      return `${colors.bold(event.project)} in ${event.root}`;
    case "setup.started":
      return `${event.app}: ${event.step}`;
    case "setup.finished":
      return sentences.setupFinished(event);
    case "infra.checked":
      return sentences.infraChecked(event);
    case "infra.absent":
      return [sentences.absent(event), colors.yellow];
    case "infra.progress":
      return `${event.service}: ${event.detail}`;
    case "infra.started":
      return `${event.service} ${event.how} in ${duration(event.ms)}`;
    case "infra.failed":
      return [`▲ ${event.service}: ${event.reason}`, colors.yellow];
    case "infra.recovered":
      return [`${event.service} is back: ${event.reason}`, colors.green];
    case "infra.changed":
      return verbose ? `infra: ${event.services.map(sentences.serviceState).join("; ")}` : null;
    case "app.starting":
      return `${event.app} starting${event.port === null ? "" : ` on port ${event.port}`}`;
    case "app.running":
      return verbose ? `${event.app} runs as pid ${event.pid}` : null;
    case "app.ready":
      return `${colors.green("✔")} ${event.app} ready${event.url === null ? "" : ` ${colors.cyan(event.url)}`} (${duration(event.ms)})`;
    case "app.reloading":
      return verbose ? `${event.app} reloading ${event.file}` : null;
    case "app.reloaded":
      // the crash that accompanies it reports the problem
      if (!event.ok) return null;
      return `${colors.green("↻")} ${sentences.reloaded(event)}${verbose && event.timeline ? ` (${sentences.whereTimeWent(event.timeline)})` : ""}`;
    case "app.pending":
    case "error.seen":
    case "error.gone":
      // the apps' own lines show it
      return null;
    case "task.pending":
    case "task.started":
    case "task.finished":
    case "task.skipped":
    case "task.stopped":
      return taskLine(event, colors);
    case "app.failed":
      // a mere consequence of a failed task
      if (event.tasks !== undefined) return null;
      if (event.lost) return [`▲ ${event.app}: ${event.reason}`, colors.yellow];
      return [`✖ ${event.app} did not start: ${event.reason}`, colors.red];
    case "app.stopped":
      return `${event.app} stopped`;
    case "notice":
      return event.text;
    case "session.stopping":
      return sentences.stopping(event.reason);
    default:
      return assertNever(event);
  }
}

function taskLine(event: Extract<OneLine, { task: string; event: `task.${string}` }>, colors: Colors): string | null {
  switch (event.event) {
    case "task.pending":
      return null;
    case "task.started":
      return sentences.taskStarted(event);
    case "task.finished":
      // why it failed is in the diagnostic that comes with it
      return event.ok ? `${colors.green("✔")} ${event.task} done (${duration(event.ms)})` : null;
    case "task.skipped":
      return `${event.task} has nothing to do: nothing changed since it was last done`;
    case "task.stopped":
      return `${event.task} stopped`;
  }
}
