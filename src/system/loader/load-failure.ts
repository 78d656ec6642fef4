import path from "node:path";
import { inspect } from "node:util";
import { type ConfigSources, plainPath } from "./config-sources.ts";

/** Why a file of the user's could not be run. `at`: the line in a file of theirs, where it is certain. */
export interface Unloadable {
  ok: false;
  kind: "syntax" | "throw";
  message: string;
  at: { file: string; line: number } | null;
}

/** `sources`: what was loaded until then. */
export function explainLoadFailure(file: string, error: unknown, sources: ConfigSources): Unloadable {
  if (!isError(error))
    return { ok: false, kind: "throw", message: `threw ${inspect(error, { depth: 1, breakLength: 100 })}`, at: null };
  return (
    transformError(error, sources) ?? jsonError(error, sources) ?? syntaxError(error) ?? thrown(file, error, sources)
  );
}

/** esbuild's: `FILE:LINE:COLUMN: ERROR: TEXT`, one line a problem. */
function transformError(error: Error, sources: ConfigSources): Unloadable | null {
  const found = /^(.+?):(\d+):\d+: ERROR: (.+)$/m.exec(error.message);
  if (!found) return null;
  const [, name = "", line, message = ""] = found;
  const file = plainPath(name);
  // tsx gives it x.mjs as x.js
  const meant = sources.has(file)
    ? file
    : [...sources.keys()].findLast((one) => withoutEnding(one) === withoutEnding(file));
  return { ok: false, kind: "syntax", message, at: { file: meant ?? file, line: Number(line) } };
}

const withoutEnding = (file: string): string => file.slice(0, file.length - path.extname(file).length);

/** A JSON file that is imported does not parse: `FILE: TEXT at position N`. */
function jsonError(error: Error, sources: ConfigSources): Unloadable | null {
  const [, file = "", message = ""] = /^(.+?\.json): (.+)$/s.exec(error.message) ?? [];
  const text = sources.get(file);
  if (error.name !== "SyntaxError" || typeof text !== "string") return null;
  const position = Number(/ at position (\d+)/.exec(message)?.[1] ?? text.trimEnd().length);
  const line = text.slice(0, position).split("\n").length;
  return { ok: false, kind: "syntax", message: message.replace(/ at position \d+.*$/s, ""), at: { file, line } };
}

/** Node's own puts `FILE:LINE` on the first line of the stack. */
function syntaxError(error: Error): Unloadable | null {
  if (error.name !== "SyntaxError") return null;
  const found = /^(.+):(\d+)$/m.exec(error.stack?.split("\n")[0] ?? "");
  if (!found) return null;
  const [, file = "", line] = found;
  return { ok: false, kind: "syntax", message: error.message, at: { file: plainPath(file), line: Number(line) } };
}

function thrown(config: string, error: Error, sources: ConfigSources): Unloadable {
  const frames = [...(error.stack ?? "").matchAll(/^\s+at (?:.*\()?((?:file:\/\/)?\/.+?):(\d+):\d+\)?$/gm)].map(
    ([, file = "", line]) => ({ file: plainPath(file), line: Number(line) }),
  );
  const theirs = frames.find(
    ({ file }) => sources.has(file) || (!file.includes("/node_modules/") && sharesRoot(file, config)),
  );
  const [message = ""] = error.message.split("\n");
  return {
    ok: false,
    kind: "throw",
    message: error.name === "Error" ? message : `${error.name}: ${message}`,
    at: theirs ?? null,
  };
}

/** Files of the user's lie beside or below the config, or it imports them from beside its folder; ours do not. */
const sharesRoot = (file: string, config: string): boolean => {
  const folder = path.dirname(config);
  return file.startsWith(folder + path.sep) || file.startsWith(path.dirname(folder) + path.sep);
};

/** Errors of another realm (a JSON file is evaluated in one) are no instances of ours. */
const isError = (error: unknown): error is Error =>
  typeof error === "object" && error !== null && "message" in error && "stack" in error;
