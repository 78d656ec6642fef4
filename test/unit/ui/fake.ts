import { Chalk } from "chalk";
import type { SessionEvent, Stamped } from "../../../src/model/events.ts";
import type { LogBatch } from "../../../src/model/log-batch.ts";
import type { Keyboard } from "../../../src/system/terminal/keyboard.ts";
import { encodedText } from "../../../src/system/byte-queue.ts";
import type { Output } from "../../../src/system/terminal/terminal.ts";
import { createPlainUi } from "../../../src/ui/plain.ts";

export const plain = new Chalk({ level: 0 });

export interface Written extends Output {
  text(): string;
}

export function written(columns = 100, isTTY = false): Written {
  let text = "";
  return {
    columns,
    isTTY,
    closed: false,
    waiting: 0,
    rows: 24,
    pin: () => {},
    onResize: () => () => {},
    write: (more) => void (text += more),
    writeBytes: (more) => void (text += encodedText(more)),
    onClosed: () => {},
    watchReader: () => {},
    flushed: () => Promise.resolve(),
    unblock: () => {},
    abandon: () => {},
    mute: () => {},
    text: () => text,
  };
}

/** A keyboard on which no key is pressed. */
export const silent: Keyboard = {
  isTTY: false,
  device: () => null,
  isLost: false,
  listen: () => ({
    pause: () => {},
    resume: () => {},
    toBackground: () => Promise.resolve(false),
    close: () => {},
  }),
};

export const at = "2026-01-31T12:00:00.000Z";

export const stamp = (event: SessionEvent, when = at): Stamped => ({ ...event, at: when });

/** Lines of an app that came in one piece, of printable ASCII. */
export function batchOf(app: string, lines: readonly string[], n = 1): LogBatch {
  const text = lines.join("\n");
  return { app, stream: "out", at, n, text, count: lines.length, escapes: /["\\\t]/.test(text) };
}

/** What the plain interface prints for these events. */
export function said(
  events: readonly SessionEvent[],
  columns = 100,
  isTTY = false,
  level: 0 | 1 = 0,
  detached = false,
): string {
  const out = written(columns, isTTY);
  const ui = createPlainUi(out, { colors: new Chalk({ level }), verbose: false, asTyped: (text) => text, detached });
  for (const event of events) ui.event(stamp(event));
  return out.text();
}
