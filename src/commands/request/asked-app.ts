import type { AsTyped } from "../../diagnostics/as-typed.ts";
import type { AppStatus } from "../../model/status.ts";
import type { Clock } from "../../system/clock.ts";
import type { EngineClient } from "../../system/engine/engine-client.ts";
import { askToWait } from "../shared/ask-to-wait.ts";

/** The app that is asked, within the time that `--timeout` leaves. */
export interface AskedApp {
  leftMs(): number;
  /** undefined: the session has no such app, or has ended. */
  status(): Promise<AppStatus | undefined>;
  /** As it is once it does not start any more. `problem`: why it is not ready, where it was waited for in vain. */
  started(): Promise<{ app: AppStatus | undefined; problem: string | null }>;
  /** Until its newest save answers, or it is known that it will not. */
  reloaded(): Promise<void>;
}

interface AskedAppOptions {
  app: string;
  timeoutMs: number;
  /** Rewrites devpm's commands as they are typed here. */
  asTyped: AsTyped;
}

export function askedApp(
  clock: Pick<Clock, "monotonic">,
  engine: EngineClient,
  { app, timeoutMs, asTyped }: AskedAppOptions,
): AskedApp {
  const deadline = clock.monotonic() + timeoutMs;
  const leftMs = (): number => Math.max(0, deadline - clock.monotonic());
  async function look(): Promise<{ found: AppStatus | undefined; isComing: boolean }> {
    const answer = await engine.ask({ op: "status", bare: true });
    if (answer?.ok !== true) return { found: undefined, isComing: false };
    const { apps, session } = answer.status;
    const found = apps.find(({ name }) => name === app);
    // before its configuration is loaded a session knows no app
    const isComing = found ? isStarting(found) : apps.length === 0 && session?.state === "starting";
    return { found, isComing };
  }
  const status = async (): Promise<AppStatus | undefined> => (await look()).found;
  async function wait(what: "ready" | "reload"): Promise<string | null> {
    const answer = await askToWait(engine, { apps: [app], for: what, timeoutMs: leftMs() });
    return answer?.ok === false ? asTyped(answer.error) : null;
  }
  return {
    leftMs,
    status,
    async started() {
      const { found, isComing } = await look();
      // what failed is not waited for: it is said why
      if (!isComing && found?.state !== "failed") return { app: found, problem: null };
      const problem = await wait("ready");
      return { app: await status(), problem };
    },
    async reloaded() {
      await wait("reload");
    },
  };
}

/** The command or the save that starts an app is followed by the request that is to see it. Its address is known once it has been ready. */
export const isStarting = ({ state, port, url }: AppStatus): boolean =>
  port !== null && (state === "pending" || state === "starting" || (state === "running" && url === null));
