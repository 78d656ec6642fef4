/** One fault, however often it happened: an entry of `devpm errors --json`, as docs/json.md has it. */
export interface Fault {
  /** The same for the same fault, also in later sessions. */
  id: string;
  /** The app, task or Compose service; `devpm` for what concerns the whole session. */
  app: string;
  kind: FaultKind;
  /** One line. */
  message: string;
  /** The project's own code; relative to the project's folder where it is inside. null where none is known. */
  file: string | null;
  line: number | null;
  count: number;
  /** ISO 8601: when it was seen for the first and the last time. */
  first: string;
  last: string;
  /** The code around it, as the tool printed it. */
  frame: string[];
}

export type FaultKind = "python" | "frontend" | "browser" | "container" | "devpm";
