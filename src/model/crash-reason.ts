import type { SessionEvent } from "./events.ts";

type Crash = Extract<SessionEvent, { event: "app.crashed" }>;

/**
 * Why a program has ended. `said`: what it printed last, which says more than an exit code, but nothing about SIGKILL or about an end
 * without an error.
 */
export function crashReason(
  { exitCode, signal }: Pick<Crash, "exitCode" | "signal">,
  said: string | undefined,
): string {
  const how = signal === null ? `it exited with code ${exitCode ?? "unknown"}` : `it was ended by ${signal}`;
  return signal === "SIGKILL" || exitCode === 0 ? how : (said ?? how);
}
