import type { SessionEvent, Stamped } from "../model/events.ts";

/** A step that takes longer reports its progress at this interval. */
const EVERY_MS = 10_000;

type Output = Stamped<Extract<SessionEvent, { event: "setup.output" }>>;

/** Selects the set-up lines to show: the latest one of each step every 10 s. All of them are in the app's log. */
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
