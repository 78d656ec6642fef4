import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { didYouMean } from "../util/similar.ts";

/** One diagnostic for all the names that nothing here has; null where all are known. */
export function unknownNames(wanted: readonly string[], known: readonly string[], command: string): Diagnostic | null {
  const unknown = wanted.filter((name) => !known.includes(name));
  if (unknown.length === 0) return null;
  const near = unknown.map((name) => didYouMean(name, known));
  const fixed = wanted.map((name) => (known.includes(name) ? name : near[unknown.indexOf(name)]));
  const suggestions = unknown.flatMap((name, index) =>
    near[index] ? [`did you mean ${near[index]} instead of ${name}?`] : [],
  );
  return {
    code: "DEVPM_APP_UNKNOWN",
    severity: "error",
    summary: `Nothing here is called ${unknown.map((name) => `"${name}"`).join(" or ")}`,
    evidence: [
      ["known", known.length > 0 ? known.join(", ") : "no app has run here yet"],
      ...(suggestions.length > 0 ? [["similar", suggestions] as const] : []),
    ],
    fixes: near.includes(null) ? [] : [{ label: "", command: `devpm ${command} ${fixed.join(" ")}` }],
  };
}
