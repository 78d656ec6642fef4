/**
 * What PM2's daemon lacks while it waits, as it may have been started before there was a session. It is told with the opening
 * of its gate.
 */
export interface DaemonPlace {
  cwd?: string;
  /** What it prints goes here, as what its guards print. */
  logFile: string;
  /** In addition to its environment. */
  env: Record<string, string>;
}
