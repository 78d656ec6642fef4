import type { AsTyped } from "../diagnostics/as-typed.ts";
import { printDiagnostic } from "../diagnostics/print.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { Streamed } from "../model/protocol.ts";
import type { Show } from "../session/backpressure.ts";
import type { Output } from "../system/terminal/terminal.ts";
import { bannerLines } from "./banner.ts";
import type { Colors } from "./colors.ts";
import { crashDiagnostic } from "./crash.ts";
import { whereItEnds } from "./detached-start.ts";
import { createEcho, type Echo } from "./echo.ts";
import { eventLine } from "./event-line.ts";
import { noFacts, noteFact, type Facts } from "./facts.ts";
import { createLogUi, leadOf, type Lead, type LeadOptions, type LogUi } from "./log-ui.ts";
import { createPrefixes, type Prefixes, type Separator } from "./prefix.ts";
import { leftoverDiagnostic, receiptLines } from "./receipt.ts";
import { allVisible, displayWidth, printableLine, wrap } from "../util/text.ts";
import { createSetupProgress } from "./setup-progress.ts";
import * as sentences from "./sentences.ts";

export interface PlainOptions extends LeadOptions {
  /** Also reports what is normally omitted: processes started, reloads begun. Read for each event. */
  readonly verbose: boolean;
  asTyped: AsTyped;
  detached?: boolean;
  /** Where errors go, and in which colours; default: among the rest. */
  errors?: { out: Output; colors: Colors };
  /** Ctrl+C in the reader's terminal does not end the session. */
  fromElsewhere?: boolean;
  /** For a live screen: how the lines of apps are shown, and which events are not. */
  live?: LiveOptions;
}

export interface LiveOptions {
  separator: Separator;
  /** How the lines of apps are shown; default: each as it is. */
  log: (echo: Echo, lead: Lead) => LogUi;
  /** false: the event is remembered, and nothing is printed. */
  shows: (event: Streamed) => boolean;
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
      const text = eventLine(event, colors, options.verbose);
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
