import { monotonic } from "../monotonic.ts";

/** One key, as node's readline names it. */
export interface Key {
  /** `a`, `A`, `return`, `escape`, `backspace`; the text itself where it has no other name. */
  name: string;
  /** What it types; empty where it types nothing. */
  text: string;
  ctrl: boolean;
  /** Part of a text that was pasted. */
  pasted: boolean;
}

/** What node's readline reports of a key. */
export interface Pressed {
  name?: string;
  sequence?: string;
  ctrl?: boolean;
  meta?: boolean;
  shift?: boolean;
}

/** What the terminal's driver does with these when nothing reads single keys. */
const SIGNALS: Readonly<Record<string, NodeJS.Signals>> = {
  "\u0003": "SIGINT",
  "\u001A": "SIGTSTP",
  "\u001C": "SIGQUIT",
};

/** On a busy machine the rest of an escape sequence comes after node has taken its beginning for the key Esc. */
const LATE_MS = 1_000;
const PASTES: Readonly<Record<string, boolean>> = { "200~": true, "201~": false };

/**
 * Makes keys of readline's `keypress`. The rest of an escape sequence that node does not know (a reply of the terminal), or
 * that comes late, is no key: typed out, the mark of a paste would press `2` and `0`, and the paste itself `q`.
 */
export function keyReader(
  { key }: { key(key: Key): void },
  signalled: (signal: NodeJS.Signals) => void,
  now: () => number = monotonic,
): (text: string | undefined, pressed: Pressed) => void {
  let pasted = false;
  let escapedAt = -Infinity;
  let late: string | null = null;

  /** Whether it belongs to a sequence whose Esc was taken for a key. */
  const isLate = (sequence: string): boolean => {
    if (late === null) {
      if (sequence !== "[" || now() - escapedAt > LATE_MS) return false;
      late = "";
      return true;
    }
    late += sequence;
    if (!/[@-~]$/.test(sequence)) return true;
    pasted = PASTES[late] ?? pasted;
    late = null;
    escapedAt = -Infinity;
    return true;
  };

  return (text = "", { name = "", sequence = "", ctrl = false, meta = false, shift = false }) => {
    if (name === "paste-start" || name === "paste-end") {
      pasted = name === "paste-start";
      return;
    }
    const signal = SIGNALS[sequence];
    if (signal !== undefined && !pasted) return signalled(signal);
    if (isLate(sequence)) return;
    escapedAt = name === "escape" ? now() : -Infinity;
    if (meta && name !== "escape") return;
    const types = ctrl || /^\p{Cc}/u.test(text) ? "" : text;
    // readline names `Q` as it names `q`, which ends the session
    const named = shift && types !== "" ? types : name || types;
    if (named !== "") key({ name: named, text: types, ctrl, pasted });
  };
}
