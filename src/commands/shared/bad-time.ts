import type { Diagnostic } from "../../diagnostics/diagnostic.ts";

/** `--since` of a command that lists what happened. */
export const badTime = (text: string, command: "errors" | "requests"): Diagnostic => ({
  code: "DEVPM_USAGE",
  severity: "error",
  summary: `--since: "${text}" is not a time: expected 90s, 5m, 2h, 1d, last-save, or a date like 2026-01-31T12:00`,
  evidence: [],
  fixes: [{ label: "", command: `devpm ${command} --help` }],
});
