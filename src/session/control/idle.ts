import { accessIn } from "../../requests/access-line.ts";
import { linesOf } from "../../model/log-batch.ts";
import type { Report, Request } from "../../model/protocol.ts";
import type { LogStore } from "../../logs/store.ts";
import type { Clock } from "../../system/clock.ts";
import type { Stop } from "../stop.ts";
import type { EventStream } from "../stream.ts";

interface Idle {
  /** Somebody wants something of the session. */
  touch(): void;
  /** As the stream's own, for those who follow it from outside: while one does, the session is not idle. */
  subscribe: EventStream["subscribe"];
}

interface IdleOptions {
  stream: EventStream;
  stop: Stop;
  /** Requests that apps measure and report, whichever way, without a line of their own. */
  logs: Pick<LogStore, "measured">;
  /** `idleMinutes` of the configuration; null: it is not known yet, or the session never ends by itself. */
  minutes: () => number | null;
}

/** How often it is looked at, where there is a limit; a session ends up to this much later. */
const LOOK_MS = 30_000;

/** `devpm list` asks every session for its status, and a warm Python reports by itself. */
export const isUse = ({ op }: Request | Report): boolean => op !== "status" && op !== "report";

/**
 * Ends a session once nothing has happened in it for as long as the configuration says. What apps print by themselves is nothing; a
 * request that they log or measure, a save, a start, a task, a command and a reader that follows the session is something.
 */
export function endWhenIdle(clock: Clock, { stream, stop, logs, minutes }: IdleOptions): Idle {
  let last = clock.monotonic();
  let measured = logs.measured();
  let followers = 0;
  let looking = false;
  const touch = (): void => void (last = clock.monotonic());
  const isRequest = (line: string): boolean => minutes() !== null && accessIn(line) !== null;
  stream.subscribe(
    (event) => {
      lookIfLimited();
      const { event: what } = event;
      const happens = ["app.", "task.", "session."].some((prefix) => what.startsWith(prefix));
      if (happens || (what === "log" && isRequest(event.line))) touch();
    },
    {
      lines: (batch) => {
        if (minutes() !== null && linesOf(batch).some(isRequest)) touch();
      },
    },
  );
  lookIfLimited();

  function lookIfLimited(): void {
    if (looking || minutes() === null) return;
    looking = true;
    void look();
  }

  async function look(): Promise<void> {
    while (!stop.signal.aborted) {
      await clock.sleep(LOOK_MS, stop.signal);
      const most = minutes();
      if (followers > 0 || logs.measured() !== measured) touch();
      measured = logs.measured();
      if (most !== null && clock.monotonic() - last >= most * 60_000) return stop.request("idle");
    }
  }

  return {
    touch,
    subscribe(listener, options) {
      followers++;
      const leave = stream.subscribe(listener, options);
      let left = false;
      return () => {
        if (!left) followers--;
        left = true;
        touch();
        return leave();
      };
    },
  };
}
