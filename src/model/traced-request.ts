/** A request that an app's server answered, as the app itself measured it. */
export interface AnsweredRequest {
  method: string;
  /** With its query, as it was sent. */
  path: string;
  /** The pattern that its path matched; null: not known. */
  route: string | null;
  status: number;
  /** When it came: wall-clock milliseconds. */
  began: number;
  ms: number;
  /** A check of devpm's whether the app is ready: it is not listed. */
  isOwn?: true;
}

/** A request that an app answered: an entry of `devpm requests --json`. */
export interface TracedRequest {
  /** Its number among all lines and requests of the project: that of its access line, where it has one. */
  id: number;
  /** ISO 8601: when it was answered. */
  at: string;
  app: string;
  method: string;
  /** With its query, as the server printed it. */
  path: string;
  /** The pattern that its path matched, `/items/<id>`; null: only a warm Python and OpenTelemetry tell it. */
  route: string | null;
  status: number;
  /** null: the app did not measure it, and its server does not print it. */
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
