import { describe, expect, it } from "vitest";
import { createLevelFilter } from "../../../src/logs/level.ts";

function errors(lines: string[], stream: "out" | "err" = "out"): string[] {
  const isError = createLevelFilter("error");
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
    const isError = createLevelFilter("error");
    isError({ app: "a", stream: "out", line: "Traceback (most recent call last):" });
    expect(isError({ app: "b", stream: "out", line: "  indented" })).toBe(false);
  });
});

describe("--level warn and info", () => {
  const shown = (least: "error" | "warn" | "info", lines: string[]): string[] => {
    const wanted = createLevelFilter(least);
    return lines.filter((line) => wanted({ app: "api", stream: "out", line }));
  };

  it("shows a level and what is graver", () => {
    const lines = ["DEBUG: a", "INFO: b", "plain", "WARNING: c", "ERROR: d", '"GET /x HTTP/1.1" 404 -'];
    expect(shown("error", lines)).toEqual(["ERROR: d"]);
    expect(shown("warn", lines)).toEqual(["WARNING: c", "ERROR: d", '"GET /x HTTP/1.1" 404 -']);
    expect(shown("info", lines)).toEqual(lines.slice(1));
  });

  it.each([
    ["pino", '{"level":30,"time":1,"msg":"x"}', "info"],
    ["pino, warn", '{"level":40,"msg":"error"}', "warn"],
    ["pino, fatal", '{"level":60,"msg":"x"}', "error"],
    ["pino, trace", '{"level":10,"msg":"x"}', "debug"],
    ["bunyan", '{"name":"a","level":50,"msg":"x","v":0}', "error"],
    ["winston", '{"level":"warn","message":"x"}', "warn"],
    ["zap", '{"level":"dpanic","ts":1.5,"msg":"x"}', "error"],
    ["zap, development keys", '{"L":"WARN","T":"x","M":"y"}', "warn"],
    ["logrus", '{"level":"warning","msg":"ERROR in text","time":"x"}', "warn"],
    ["logrus, text", 'time="2026-01-31T12:00:00Z" level=warning msg="no"', "warn"],
    ["slog", '{"time":"x","level":"ERROR","msg":"y"}', "error"],
    ["structlog", '{"event": "x", "level": "critical"}', "error"],
    ["structlog, by number", '{"event": "x", "level_number": 30}', "warn"],
    ["python-json-logger", '{"asctime": "x", "levelname": "WARNING", "message": "error"}', "warn"],
    ["python-json-logger, by number", '{"levelno": 40, "message": "x"}', "error"],
    ["loguru", '{"text": "x", "record": {"level": {"name": "ERROR", "no": 40}}}', "error"],
    ["serilog, information", '{"@t":"2026-01-31T12:00:00Z","@mt":"error {x}","x":1}', "info"],
    ["serilog", '{"@t":"2026-01-31T12:00:00Z","@mt":"x","@l":"Fatal"}', "error"],
    ["serilog, verbose", '{"@t":"x","@m":"y","@l":"Verbose"}', "debug"],
    ["google cloud", '{"severity":"NOTICE","message":"x"}', "info"],
    ["google cloud, alert", '{"severity":"ALERT","message":"x"}', "error"],
    ["elastic", '{"@timestamp":"x","log.level":"warn","message":"y"}', "warn"],
    ["elastic, nested", '{"@timestamp":"x","log":{"level":"error"},"message":"y"}', "error"],
    ["no level", '{"rows": 3, "error": "none"}', "info"],
    ["a level of no logger's", '{"level": 3, "player": "x"}', "info"],
    ["broken JSON that names one", '{"level":"error", "msg": "cut of', "error"],
    ["coloured JSON", '\u001B[32m{"level":50,"msg":"x"}\u001B[0m', "error"],
  ] as const)("reads %s", (_, line, level) => {
    const found = (["error", "warn", "info"] as const).find((least) => shown(least, [line]).length > 0) ?? "debug";
    expect(found).toBe(level);
  });
});
