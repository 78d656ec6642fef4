import { describe, expect, test } from "vitest";
import type { LogRecord } from "../../../src/logs/record.ts";
import { MOST_LINES, traceRequests } from "../../../src/requests/trace.ts";
import { findRequests } from "../../../src/requests/find-requests.ts";
import type { LogFiles } from "../../../src/system/logs/log-files.ts";
import { requestLines } from "../../../src/ui/requests.ts";
import { colorsOf } from "../../../src/ui/colors.ts";

const START = Date.UTC(2026, 0, 31, 12);

/** Lines a tenth of a second apart; `>` at its beginning: on stdout, else on stderr; a number alone: so many seconds pass. */
function printed(text: string): LogRecord[] {
  let ms = START;
  return text
    .trim()
    .split("\n")
    .flatMap((line, n) => {
      const pause = /^(\d+)$/.exec(line)?.[1];
      ms += pause === undefined ? 100 : Number(pause) * 1_000;
      const isOut = line.startsWith(">");
      const record = { at: new Date(ms).toISOString(), n, app: "back", line: isOut ? line.slice(1) : line } as const;
      return pause === undefined ? [{ ...record, stream: isOut ? "out" : "err" } satisfies LogRecord] : [];
    });
}

const TRACEBACK = `Traceback (most recent call last):
  File "/venv/lib/python3.12/site-packages/flask/app.py", line 1511, in wsgi_app
    response = self.full_dispatch_request()
  File "/shop/web/shop.py", line 15, in broken
    return prices["tea"]
           ~~~~~~^^^^^^^
KeyError: 'tea'`;
const CAUSE = {
  message: "KeyError: 'tea'",
  file: "web/shop.py",
  line: 15,
  frame: [`    return prices["tea"]`, "           ~~~~~~^^^^^^^"],
};
const WERKZEUG = (path: string, status: number): string =>
  `127.0.0.1 - - [31/Jan/2026 12:00:00] "GET ${path} HTTP/1.1" ${status} -`;
const UVICORN = (path: string, status: number): string => `>INFO:     127.0.0.1:5 - "GET ${path} HTTP/1.1" ${status} X`;

const trace = (text: string) => traceRequests(printed(text), "/shop");

describe("requests", () => {
  test("of Flask: the traceback comes before the access line", () => {
    const [fine, broken, after] = trace(
      `${WERKZEUG("/", 200)}\n>asked for tea\n[2026] ERROR in app: Exception on /broken [GET]\n${TRACEBACK}\n${WERKZEUG("/broken", 500)}\n${WERKZEUG("/", 200)}`,
    );
    expect(fine).toMatchObject({
      id: 0,
      app: "back",
      method: "GET",
      path: "/",
      status: 200,
      ms: null,
      exception: null,
    });
    expect(broken).toMatchObject({ path: "/broken", status: 500, exception: CAUSE });
    expect(broken!.lines[0]).toEqual({ stream: "out", line: "asked for tea" });
    expect(broken!.lines.at(-1)?.line).toContain('"GET /broken');
    expect(after).toMatchObject({ exception: null, lines: [{ stream: "err" }] });
  });

  test("of uvicorn: the traceback comes after the access line", () => {
    const [broken, after] = trace(
      `${UVICORN("/broken", 500)}\nERROR:    Exception in ASGI application\n${TRACEBACK}\n>a line of its own\n${UVICORN("/", 200)}`,
    );
    expect(broken).toMatchObject({ path: "/broken", exception: CAUSE });
    expect(broken!.lines).toHaveLength(9);
    expect(after).toMatchObject({ path: "/", exception: null });
    expect(after!.lines.map(({ line }) => line)).toContain("a line of its own");
  });

  test("of Flask's debug pages: the bare traceback comes after the access line", () => {
    const [broken, after] = trace(`${WERKZEUG("/broken", 500)}\n${TRACEBACK}\n>asked for tea\n${WERKZEUG("/", 200)}`);
    expect(broken).toMatchObject({ path: "/broken", exception: CAUSE });
    expect(broken!.lines).toHaveLength(8);
    expect(after).toMatchObject({ path: "/", exception: null });
    expect(after!.lines.map(({ line }) => line)).toEqual(["asked for tea", WERKZEUG("/", 200)]);
  });

  test("a traceback that something else comes before is not of the request before it", () => {
    const [first, second] = trace(
      `${WERKZEUG("/a", 503)}\n[2026] ERROR in app: Exception on /b [GET]\n${TRACEBACK}\n${WERKZEUG("/b", 500)}`,
    );
    expect(first).toMatchObject({ path: "/a", exception: null });
    expect(second).toMatchObject({ path: "/b", exception: CAUSE });
  });

  test("of uvicorn: the last one, before anything else is printed", () => {
    const [broken] = trace(`${UVICORN("/broken", 500)}\nERROR:    Exception in ASGI application\n${TRACEBACK}`);
    expect(broken).toMatchObject({ exception: CAUSE });
  });

  test("one that was answered well has no exception, whatever was logged", () => {
    expect(trace(`${TRACEBACK}\n${WERKZEUG("/", 200)}`)).toMatchObject([{ status: 200, exception: null }]);
    // nor has the next one that exception
    expect(trace(`${TRACEBACK}\n${WERKZEUG("/", 200)}\n${WERKZEUG("/x", 500)}`)[1]).toMatchObject({ exception: null });
  });

  test("what was printed long before is not of the request, and only so many lines are", () => {
    const [first] = trace(`start\n60\n>meanwhile\n${WERKZEUG("/", 200)}`);
    expect(first!.lines.map(({ line }) => line)).toEqual(["meanwhile", WERKZEUG("/", 200)]);
    const many = Array.from({ length: 2_000 }, (_, n) => ({ ...printed("x")[0]!, n, line: `line ${n}` }));
    const [last] = traceRequests([...many, { ...many[0]!, n: 2_000, line: WERKZEUG("/", 200) }], "/shop");
    expect(last!.lines).toHaveLength(200);
    expect(last!.lines.at(-2)?.line).toBe("line 1999");
  });
});

