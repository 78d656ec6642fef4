/** One line of one app. `n` orders all lines of a project instance, also across its sessions. */
export interface LogRecord {
  /** ISO 8601 with milliseconds: when devpm received it. */
  at: string;
  n: number;
  app: string;
  stream: "out" | "err";
  line: string;
}

/**
 * As kept in the log files: `at` comes first and has a fixed width, so that a search by time parses no JSON. What
 * consecutive lines share is encoded once.
 */
export function createEncoder(): (record: LogRecord) => string {
  let last: LogRecord | null = null;
  let head = "";
  return (record) => {
    if (last === null || record.at !== last.at || record.app !== last.app || record.stream !== last.stream) {
      head = `{"at":"${record.at}","app":${JSON.stringify(record.app)},"stream":"${record.stream}","n":`;
      last = record;
    }
    return `${head}${record.n},"line":${quoted(record.line)}}\n`;
  };
}

// anything but a quote, a backslash, a control character or half a surrogate pair
const NEEDS_ESCAPE = /[^ !#-[\]-\uD7FF\uE000-\uFFFF]/;

/** JSON.stringify costs more than everything else that happens to a line, and most lines need no escape. */
export const quoted = (text: string): string => (NEEDS_ESCAPE.test(text) ? JSON.stringify(text) : `"${text}"`);

/** null for what is no record: a line torn by a full disk, or a file somebody edited. */
export function decodeRecord(text: string): LogRecord | null {
  try {
    const record = JSON.parse(text) as Partial<LogRecord> | null;
    return typeof record?.at === "string" && typeof record.n === "number" && typeof record.line === "string"
      ? (record as LogRecord)
      : null;
  } catch {
    return null;
  }
}

const AT = '{"at":"';

/** The time of an encoded record, or null where the text is not one. */
export function timeOf(text: string): string | null {
  return text.startsWith(AT) ? text.slice(AT.length, AT.length + "2000-01-01T00:00:00.000Z".length) : null;
}
