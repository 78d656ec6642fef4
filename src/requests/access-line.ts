/** A request as the access line of a server shows it. */
export interface Access {
  method: string;
  path: string;
  status: number;
  /** null: the line does not have it. */
  ms: number | null;
}

const METHOD = "GET|HEAD|POST|PUT|DELETE|CONNECT|OPTIONS|TRACE|PATCH";
/** Werkzeug, uvicorn, Django's runserver, gunicorn, hypercorn, nginx. */
const COMMON = new RegExp(String.raw`"(${METHOD}) (\S+)(?: HTTP/[\d.]+)?" (\d{3})\b(.*)$`);
/** morgan and its like: `GET /items 200 1.234 ms - 5`. */
const SHORT = new RegExp(String.raw`^(?:\S+ )?(${METHOD}) (/\S*) (\d{3})\b(.*)$`);
const MS = /(?:^|[^\d.])(\d{1,9}(?:\.\d{1,6})?) ?(ms|s)\b/;

/** `text`: a line without its colours; null: it is none. */
export function accessIn(text: string): Access | null {
  // most lines are none, and a search for these is all that they cost
  if (!text.includes("/")) return null;
  const [, method, path = "", status, rest = ""] = COMMON.exec(text) ?? SHORT.exec(text) ?? [];
  if (method === undefined) return null;
  const [, amount, unit] = MS.exec(rest) ?? [];
  return {
    method,
    path,
    status: Number(status),
    ms: amount === undefined ? null : Number(amount) * (unit === "s" ? 1_000 : 1),
  };
}
