import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { didYouMean } from "../util/similar.ts";

/** `--port APP=N` of apps that are none of the known ones. */
export const unknownPorts = (ports: Readonly<Record<string, number>>, known: readonly string[]): Diagnostic[] =>
  nothingCalled("--port: no app is called", Object.keys(ports), known);

export const unknownMembers = (names: readonly string[], known: readonly string[]): Diagnostic[] =>
  nothingCalled("no app, task or group is called", names, known);

const nothingCalled = (what: string, names: readonly string[], known: readonly string[]): Diagnostic[] =>
  names.filter((name) => !known.includes(name)).map((name) => noneCalled(what, name, known));

function noneCalled(what: string, name: string, known: readonly string[]): Diagnostic {
  const meant = didYouMean(name, known);
  return {
    code: "DEVPM_USAGE",
    summary: `${what} "${name}"${meant ? `; did you mean "${meant}"?` : ""}`,
    severity: "error",
    evidence: [["known", known.join(", ")]],
    state: "Nothing was started.",
    fixes: [],
  };
}
