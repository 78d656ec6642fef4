import type { SessionEvent } from "../../../src/model/events.ts";

type Crash = Extract<SessionEvent, { event: "app.crashed" }>;

/** The event of an app whose process exited with code 1, without a word about the cause. */
export const crashed = (app: string, more: Partial<Crash> = {}): Crash => ({
  event: "app.crashed",
  app,
  during: "run",
  exitCode: 1,
  signal: null,
  excerpt: [],
  evidence: [],
  fixes: [],
  reloads: true,
  ...more,
});
