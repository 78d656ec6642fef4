import type { AppStatus } from "../../model/status.ts";
import type { Clock } from "../../system/clock.ts";
import type { EngineClient } from "../../system/engine/engine-client.ts";
import { askToWait } from "../shared/ask-to-wait.ts";

/** The app that is asked, within the time that `--timeout` leaves. */
export interface AskedApp {
  leftMs(): number;
  /** undefined: the session has no such app, or has ended. */
  status(): Promise<AppStatus | undefined>;
  /** As it is once it does not start any more. */
  started(): Promise<AppStatus | undefined>;
  /** Until its newest save answers, or it is known that it will not. */
  reloaded(): Promise<void>;
}

export function askedApp(
  clock: Pick<Clock, "monotonic">,
  engine: EngineClient,
  { app, timeoutMs }: { app: string; timeoutMs: number },
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
  async function wait(what: "ready" | "reload"): Promise<void> {
    await askToWait(engine, { apps: [app], for: what, timeoutMs: leftMs() });
  }
  return {
    leftMs,
    status,
    async started() {
      const { found, isComing } = await look();
      if (!isComing) return found;
      await wait("ready");
      return status();
    },
    reloaded: () => wait("reload"),
  };
}

/** The command or the save that starts an app is followed by the request that is to see it. Its address is known once it has been ready. */
export const isStarting = ({ state, port, url }: AppStatus): boolean =>
  port !== null && (state === "pending" || state === "starting" || (state === "running" && url === null));