test("a save that broke the app and was mended is not what made the next request fail", () => {
  const save = `Traceback (most recent call last):
  File "/shop/web/menu.py", line 6
    def items(:
              ^
SyntaxError: invalid syntax`;
  const text = `${save}\n9\nlooked for tea\n${WERKZEUG("/broken", 500)}\n${TRACEBACK}`;
  const records = printed(text);
  const began = Date.parse(records.find(({ line }) => line === "looked for tea")!.at) - 10;
  const measured = { n: 90, at: new Date(began).toISOString(), method: "GET", path: "/broken", route: null };
  const kept = JSON.stringify({ ...measured, status: 500, began, ms: 120 });
  const logFiles: Pick<LogFiles, "backwards"> = {
    *backwards([current]) {
      yield* current!.includes("@requests") ? [kept] : records.toReversed().map((one) => JSON.stringify(one));
    },
  };
  const { requests } = findRequests(logFiles as LogFiles, "/logs", {
    apps: ["back"],
    root: "/shop",
    since: null,
    after: null,
  });
  expect(requests).toMatchObject([{ path: "/broken", status: 500, ms: 120, exception: CAUSE }]);
  expect(requests[0]!.lines[0]!.line).toBe("looked for tea");
});

test("the newest requests of each app are found from the end of its files", () => {
  const fileOf = (app: string): string[] =>
    Array.from({ length: 600 }, (_, n) =>
      JSON.stringify({
        at: new Date(START + n).toISOString(),
        app,
        stream: "err",
        n: n * 2 + Number(app === "b"),
        line: WERKZEUG(`/${app}/${n}`, 200),
      }),
    );
  let read = 0;
  const logFiles = {
    *backwards([current = ""]: readonly string[]) {
      if (current.includes("@requests")) return;
      for (const line of fileOf(current.includes("/a.") ? "a" : "b").toReversed()) {
        read++;
        yield line;
      }
    },
  } as unknown as LogFiles;
  const query = { apps: ["a", "b"], root: "/shop", since: null, after: null };
  const { requests: found, last } = findRequests(logFiles, "/logs", query);
  expect(last).toBe(1_199);
  expect(found).toHaveLength(1_000);
  expect(found.slice(-2).map(({ path }) => path)).toEqual(["/a/599", "/b/599"]);
  expect(read).toBe(1_002);
  const since = new Date(START + 598).toISOString();
  const late = findRequests(logFiles, "/logs", { ...query, apps: ["a"], since }).requests;
  expect(late.map(({ path }) => path)).toEqual(["/a/598", "/a/599"]);
  // after the last one that is known, a few lines are read that may belong to the next
  read = 0;
  const newer = findRequests(logFiles, "/logs", { ...query, apps: ["a"], after: 1_194 });
  expect(newer).toMatchObject({ requests: [{ path: "/a/598" }, { path: "/a/599" }], last: 1_198 });
  expect(read).toBe(2 + MOST_LINES * 2);
});

test("a screen has the newest, with the place of what failed; nothing in them acts on the terminal", () => {
  const colors = colorsOf({ out: { isTTY: false }, err: { isTTY: false } } as never, "out", { shell: {}, never: true });
  expect(requestLines([], 80, colors)).toEqual([expect.stringContaining("no request")]);
  const requests = trace(
    `${Array.from({ length: 40 }, (_, n) => WERKZEUG(`/${n}`, 200)).join("\n")}\n${TRACEBACK}\n${WERKZEUG("/a\u001B[2Jb", 500)}`,
  );
  const lines = requestLines(requests, 80, colors);
  expect(lines[0]).toContain("11 older requests");
  expect(lines.join("\n")).toMatch(/500 GET \/a.*b\n {2}web\/shop\.py:15 {2}KeyError: 'tea'\n {2}│ {5}return prices/);
  expect(lines.join("\n")).not.toContain("\u001B");
});
