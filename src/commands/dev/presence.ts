import type { Instance } from "../../model/instance.ts";
import type { SessionAccess } from "../../live/session-access.ts";
import type { EngineRequest } from "../../session/engine-request.ts";
import type { Prompts } from "../../session/prompts/prompts.ts";
import type { Stop } from "../../session/stop.ts";
import { keepBug } from "../../session/store/last-bug.ts";
import type { EventStream } from "../../session/stream.ts";
import type { Files } from "../../system/files/files.ts";
import type { Terminal } from "../../system/terminal/terminal.ts";

/** Whether somebody is at the terminal that a session was started in: `d` leaves it, `fg` comes back to it. */
export interface Presence {
  readonly isAway: boolean;
  /** Prompts can be answered here, while somebody is. */
  attend(): void;
  leaving(stop: Pick<Stop, "request">): Pick<SessionAccess, "detach" | "returned">;
  /** Where the session is shown, for its record. */
  shown(): Pick<EngineRequest, "terminal" | "onMoved">;
  /** A bug that ends the session while nobody is here is shown by the next command. */
  keepBugs(files: Files, instance: Instance, stream: EventStream): void;
}

export function createPresence({ keys }: Pick<Terminal, "keys">, prompts: Pick<Prompts, "attend">): Presence {
  let isAway = false;
  let leavePrompts = (): void => {};
  let moved: Parameters<NonNullable<EngineRequest["onMoved"]>>[0] = () => {};
  const where = () => ({ detached: isAway, terminal: isAway ? null : keys.device() });
  const move = (away: boolean): void => {
    isAway = away;
    leavePrompts();
    if (!away) leavePrompts = prompts.attend(null);
    moved(where());
  };
  return {
    get isAway() {
      return isAway;
    },
    attend() {
      leavePrompts = prompts.attend(null);
    },
    leaving: (stop) => ({
      async detach(toBackground) {
        if (await toBackground()) move(true);
        else stop.request("detach");
      },
      returned: () => move(false),
    }),
    shown: () => ({
      terminal: keys.device(),
      onMoved(listener) {
        moved = listener;
        // `d` can be pressed before there is a record
        if (isAway) listener(where());
      },
    }),
    keepBugs(files, instance, stream) {
      stream.subscribe((event) => {
        if (isAway && event.event === "diagnostic" && event.code === "DEVPM_BUG") void keepBug(files, instance, event);
      });
    },
  };
}
