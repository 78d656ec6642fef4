import { expect, test } from "vitest";
import { accessIn } from "../../../src/requests/access-line.ts";

test.each([
  // as each server prints it
  [`127.0.0.1 - - [29/Nov/2026 09:31:17] "GET /items?q=tea HTTP/1.1" 200 -`, "GET /items?q=tea 200", null],
  [`INFO:     127.0.0.1:53422 - "POST /api/items HTTP/1.1" 201 Created`, "POST /api/items 201", null],
  [`      INFO   127.0.0.1:53422 - "GET /broken HTTP/1.1" 500`, "GET /broken 500", null],
  [`[29/Nov/2026 09:31:17] "DELETE /items/7 HTTP/1.1" 404 2107`, "DELETE /items/7 404", null],
  [`127.0.0.1 - - [29/Nov/2026:09:31:17 +0000] "GET / HTTP/1.1" 200 5 "-" "curl/8.5" 12.5ms`, "GET / 200", 12.5],
  [`GET /items 304 0.734 ms - -`, "GET /items 304", 0.734],
  [`[api] PATCH /items/7 200 1.5 s`, "PATCH /items/7 200", 1_500],
  [`127.0.0.1 - - [x] "HEAD * HTTP/1.0" 200 -`, "HEAD * 200", null],
])("%s", (line, wanted, ms) => {
  const access = accessIn(line)!;
  expect(`${access.method} ${access.path} ${access.status}`).toBe(wanted);
  expect(access.ms).toBe(ms);
});

test.each([
  "",
  "GET ready",
  "we GET /things done 200 times",
  `"GET /" is what it asked`,
  `127.0.0.1 - - [x] "GARBAGE / HTTP/1.1" 400 -`,
  "GET /items 20 ms",
  "  VITE v8.0.0  ready in 200 ms  /",
])("%j is none", (line) => {
  expect(accessIn(line)).toBeNull();
});

test("a long line takes no long time", () => {
  for (const line of [
    `"GET ${"/x ".repeat(20_000)}`,
    `GET /${" 1".repeat(20_000)}`,
    `"GET / HTTP/1.1" 200 ${"1".repeat(40_000)}`,
  ])
    expect(() => accessIn(line)).not.toThrow();
});
