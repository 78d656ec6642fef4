import { createHash } from "node:crypto";
import type { Fault, FaultKind } from "../../model/fault.ts";

/** A fault of now, with what decides when it is mended. */
export interface FaultEntry {
  fault: Fault;
  /** Absolute: a save of any of these may have mended it. */
  files: readonly string[];
  /** It keeps the app from running: mended when that runs again, not by a save. */
  stops: boolean;
  /** Milliseconds of the wall clock. */
  seenAt: number;
  /**
   * When each of its files had been saved by then. A file has the time of the kernel's last tick: that of a save right after
   * the fault may be before it.
   */
  saves: ReadonlyMap<string, number>;
  /** As last reported: its count, and when, in monotonic milliseconds. */
  reported: { count: number; at: number };
  /** Aborted when it is gone. */
  over: AbortController;
}

/** What is known about a fault when it happens. */
export interface Sighting {
  app: string;
  kind: FaultKind;
  message: string;
  /** As shown, and absolute. */
  file: string | null;
  line: number | null;
  files: readonly string[];
  frame: readonly string[];
  stops: boolean;
  /** ISO 8601. */
  at: string;
}

const LONGEST_MESSAGE = 500;
const LONGEST_FRAME_LINE = 200;

/**
 * What makes two sightings the same fault: the place and the type of the error where the place is known, else the
 * message without its numbers. A tool that reports a broken file twice uses different words.
 */
export function faultId({ app, kind, message, file, line }: Sighting): string {
  const type = kind === "frontend" ? "" : message.split(":", 1)[0];
  const words = file === null ? message.replaceAll(/0x[\da-f]+|\d+/gi, "#") : type;
  return createHash("sha256")
    .update(JSON.stringify([app, kind, file, line, words]))
    .digest("hex")
    .slice(0, 8);
}

export function firstFault(seen: Sighting): Fault {
  const { app, kind, message, file, line, frame, at } = seen;
  return {
    id: faultId(seen),
    app,
    kind,
    message: message.slice(0, LONGEST_MESSAGE),
    file,
    line,
    count: 1,
    first: at,
    last: at,
    frame: frame.map((text) => text.slice(0, LONGEST_FRAME_LINE)),
  };
}

/** It has happened again: the newest words count. */
export const againAt = (fault: Fault, seen: Sighting): Fault => ({
  ...firstFault(seen),
  id: fault.id,
  first: fault.first,
  count: fault.count + 1,
});
