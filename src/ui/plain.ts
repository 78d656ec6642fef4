import type { AsTyped } from "../diagnostics/as-typed.ts";
import { printDiagnostic } from "../diagnostics/print.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { eachBetween } from "../logs/encode-lines.ts";
import type { Level } from "../logs/level-names.ts";
import type { SessionEvent } from "../model/events.ts";
import { eventsOf, type LogBatch, type LogEvent } from "../model/log-batch.ts";
import type { Streamed } from "../model/protocol.ts";
import type { Show } from "../session/paced.ts";
import type { Output } from "../system/terminal.ts";
import { assertNever } from "../util/assert-never.ts";
import { bannerLines } from "./banner.ts";
import type { Colors } from "./colors.ts";
import { crashDiagnostic } from "./crash.ts";
import { whereItEnds } from "./detached-start.ts";
import { createEcho, type Echo } from "./echo.ts";
import { noFacts, noteFact, type Facts } from "./facts.ts";
import { createPrefixes, type Prefixes, type Separator } from "./prefix.ts";
import { leftoverDiagnostic, receiptLines } from "./receipt.ts";
import { allVisible, displayWidth, duration, printableLine, timeOfDay, wrap } from "../util/text.ts";
import { createSetupProgress } from "./setup-progress.ts";
import * as sentences from "./sentences.ts";

export interface PlainOptions {
  colors: Colors;
  /** Also reports what is normally omitted: processes started, reloads begun. Read for each event. */
  readonly verbose: boolean;
  /** The time of day before each line. Read for each event. */
  readonly timestamps?: boolean;
  asTyped: AsTyped;
  detached?: boolean;
  /** Where errors go, and in which colours; default: among the rest. */
  errors?: { out: Output; colors: Colors };
  /** Ctrl+C in the reader's terminal does not end the session. */
  fromElsewhere?: boolean;
  /** Of a live screen: how the lines of apps are shown, and which events are not. */
  live?: LiveOptions;
}

export interface LiveOptions {
  separator: Separator;
  /** How the lines of apps are shown; default: each as it is. */
  log: (echo: Echo, lead: Lead) => LogUi;
  /** false: the event is remembered, and nothing is printed. */
  shows: (event: Streamed) => boolean;
}

/** What stands before a line: the time of day, where it is wanted, and the name. */
export interface Lead {
  of(event: Pick<LogEvent, "app" | "stream" | "at">, level?: Level | null): string;
  /** The same columns, for a line that goes on. */
  more(event: Pick<LogEvent, "stream">, level?: Level | null): string;
}

/** Events as text, one line or block each. No cursor movement: printed text stays, in a terminal and in a file. */
export function createPlainUi(out: Output, options: PlainOptions): Show {
  const { colors, asTyped, live } = options;
  const facts = noFacts();
  const echo = createEcho();
  const progress = createSetupProgress();
  let prefixes: Prefixes = createPrefixes([], out.columns, colors, live?.separator);
  let quiet = false;
  let at = "";

  const lead = leadOf(options, () => prefixes);
  const ours = (): string => lead.of({ app: "devpm", stream: "out", at });
  // a terminal would break the line within a word; a file or a pipe keeps one line per fact
  const width = (): number => (out.isTTY ? Math.max(20, out.columns - displayWidth(ours())) : Infinity);
  const line = (text: string, paint = (part: string): string => part): void =>
    out.write(
      wrapped(asTyped(text), width())
        .map((part) => `${ours()}${paint(part)}\n`)
        .join(""),
    );
  const errors = errorsOf(out, options, echo);
  const log = live?.log(echo, lead) ?? createLogUi(out, echo, lead, colors);
  const show: Show["event"] = (event) => {
    if (event.event === "log") return log.line(event);
    at = event.at;
    if (event.event === "log.missed") return line(sentences.missed(event.lines), colors.yellow);
    noteFact(facts, event);
    if (event.event === "session.starting")
      prefixes = createPrefixes([...event.apps, ...(event.tasks ?? [])], out.columns, colors, live?.separator);
    if (event.event === "app.resumed" || live?.shows(event) === false) return;
    if (event.event === "setup.output") {
      const text = options.verbose ? event.line : progress(event);
      if (text !== null)
        out.write(`${lead.of({ ...event, stream: "out" })}${colors.dim(printableLine(text, { level: 0 }))}\n`);
    } else if (event.event === "app.prompt")
      out.write(`${lead.of({ ...event, stream: "out" })}${printableLine(event.text, colors)}\n`);
    else if (event.event === "session.ready") out.write(`${banner(facts, event.ms, options, out.columns)}\n`);
    else if (event.event === "diagnostic") {
      const quote = event.app === undefined || errors.quotes(event.app, event.excerpt, at);
      errors.block(quote ? event : { ...event, excerpt: [] });
    } else if (event.event === "app.crashed") {
      const quote = errors.quotes(event.app, event.excerpt, at);
      errors.block(crashDiagnostic(event, facts, { quote, ends: options.detached === true, asTyped }));
    } else if (event.event === "session.stopping" && event.reason === "failed" && !facts.began) {
      // nothing was started: the end of the session follows from the diagnostic just shown
      quiet = true;
    } else if (event.event === "session.stopped") {
      if (!quiet) for (const text of receiptLines(event)) line(text);
      quiet = false; // `devpm logs devpm` has more than one session
      const leftover = leftoverDiagnostic(event);
      if (leftover) errors.block(leftover);
    } else {
      const text = sentence(event, colors, options.verbose);
      if (typeof text === "string") line(text);
      else if (text !== null && event.event === "app.failed" && errors.apart) errors.line(text[0]);
      else if (text !== null) line(...text);
    }
  };
  return { event: (event) => show(harmless(options.detached === true ? whereItEnds(event) : event)), lines: log.lines };
}

