import type { AsTyped } from "../diagnostics/as-typed.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { SessionEvent } from "../model/events.ts";
import { plainLine, timeOfDay } from "../util/text.ts";
import { START_DETACHED, SESSION_ENDS } from "./detached-start.ts";
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
  const again = ends ? START_DETACHED : `devpm restart ${shellQuote(event.app)}`;
  const state = ends ? SESSION_ENDS : stillRunning(facts, event.app);
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
