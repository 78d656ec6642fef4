import type { Diagnostic } from "./diagnostic.ts";

/** The code of the error where PM2's daemon does not come up; its `path` is the log. */
export const DAEMON_SILENT = "ERR_DAEMON_SILENT";

export function daemonSilent(error: unknown): Diagnostic | null {
  if (!(error instanceof Error)) return null;
  const { code, path = "" } = error as NodeJS.ErrnoException;
  if (code !== DAEMON_SILENT) return null;
  return {
    code: "DEVPM_DAEMON_SILENT",
    severity: "error",
    summary: "PM2's daemon, which runs the apps, does not come up",
    evidence: [
      ["error", error.message],
      ["log", path],
    ],
    state: "Nothing was started.",
    fixes: [{ label: "look at the machine", command: "devpm doctor" }],
  };
}
