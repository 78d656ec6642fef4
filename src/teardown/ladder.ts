/** How long a process that belongs to no app (a set-up step, a helper) has between SIGTERM and SIGKILL. */
export const STRAY_GRACE_MS = 800;

/** After SIGKILL only the kernel can keep a process: it is reported then, not waited for. */
export const KILL_LIMIT_MS = 4_000;

export type Rung = "SIGTERM" | "SIGKILL";

export interface Standing {
  /** The signal that we sent this process last. */
  sent: Rung | null;
  graceMs: number;
  /** PM2 is ending it: a second signal would mean "now" to many servers. */
  withPm2: boolean;
}

/**
 * The signal a process is due, or null. Grace runs from the start of the teardown, not from a process's own arrival:
 * what a stubborn app starts while it is being stopped cannot prolong the end.
 */
export function rung(standing: Standing, elapsedMs: number, hurried: boolean): Rung | null {
  if (standing.sent === "SIGKILL") return null;
  if (hurried || elapsedMs >= standing.graceMs) return "SIGKILL";
  return standing.sent === null && !standing.withPm2 ? "SIGTERM" : null;
}

/** When the next rung is due: how long a scan can be postponed. */
export function untilNextRung(standings: readonly Standing[], elapsedMs: number): number {
  const waits = standings
    .filter((standing) => standing.sent !== "SIGKILL")
    .map((standing) => Math.max(0, standing.graceMs - elapsedMs));
  return Math.min(...waits, Number.POSITIVE_INFINITY);
}

/** What a Ctrl+C (or SIGHUP, SIGTERM) during the session means. */
export type Press = "begin" | "ignore" | "hurry" | "leave";

/** yarn 1 sends SIGHUP 9 ms after SIGINT, and a key that is held repeats every 30: what is closer is the same press. */
export const PRESS_APART_MS = 400;

/** `taken`: the times of the presses that counted so far. */
export function press(taken: readonly number[], at: number): Press {
  const last = taken.at(-1);
  if (last === undefined) return "begin";
  if (at - last < PRESS_APART_MS) return "ignore";
  return taken.length === 1 ? "hurry" : "leave";
}
