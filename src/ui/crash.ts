import type { AsTyped } from "../diagnostics/as-typed.ts";
import type { Diagnostic, Fix } from "../diagnostics/diagnostic.ts";
import type { SessionEvent } from "../model/events.ts";
import type { Streamed } from "../model/protocol.ts";
import { plainLine, timeOfDay } from "../util/text.ts";
import { stillRunning, type Facts } from "./facts.ts";
import * as sentences from "./sentences.ts";
import { shellQuote } from "../util/shell-quote.ts";

export type CrashEvent = Extract<SessionEvent, { event: "app.crashed" }>;

interface Shown {
  /** false: its last lines have already been shown. */
  quote: boolean;
  /** A detached start that fails ends the session: there is nothing to restart. */
  ends: boolean;
  asTyped: AsTyped;
}

/** A crash as it is shown: its cause and the fix, else the command that starts the app again. */
export function crashDiagnostic(event: CrashEvent, facts: Facts, { quote, ends, asTyped }: Shown): Diagnostic {
  const save = facts.saves.get(event.app);
  const again = ends ? AGAIN : `devpm restart ${shellQuote(event.app)}`;
  const state = ends ? ENDS : stillRunning(facts, event.app);
  return {
    code: "DEVPM_APP_CRASHED",
    severity: "error",
    summary: sentences.crashed(event),
    evidence: [...(save ? [["save", `${save.file}, ${timeOfDay(save.savedAt)}`] as const] : []), ...event.evidence],
    excerpt: quote ? event.excerpt.map((text) => excerptLine(text, asTyped)) : [],
    state: `${state} ${next(event, again, ends)}`.trimEnd(),
    fixes: event.fixes,
  };
}

/**
 * What a detached start reports of an app that does not start, as it is then: the start fails and the session ends, so
 * that nothing is left to be restarted.
 */
export function whereItEnds(event: Streamed): Streamed {
  if (event.event !== "diagnostic" && event.event !== "app.crashed") return event;
  const fixes = detachedFixes(event.fixes).map(({ label, command }) => ({
    label,
    command: command.replace(RESTART, AGAIN),
  }));
  if (event.event === "app.crashed") return { ...event, fixes };
  return { ...event, ...(event.code === "DEVPM_APP_NOT_READY" ? { state: ENDS } : {}), fixes };
}

/** Who asked for a session that is left running gets fixes that leave it running: a script would wait for any other. */
export const detachedFixes = (fixes: readonly Fix[]): Fix[] =>
  fixes.map(({ label, command }) => ({ label, command: command.replaceAll(START, AGAIN) }));

/** The start of a session in a fix, however it goes on; `devpm -C FOLDER dev` is about another one. */
const START = /(?<![\w./-])devpm dev(?![\w-])(?! --detach)/g;
/** At the end of a fix; the app's name may be quoted. */
const RESTART = /devpm restart [^&|;]+$/;
const AGAIN = "devpm dev --detach";
const ENDS = "The session ends.";

/** Quoted as it was printed, except the line that counts what was left out. */
const excerptLine = (text: string, asTyped: AsTyped): string => {
  const clean = plainLine(text);
  return /^ {2}… \d+ more lines: devpm logs$/.test(clean) ? asTyped(clean) : clean;
};

/** A named fix includes the restart of the app. */
function next({ app, reloads, fixes }: CrashEvent, again: string, ends: boolean): string {
  if (fixes.length > 0) return "";
  return reloads && !ends ? `${app} reloads on your next save.` : `Start it again with: ${again}`;
}
