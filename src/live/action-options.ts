import type { AsTyped } from "../diagnostics/as-typed.ts";
import type { Show } from "../session/backpressure.ts";
import type { Clock } from "../system/clock.ts";
import type { Output } from "../system/terminal/terminal.ts";
import type { Colors } from "../ui/colors.ts";
import type { SessionAccess } from "./session-access.ts";
import type { Gate } from "./gate.ts";
import type { Shown } from "./shown.ts";

/** What an action reads and changes. */
export interface ActionOptions {
  out: Output;
  colors: Colors;
  clock: Pick<Clock, "now">;
  asTyped: AsTyped;
  shown: Shown;
  gate: Gate;
  /** Behind the gate: for what the history has. */
  show: Show;
  /** A line that is the same as the one before is shown, and not counted. */
  fresh: () => void;
  session: SessionAccess;
  /** What the key `d` begins. */
  detach: () => void;
  /** What the key `i` begins. */
  input: { begin(): void };
  /** To be called after a change that no event and no key has made. */
  changed: () => void;
}
