import type { FaultKind } from "../model/fault.ts";

/** A fault in what an app printed. */
export interface FoundFault {
  kind: FaultKind;
  /** One line. */
  message: string;
  /** Positions in files, as printed; the most likely cause first. Code of libraries is among them. */
  places: FaultPlace[];
  /** The code at one of these, as printed. */
  frames: { place: FaultPlace; lines: string[] }[];
}

export interface FaultPlace {
  file: string;
  line: number | null;
  /** What was printed is a position in code that was made from the file; `line` is null then. */
  generated?: { line: number; column: number };
}

/** Finds faults in the lines of one stream of one app. */
export interface FaultFinder {
  /** A line without its colours; what it completes. */
  line(text: string): FoundFault[];
  /** The stream rests: what is complete as it is. */
  rest(): FoundFault[];
  /** Whether one of these lines (an LF between two) may begin a report or belong to one; others need not be given to it. */
  matters(text: string): boolean;
  /** A report has begun that the next lines may belong to. */
  readonly busy: boolean;
}
