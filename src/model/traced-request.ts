/** A request that an app answered: an entry of `devpm requests --json`. */
export interface TracedRequest {
  /** The number of its access line among all lines of the project. */
  id: number;
  /** ISO 8601: when it was answered. */
  at: string;
  app: string;
  method: string;
  /** With its query, as the server printed it. */
  path: string;
  status: number;
  /** null: this server does not print how long it took. */
  ms: number | null;
  /** What made it fail. */
  exception: RequestException | null;
  /** What the app printed meanwhile, its access line included; colours are kept. */
  lines: { stream: "out" | "err"; line: string }[];
}

export interface RequestException {
  /** One line. */
  message: string;
  /** The project's own code; relative to the project's folder where it is inside. null where none is known. */
  file: string | null;
  line: number | null;
  /** The code there, as printed. */
  frame: string[];
}
