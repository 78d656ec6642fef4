import type { Fix } from "../diagnostics/diagnostic.ts";
import type { Streamed } from "../model/protocol.ts";

export const START_DETACHED = "devpm dev --detach";
export const SESSION_ENDS = "The session ends.";

/** The start of a session in a fix, however it goes on; `devpm -C FOLDER dev` is about another one. */
const START = /(?<![\w./-])devpm dev(?![\w-])(?! --detach)/g;
/** At the end of a fix; the app's name may be quoted. */
const RESTART = /devpm restart [^&|;]+$/;

/**
 * What a detached start reports of an app that does not start, as it is then: the start fails and the session ends, so
 * that nothing is left to be restarted.
 */
export function whereItEnds(event: Streamed): Streamed {
  if (event.event !== "diagnostic" && event.event !== "app.crashed") return event;
  const fixes = detachedFixes(event.fixes).map(({ label, command }) => ({
    label,
    command: command.replace(RESTART, START_DETACHED),
  }));
  if (event.event === "app.crashed") return { ...event, fixes };
  return { ...event, ...(event.code === "DEVPM_APP_NOT_READY" ? { state: SESSION_ENDS } : {}), fixes };
}

/** Who asked for a session that is left running gets fixes that leave it running: a script would wait for any other. */
export const detachedFixes = (fixes: readonly Fix[]): Fix[] =>
  fixes.map(({ label, command }) => ({ label, command: command.replaceAll(START, START_DETACHED) }));
