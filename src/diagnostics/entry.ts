/** What devpm knows about one of its diagnostics. */
export interface CatalogEntry {
  /** The exit code when this diagnostic ends a command; see catalog.ts. */
  exit: 1 | 2 | 3 | 70 | 127;
  title: string;
  /** A short page: why it happens, how devpm detects it, what to do. Markdown. */
  explain: string;
}
