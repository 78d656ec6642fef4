import type { AppStatus } from "../../model/status.ts";
import type { Clock } from "../../system/clock.ts";
import type { EngineClient } from "../../system/engine/engine-client.ts";

/** The app that is asked, within the time that `--timeout` leaves. */
export interface AskedApp {
  leftMs(): number;
  status(): Promise<AppStatus | undefined>;
  /** Until its newest save answers, or it is known that it will not. */
  settled(): Promise<void>;
}

/** The engine itself keeps the deadline; its answer needs a moment to arrive. */
const ANSWER_MARGIN = 1_000;

export function askedApp(
  clock: Pick<Clock, "monotonic">,
  engine: EngineClient,
  { app, timeoutMs }: { app: string; timeoutMs: number },
): AskedApp {
  const deadline = clock.monotonic() + timeoutMs;
  const leftMs = (): number => Math.max(0, deadline - clock.monotonic());
  return {
    leftMs,
    async status() {
      const answer = await engine.ask({ op: "status", bare: true });
      return answer?.ok === true ? answer.status.apps.find(({ name }) => name === app) : undefined;
    },
    async settled() {
      const ms = leftMs();
      await engine.ask({ op: "wait", apps: [app], for: "reload", timeoutMs: ms }, ms + ANSWER_MARGIN);
    },
  };
}
