import type { AsTyped } from "../diagnostics/as-typed.ts";
import { eventsOf } from "../model/log-batch.ts";
import type { Streamed } from "../model/protocol.ts";
import type { Show } from "../session/backpressure.ts";
import type { Clock } from "../system/clock.ts";
import type { Key } from "../system/terminal/keys.ts";
import type { Terminal } from "../system/terminal/terminal.ts";
import { keepingBlocks } from "../ui/blocks.ts";
import { colorsOf, type Colors, type ColorOptions } from "../ui/colors.ts";
import { createPlainUi } from "../ui/plain.ts";
import { byLevel } from "../ui/prefix.ts";
import type { ActionOptions } from "./action-options.ts";
import { createAbsence } from "./absence.ts";
import { createActions } from "./actions.ts";
import type { SessionAccess } from "./session-access.ts";
import { createFooter } from "./footer-drawn.ts";
import { createGate } from "./gate.ts";
import { createInput } from "./input.ts";
import { actionOf } from "./keys.ts";
import { createLiveLines, type LiveLines } from "./lines.ts";
import { isProbe, isUnderWay } from "./noise.ts";
import { promptAfter } from "./prompt.ts";
import { asOpened, type Shown } from "./shown.ts";
import { broken, stateAfter, type LiveState } from "./state.ts";
import { accepts, acceptsBatch, EVERYTHING } from "./view.ts";

export interface ScreenOptions {
  color: ColorOptions;
  verbose: boolean;
  timestamps: boolean;
  asTyped: AsTyped;
  state: LiveState;
  /** The only apps and tasks that are shown at first; null: all. */
  names: readonly string[] | null;
  /** The branch of the project's repository; null where it has none. */
  branch: string | null;
  session: SessionAccess;
}

/** The log as ordinary text, and below it a footer that lives. A reader of the session's events, as every interface is. */
export interface Screen extends Show {
  /** What happened before the screen was opened: it is shown, and changes nothing. */
  past(event: Streamed): void;
  /** Gives the terminal to something else that reads it, such as a question. */
  aside<T>(what: () => Promise<T>): Promise<T>;
  /** No footer and no keys any more: the terminal is as it was before, once what was written has left. */
  close(): void;
}

type System = { clock: Clock; terminal: Terminal };

export function openScreen({ clock, terminal }: System, options: ScreenOptions): Screen {
  const { out, keys } = terminal;
  const { session } = options;
  const colors = colorsOf(terminal, "out", options.color);
  const shown = firstShown(options);
  const { show, fresh } = printer({ clock, terminal }, { shown, colors, asTyped: options.asTyped });
  const gate = createGate(show);
  const footer = createFooter({ out, clock, shown, gate, colors, branch: options.branch });
  const absence = createAbsence({ out, clock, show, session, listening: () => listening, again: () => views.again() });
  const { detach, back } = absence;
  const acting = { ...options, out, clock, colors, shown, gate, show, fresh, session, detach, changed: footer.draw };
  const input = createInput(acting);
  const { act, views } = createActions({ ...acting, input });
  const key = (pressed: Key): void => {
    const { prompt } = shown;
    if (prompt !== null) {
      shown.prompt = null;
      // an answer may ask on
      shown.prompt = promptAfter(prompt, pressed) ?? shown.prompt;
    } else if (!pressed.pasted) {
      const action = actionOf(pressed);
      if (action !== null) act(action, pressed);
    }
    footer.draw();
  };
  const listening = keys.listen({ key, away: footer.hide, back: () => (back(), footer.show()) });
  const giveBack = (): void => {
    views.endSearch();
    footer.end();
    listening.pause();
  };
  return {
    event(event) {
      shown.state = stateAfter(shown.state, event);
      gate.event(event);
      input.event(event);
      // what is typed from now on is for the shell
      if (event.event === "session.stopping") giveBack();
      else if (event.event !== "log") footer.draw();
    },
    lines: gate.lines,
    past(event) {
      shown.state = broken(shown.state, event);
      show.event(event);
    },
    async aside(what) {
      await footer.hide();
      listening.pause();
      try {
        return await what();
      } finally {
        listening.resume();
      }
    },
    close() {
      giveBack();
      listening.close();
    },
  };
}

function firstShown({ verbose, timestamps, state, names }: ScreenOptions): Shown {
  const view = { ...EVERYTHING, names };
  return asOpened({ state, view, verbose, timestamps });
}

interface Printing {
  shown: Shown;
  colors: Colors;
  asTyped: AsTyped;
}

/** Events as text, by what is wanted at the time. */
function printer(
  { clock, terminal: { out } }: System,
  { shown, colors, asTyped }: Printing,
): Pick<ActionOptions, "show" | "fresh"> {
  let probes: Readonly<Record<string, string>> = {};
  let lines: LiveLines | null = null;
  const verbose = (): boolean => shown.verbose;
  const plain = createPlainUi(out, {
    colors,
    asTyped,
    get verbose() {
      return shown.verbose;
    },
    get timestamps() {
      return shown.timestamps;
    },
    live: {
      separator: byLevel,
      shows: (event) => accepts(shown.view, event) && (shown.verbose || !isUnderWay(event)),
      log: (echo, lead) =>
        (lines = createLiveLines(
          { out, colors, clock, verbose, isNoise: (line) => isProbe(line, probes) },
          echo,
          lead,
        )),
    },
  });
  const chosen: Show = {
    event(event) {
      if (event.event === "session.starting") probes = event.probes ?? {};
      if (event.event !== "log") lines?.flush();
      else if (!accepts(shown.view, event)) return;
      plain.event(event);
    },
    lines(batch) {
      const accepted = acceptsBatch(shown.view, batch);
      if (accepted) plain.lines(batch);
      else if (accepted === null) for (const event of eventsOf(batch)) chosen.event(event);
    },
  };
  return { show: keepingBlocks(chosen, clock), fresh: () => lines?.fresh() };
}
