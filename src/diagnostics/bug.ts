import type { Diagnostic } from "./diagnostic.ts";

/** The only diagnostic that shows a stack: it is for devpm's developers. */
export function bug(error: unknown): Diagnostic {
  const thrown = error instanceof Error ? error : new Error(String(error));
  return {
    code: "DEVPM_BUG",
    severity: "error",
    summary: "devpm itself failed; this is a bug of ours",
    evidence: [["error", thrown.message]],
    excerpt: (thrown.stack ?? "").split("\n").slice(1, 9),
    fixes: [{ label: "please report it with this text and", command: "devpm --version" }],
  };
}
