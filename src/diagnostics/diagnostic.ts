import type { DiagnosticCode } from "./catalog.ts";

/** A reported problem: what happened, quoted evidence, the current state, and what to type next. */
export interface Diagnostic {
  code: DiagnosticCode;
  /** One line, with the user's own names. */
  summary: string;
  /** `error` ends or blocks something; `warning` is reported and the session continues. */
  severity: "error" | "warning";
  /** Labelled facts, one or more lines each: `["holder", ["pid 48121  python3 -m http.server", "user ana"]]`. */
  evidence: Evidence[];
  /** The app or task whose output the excerpt is: a reader that has already shown those lines need not repeat them. */
  app?: string;
  /** Text quoted as it was printed (a traceback, log lines): shown behind `│`. */
  excerpt?: string[];
  /** The current state: "Nothing was started.", "Still running: web http://localhost:5173." */
  state?: string;
  /** Commands that can be pasted, the first one never destructive. */
  fixes: Fix[];
}

export type Evidence = readonly [label: string, text: string | readonly string[]];

export interface Fix {
  /** What the command is for, without a colon: "or another port". The first may be empty. */
  label: string;
  command: string;
}
