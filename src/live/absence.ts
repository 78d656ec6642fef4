import type { Clock } from "../system/clock.ts";
import type { Listening } from "../system/terminal/keyboard.ts";
import type { Output } from "../system/terminal/terminal.ts";
import type { Show } from "../session/backpressure.ts";
import type { SessionAccess } from "./session-access.ts";

export interface AbsenceOptions {
  out: Output;
  clock: Pick<Clock, "now">;
  show: Show;
  session: Pick<SessionAccess, "detach" | "returned">;
  listening: () => Pick<Listening, "toBackground">;
  /** Shows the last lines again. */
  again: () => void;
}

/** The key `d`: the terminal is its shell's again, nothing is printed there any more, and `fg` brings the screen back. */
export interface Absence {
  detach(): void;
  /** The terminal is ours. */
  back(): void;
}

const GOES_ON = "the session goes on without this terminal: `devpm attach` shows it, `devpm down` ends it";

export function createAbsence({ out, clock, show, session, listening, again }: AbsenceOptions): Absence {
  let away = false;
  const toBackground = async (): Promise<boolean> => {
    show.event({ event: "notice", at: clock.now().toISOString(), text: GOES_ON });
    await out.flushed();
    // not a line may come between the shell's prompt and what is typed there
    out.mute(true);
    away = await listening().toBackground();
    if (!away) out.mute(false);
    return away;
  };
  return {
    detach: () => session.detach(toBackground),
    back() {
      if (!away) return;
      away = false;
      out.mute(false);
      session.returned();
      again();
    },
  };
}
