import type { SessionEvent, Stamped } from "../model/events.ts";

/** A step that takes longer says now and then what it is at. */
const EVERY_MS = 10_000;

type Output = Stamped<Extract<SessionEvent, { event: "setup.output" }>>;

/** Which lines of the set-up steps are shown: every 10 s of a step the latest one. All of them are in the app's log. */
export function createSetupProgress(): (event: Output) => string | null {
  const shownAt = new Map<string, number>();
  return ({ app, step, line, at }) => {
    const key = JSON.stringify([app, step]);
    const now = Date.parse(at);
    const last = shownAt.get(key);
    if (last === undefined) shownAt.set(key, now);
    if (last === undefined || now - last < EVERY_MS || line.trim() === "") return null;
    shownAt.set(key, now);
    return line.trim();
  };
}
