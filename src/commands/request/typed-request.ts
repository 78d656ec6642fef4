import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { failed, ok, type Outcome } from "../../diagnostics/outcome.ts";
import type { HttpRequest } from "../../system/http-request.ts";

/** A request as it is typed, in curl's words. */
export interface TypedRequest {
  app: string;
  path: string;
  /** Absent: GET, or POST with a body. */
  method: string | undefined;
  body: string | null;
  /** As typed: `Name: value`. */
  headers: string[];
}

export interface PlannedRequest {
  url: URL;
  request: Omit<HttpRequest, "timeoutMs" | "mostBytes">;
}

const METHOD = /^[A-Z]{1,20}$/;
const HEADER = /^([!#$%&'*+.^_`|~\w-]+):\s*([^\r\n]*)$/;

/** What is sent to the app at `base`, or all that is wrong with what was typed. */
export function planRequest(base: string, typed: TypedRequest): Outcome<PlannedRequest> {
  const { app, path, body } = typed;
  const url = addressOf(base, path);
  const method = (typed.method ?? (body === null ? "GET" : "POST")).toUpperCase();
  const headers = typed.headers.map((line) => ({ line, found: HEADER.exec(line) }));
  const wrong = [
    ...(url === null ? [usageError(`"${path}" is not a path of ${app}: expected one such as /api/items`)] : []),
    ...headers.flatMap(({ line, found }) =>
      found ? [] : [usageError(`-H: "${line}" is not a header: expected 'Name: value'`)],
    ),
    ...(METHOD.test(method) ? [] : [usageError(`-X: "${typed.method}" is not a method`)]),
  ];
  if (url === null || wrong.length > 0) return failed(...wrong);
  const given = headers.map(({ found }) => [found?.[1] ?? "", found?.[2] ?? ""] as const);
  const isTyped = given.some(([name]) => name.toLowerCase() === "content-type");
  const type: (readonly [string, string])[] = body === null || isTyped ? [] : [["content-type", contentTypeOf(body)]];
  const secure = url.protocol === "https:";
  return ok({ url, request: { method, path: url.pathname + url.search, body, secure, headers: [...type, ...given] } });
}

/** null: it is not on this app. */
function addressOf(base: string, path: string): URL | null {
  if (!path.startsWith("/") || path.startsWith("//")) return null;
  const url = URL.canParse(base + path) ? new URL(base + path) : null;
  return url?.origin === new URL(base).origin ? url : null;
}

function contentTypeOf(body: string): string {
  try {
    JSON.parse(body);
    return "application/json";
  } catch {
    return "application/x-www-form-urlencoded";
  }
}

const usageError = (summary: string): Diagnostic => ({
  code: "DEVPM_USAGE",
  severity: "error",
  summary,
  evidence: [],
  fixes: [{ label: "", command: "devpm request --help" }],
});
