import path from "node:path";
import { inspect } from "node:util";
import { fileURLToPath } from "node:url";

/** Why a file of the user's could not be run. `at`: the line in a file of theirs, where it is certain. */
export interface Unloadable {
  ok: false;
  kind: "syntax" | "throw";
  message: string;
  at: { file: string; line: number } | null;
}

export function explainLoadFailure(file: string, error: unknown): Unloadable {
  if (!isError(error))
    return { ok: false, kind: "throw", message: `threw ${inspect(error, { depth: 1, breakLength: 100 })}`, at: null };
  return transformError(error) ?? syntaxError(error) ?? thrown(file, error);
}

/** esbuild's: `FILE:LINE:COLUMN: ERROR: TEXT`, one line a problem. */
function transformError(error: Error): Unloadable | null {
  const found = /^(.+?):(\d+):\d+: ERROR: (.+)$/m.exec(error.message);
  if (!found) return null;
  const [, file = "", line, message = ""] = found;
  return { ok: false, kind: "syntax", message, at: { file: clean(file), line: Number(line) } };
}

/** Node's own puts `FILE:LINE` on the first line of the stack. */
function syntaxError(error: Error): Unloadable | null {
  if (error.name !== "SyntaxError") return null;
  const found = /^(.+):(\d+)$/m.exec(error.stack?.split("\n")[0] ?? "");
  if (!found) return null;
  const [, file = "", line] = found;
  return { ok: false, kind: "syntax", message: error.message, at: { file: clean(file), line: Number(line) } };
}

function thrown(config: string, error: Error): Unloadable {
  const frames = [...(error.stack ?? "").matchAll(/^\s+at (?:.*\()?((?:file:\/\/)?\/.+?):(\d+):\d+\)?$/gm)].map(
    ([, file = "", line]) => ({ file: clean(file), line: Number(line) }),
  );
  const theirs = frames.find(({ file }) => !file.includes("/node_modules/") && sharesRoot(file, config));
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

const clean = (file: string): string => {
  const [plain = file] = file.split("?");
  return plain.startsWith("file://") ? fileURLToPath(plain) : plain;
};

/** Errors of another realm (a JSON file is evaluated in one) are no instances of ours. */
const isError = (error: unknown): error is Error =>
  typeof error === "object" && error !== null && "message" in error && "stack" in error;
