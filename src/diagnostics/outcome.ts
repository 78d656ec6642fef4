import type { Diagnostic } from "./diagnostic.ts";

/** An expected failure is a value that carries its diagnostics; a throw is a bug of ours. */
export type Outcome<T> = { ok: true; value: T } | { ok: false; diagnostics: Diagnostic[] };

export const ok = <T>(value: T): Outcome<T> => ({ ok: true, value });
export const failed = (...diagnostics: Diagnostic[]): { ok: false; diagnostics: Diagnostic[] } => ({
  ok: false,
  diagnostics,
});
