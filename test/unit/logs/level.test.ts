import { describe, expect, it } from "vitest";
import { createErrorFilter } from "../../../src/logs/level.ts";

function errors(lines: string[], stream: "out" | "err" = "out"): string[] {
  const isError = createErrorFilter();
  return lines.filter((line) => isError({ app: "backend", stream, line }));
}

describe("--level error", () => {
  it("takes a line at its word where it names a level", () => {
    const bad = [
      "ERROR:root:it broke",
      "2026-01-31 12:00:00,123 - web.db - CRITICAL - no connection",
      "[ERROR] payment failed",
      '{"level":"error","msg":"no"}',
      "level=fatal msg=no",
      "npm ERR! missing script",
      "postgres: FATAL:  password authentication failed",
    ];
    const fine = [
      "INFO:     Started server process [1]",
      "WARNING: This is a development server.",
      "2026-01-31 12:00:00,123 - web - INFO - 0 errors",
      '{"level":"info","msg":"error count 0"}',
      "DEBUG:web:error handler installed",
    ];
    for (const stream of ["out", "err"] as const) expect(errors([...fine, ...bad], stream)).toEqual(bad);
  });

  it("takes every line of a Python traceback, on stdout too", () => {
    const traceback = [
      "Traceback (most recent call last):",
      '  File "web/app.py", line 7, in <module>',
      "    from web.db import engin",
      "    ^^^^^^^^^^^^^^^^^^^^^^^^",
      "ImportError: cannot import name 'engin'",
    ];
    expect(errors(["before", ...traceback, "after"])).toEqual(traceback);
    const chained = [
      ...traceback,
      "",
      "During handling of the above exception, another exception occurred:",
      "",
      ...traceback.slice(0, 2),
      "sqlalchemy.exc.OperationalError: (psycopg.OperationalError) no",
    ];
    expect(errors(["before", ...chained, "  indented afterwards"]).filter((line) => line !== "")).toEqual(
      chained.filter((line) => line !== ""),
    );
  });

  it("takes a Node stack", () => {
    const stack = [
      "TypeError: x is not a function",
      "    at run (/app/index.js:1:2)",
      "    at new Promise (<anonymous>)",
      "Error [ERR_X]: no",
    ];
    expect(errors(["hello", ...stack, "  at home"])).toEqual(stack);
  });

  it("judges access lines by their status, though werkzeug writes them to stderr", () => {
    const line = (status: number): string => `127.0.0.1 - - [31/Jan/2026 12:00:00] "GET /error HTTP/1.1" ${status} -`;
    expect(errors([line(200), line(404), line(500), line(503)], "err")).toEqual([line(500), line(503)]);
  });

  it("takes what is left on stderr, but for a development server's greeting", () => {
    const greeting = [" * Serving Flask app 'web.app'", " * Debug mode: off", "Press CTRL+C to quit", ""];
    expect(errors([...greeting, "Segmentation fault"], "err")).toEqual(["Segmentation fault"]);
    expect(errors(["Segmentation fault"], "out")).toEqual([]);
  });

  it("reads through colours and keeps apps apart", () => {
    expect(errors(["\u001B[31mERROR\u001B[0m no"])).toHaveLength(1);
    const isError = createErrorFilter();
    isError({ app: "a", stream: "out", line: "Traceback (most recent call last):" });
    expect(isError({ app: "b", stream: "out", line: "  indented" })).toBe(false);
  });
});
