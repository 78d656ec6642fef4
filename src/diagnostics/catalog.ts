/**
 * Every code devpm can report: the source of `devpm explain CODE` and of docs/errors.md.
 * `exit` is what the process returns when this diagnostic ends a command:
 * 1 an app or service failed · 2 usage or config, nothing started · 3 machine not ready, nothing started · 70 our bug.
 */
export const catalog = {
  DEVPM_CONFIG_INVALID: {
    exit: 2,
    title: "The configuration has problems",
    explain: "",
  },
} as const satisfies Record<string, CatalogEntry>;

export interface CatalogEntry {
  exit: 1 | 2 | 3 | 70;
  title: string;
  /** A short page: why it happens, how devpm tells, what to do. Markdown. */
  explain: string;
}

export type DiagnosticCode = keyof typeof catalog;
