import path from "node:path";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { isExportable } from "../util/shell-quote.ts";
import { plural } from "../util/text.ts";
import { type Assignment, type LineProblem, expandReferences, parseEnvFile } from "../config/env-file.ts";
import type { Layer, VariableSource } from "./variables.ts";

export interface FileText {
  file: string;
  /** null where it is not there. */
  text: string | null;
}

/** The variables of an app's environment files, and one warning for each file that has lines which mean nothing. */
export interface FileVariables {
  variables: Layer;
  warnings: Diagnostic[];
}

/**
 * Files in order, later assignments over earlier ones. A reference means what the app will see under that name: `stronger`
 * (the shell, the configuration, devpm itself) first, then what the files have set so far.
 */
export function fileVariables(files: readonly FileText[], stronger: ReadonlyMap<string, string>): FileVariables {
  const sofar = new Map<string, string>();
  const lookUp = (name: string): string | undefined => stronger.get(name) ?? sofar.get(name);
  const read = files.map(({ file, text }) => {
    const parsed = parseEnvFile(text ?? "");
    const variables: { name: string; value: string; source: VariableSource }[] = [];
    const problems = parsed.assignments.flatMap((assignment) => {
      const { value, problems: found } = evaluated(assignment, lookUp);
      const { name, line } = assignment;
      if (value !== null) {
        sofar.set(name, value);
        variables.push({ name, value, source: { kind: "file", file, line } });
      }
      return found.map((message) => ({ line, message: `${name}: ${message}` }));
    });
    return { file, variables, problems: [...parsed.problems, ...problems].toSorted((a, b) => a.line - b.line) };
  });
  return {
    variables: read.flatMap(({ variables }) => variables),
    warnings: read.flatMap(({ file, problems }) => (problems.length > 0 ? [warning(file, problems)] : [])),
  };
}

function evaluated(
  { name, value, expands }: Assignment,
  lookUp: (name: string) => string | undefined,
): { value: string | null; problems: string[] } {
  if (!isExportable(name)) {
    return { value: null, problems: ["expected a name of letters, digits and _ that does not begin with a digit"] };
  }
  // as Compose has it: a name alone hands on what the shell has
  if (value === null) return { value, problems: lookUp(name) === undefined ? ["has no =, so nothing is set"] : [] };
  if (value.includes("\u0000")) return { value: null, problems: ["a variable cannot hold a NUL character"] };
  if (!expands) return { value, problems: [] };
  const { text, missing, foreign } = expandReferences(value, lookUp);
  return {
    value: text,
    problems: [
      ...missing.map((reference) => `\${${reference}} is not set, so it is empty here`),
      ...foreign.map((reference) => `${reference} has no meaning here; write \${NAME} or \${NAME:-default}`),
    ],
  };
}

/** As many lines as a diagnostic has room for. */
const SHOWN = 7;

function warning(file: string, problems: readonly LineProblem[]): Diagnostic {
  const shown = problems.slice(0, SHOWN).map(({ line, message }) => [`line ${line}`, message] as const);
  const more = problems.length - shown.length;
  return {
    code: "DEVPM_ENV_FILE_INVALID",
    severity: "warning",
    summary: `${path.basename(file)} has ${plural(problems.length, "line")} with a problem`,
    evidence: [["file", file], ...shown, ...(more > 0 ? [["and", plural(more, "more line")] as const] : [])],
    state: "The other lines count.",
    fixes: [],
  };
}
