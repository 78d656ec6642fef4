import type { Diagnostic, Evidence } from "../diagnostics/diagnostic.ts";
import { shellQuote } from "../util/shell-quote.ts";
import { didYouMean } from "../util/similar.ts";

/** One diagnostic for all names that a command was given and nothing has; null where all are known. */
export function unknownNames(wanted: readonly string[], known: readonly string[], command: string): Diagnostic | null {
  const unknown = wanted.filter((name) => !known.includes(name));
  if (unknown.length === 0) return null;
  const meant = meantBy(wanted, known);
  return {
    ...noneCalled("Nothing here is called", unknown, known),
    fixes: meant === null ? [] : [{ label: "", command: `devpm ${command} ${shellQuote(...meant)}` }],
  };
}

/** The same for `--port APP=N`. */
export function unknownPorts(ports: Readonly<Record<string, number>>, known: readonly string[]): Diagnostic | null {
  const wanted = Object.keys(ports);
  const unknown = wanted.filter((name) => !known.includes(name));
  if (unknown.length === 0) return null;
  const meant = meantBy(wanted, known);
  const flags = meant?.map((name, at) => `--port ${shellQuote(`${name}=${ports[wanted[at] ?? ""]}`)}`);
  return {
    ...noneCalled("--port: no app is called", unknown, known),
    fixes: flags ? [{ label: "", command: `devpm dev ${flags.join(" ")}` }] : [],
  };
}

function noneCalled(what: string, unknown: readonly string[], known: readonly string[]): Omit<Diagnostic, "fixes"> {
  const suggestions = unknown.flatMap((name) => {
    const near = didYouMean(name, known);
    return near === null ? [] : [`did you mean ${near} instead of ${name}?`];
  });
  const similar: Evidence[] = suggestions.length > 0 ? [["similar", suggestions]] : [];
  return {
    code: "DEVPM_APP_UNKNOWN",
    severity: "error",
    summary: `${what} ${unknown.map((name) => `"${name}"`).join(" or ")}`,
    evidence: [["known", known.length > 0 ? known.join(", ") : "no app has run here yet"], ...similar],
  };
}

/** null: not all of them resemble a known one. */
function meantBy(wanted: readonly string[], known: readonly string[]): string[] | null {
  const meant = wanted.map((name) => (known.includes(name) ? name : didYouMean(name, known)));
  return meant.every((name) => name !== null) ? meant : null;
}
