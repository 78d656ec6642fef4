import type { Diagnostic } from "../diagnostics/diagnostic.ts";

/** An expected failure is a value that carries its diagnostics; a throw is a bug of ours. */
export type Outcome<T> = { ok: true; value: T } | { ok: false; diagnostics: Diagnostic[] };

export const ok = <T>(value: T): Outcome<T> => ({ ok: true, value });
export const failed = (...diagnostics: Diagnostic[]): { ok: false; diagnostics: Diagnostic[] } => ({
  ok: false,
  diagnostics,
});

/** Closes a `switch` over a union: adding a member makes this line a compile-time error. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
