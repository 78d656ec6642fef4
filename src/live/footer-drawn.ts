import type { Clock } from "../system/clock.ts";
import type { Output } from "../system/terminal/terminal.ts";
import type { Colors } from "../ui/colors.ts";
import { counted } from "../util/text.ts";
import { footerLines } from "./footer.ts";
import type { Gate } from "./gate.ts";
import type { Shown } from "./shown.ts";
import { isMoving } from "./state.ts";

export interface Footer {
  /** After every change; the same lines again are not written. */
  draw(): void;
  /** The terminal is another program's. */
  hide(): Promise<void>;
  show(): void;
  /** For good. */
  end(): void;
}

export interface FooterOptions {
  out: Output;
  clock: Pick<Clock, "sleep" | "now">;
  shown: Shown;
  gate: Pick<Gate, "held">;
  colors: Colors;
  branch: string | null;
}

const TICK_MS = 1_000;

/** The footer in the terminal. A timer runs only while seconds count; else it costs nothing until something happens. */
export function createFooter({ out, clock, shown, gate, colors, branch }: FooterOptions): Footer {
  let visible = false;
  let ended = false;
  let ticking: AbortController | null = null;

  const draw = (): void => {
    if (!visible || ended) return;
    const footing = { state: shown.state, branch, view: viewOf(shown, gate), prompt: shown.prompt, now: clock.now() };
    out.pin(footerLines(footing, out.columns, colors));
    if (ticking !== null || !(isMoving(shown.state) || shown.paused)) return;
    ticking = new AbortController();
    const { signal } = ticking;
    void clock.sleep(TICK_MS, signal).then(() => {
      ticking = null;
      if (!signal.aborted) draw();
    });
  };
  const stopDrawing = (): void => {
    visible = false;
    ticking?.abort();
    out.pin([]);
  };
  const forget = out.onResize(draw);
  return {
    draw,
    async hide() {
      stopDrawing();
      await out.flushed();
    },
    show() {
      visible = true;
      draw();
    },
    end() {
      ended = true;
      forget();
      stopDrawing();
    },
  };
}

/** How what is shown differs from everything. */
function viewOf({ view: { names, filter }, paused, searching, verbose }: Shown, { held }: Pick<Gate, "held">): string {
  const lines = held === 1 ? "1 line waits" : `${counted(held)} lines wait`;
  return [
    ...(paused ? [`paused: ${lines}, p continues`] : []),
    ...(searching === null ? [] : [`searches for ${searching}: Esc ends that`]),
    ...(names === null ? [] : [`only ${names.join(", ")}: 0 shows all`]),
    ...(filter === null ? [] : [`only ${filter.text}: Esc shows all`]),
    ...(verbose ? ["everything, v for less"] : []),
  ].join(" · ");
}