/** `apart`: who reads them may not see the lines of apps. */
function errorsOf(out: Output, { colors, asTyped, errors: to = { out, colors } }: PlainOptions, echo: Echo) {
  const apart = to.out !== out && !(out.isTTY && to.out.isTTY);
  return {
    apart,
    quotes: (app: string, excerpt: readonly string[] | undefined, at: string): boolean =>
      apart || echo.showExcerpt(app, excerpt ?? [], at),
    line: (text: string): void => to.out.write(`${to.colors.red(asTyped(text))}\n`),
    block(diagnostic: Diagnostic): void {
      const { columns } = to.out;
      to.out.write(`\n${printDiagnostic(diagnostic, { columns, colors: to.colors, asTyped })}\n\n`);
    },
  };
}

const harmless = (event: Streamed): Streamed => (QUOTING.has(event.event) ? event : allVisible(event));

const wrapped = (text: string, width: number): string[] => text.split("\n").flatMap((one) => wrap(one, width));

/** What these quote of a program is made harmless where it is printed: its colours are no text. */
const QUOTING: ReadonlySet<string> = new Set(["log", "setup.output", "app.prompt", "diagnostic", "app.crashed"]);

function leadOf(options: PlainOptions, prefixes: () => Prefixes): Lead {
  const { colors } = options;
  const time = (at: string): string => (options.timestamps ? `${colors.dim(exactTime(at))} ` : "");
  const blank = (): string => (options.timestamps ? " ".repeat("12:04:07.123 ".length) : "");
  return {
    of: ({ app, stream, at }, level) => time(at) + prefixes().of(app, stream, level),
    more: ({ stream }, level) => blank() + prefixes().more(stream, level),
  };
}

/** `12:04:07.123`, local. */
const exactTime = (at: string): string =>
  Number.isNaN(Date.parse(at)) ? "--:--:--.---" : `${timeOfDay(at)}${at.slice(19, 23)}`;

export interface LogUi {
  line(event: LogEvent): void;
  lines(batch: LogBatch): void;
}

/** The lines of apps, each behind its app's name. */
function createLogUi(out: Output, echo: Echo, lead: Lead, colors: Colors): LogUi {
  const line = (event: LogEvent): void => {
    const text = printableLine(event.line, colors);
    if (echo.show(event.app, event.line, event.at)) out.write(`${lead.of(event)}${text}\n`);
  };
  return {
    line,
    lines(batch) {
      if (echo.showBatch(batch)) out.writeBytes(eachBetween(batch, lead.of(batch), "\n"));
      else for (const event of eventsOf(batch)) line(event);
    },
  };
}

type OneLine = Exclude<
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
type Sentence = string | [text: string, paint: (part: string) => string];

function taskSentence(
  event: Extract<OneLine, { task: string; event: `task.${string}` }>,
  colors: Colors,
): string | null {
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

/** null: not worth a line. */
function sentence(event: OneLine, colors: Colors, verbose: boolean): Sentence | null {
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
      return taskSentence(event, colors);
    case "app.failed":
      // a mere consequence of a failed task
      if (event.task !== undefined) return null;
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

function banner(
  facts: Facts,
  ms: number,
  { detached = false, fromElsewhere = false, colors, asTyped }: PlainOptions,
  columns: number,
): string {
  const apps = [...facts.apps].map(([name, { url, up }]) => ({ name, url, up }));
  const shown = {
    project: facts.project,
    ...(facts.worktree === undefined ? {} : { worktree: facts.worktree }),
    ms,
    apps: apps.filter(({ up }) => up),
    infra: [...facts.infra],
    missing: apps.filter(({ up }) => !up).map(({ name }) => name),
    detached: detached || fromElsewhere,
    asTyped,
  };
  return bannerLines(shown, columns, colors).join("\n");
}
