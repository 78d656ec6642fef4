import type { Diagnostic } from "../diagnostics/diagnostic.ts";

export const daemonDied: Diagnostic = {
  code: "DEVPM_DAEMON_DIED",
  severity: "error",
  summary: "the PM2 daemon of this session was ended by somebody else",
  evidence: [],
  state: "The session ends; its apps are ended directly.",
  fixes: [{ label: "", command: "devpm dev" }],
};
