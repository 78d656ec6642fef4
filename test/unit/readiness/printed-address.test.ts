import { expect, test } from "vitest";
import { printedAsHttps, printedPorts } from "../../../src/readiness/printed-address.ts";

test.each([
  ["  ➜  Local:   http://localhost:3000/", [3000]],
  ["\u001b[32m  Local:\u001b[39m \u001b[36mhttps://localhost:\u001b[1m3001\u001b[22m/\u001b[39m", [3001]],
  [" * Running on http://127.0.0.1:25067", [25_067]],
  ["Uvicorn running on http://[::1]:8000 (Press CTRL+C to quit)", [8000]],
  ["Server listening on port 4000", [4000]],
  ["listening on :4000", [4000]],
  ["Example app ready at 0.0.0.0:8081", [8081]],
  ["ready on 4000 in 300 ms", [4000]],
  ["Debugger listening on ws://127.0.0.1:9229/1", []],
  ["Prometheus metrics at http://localhost:9090", []],
  ["started in 1234 ms", []],
  ["127.0.0.1 - - [29/Nov/2026 03:00:00] GET / 200", []],
])("ports named in %j: %j", (line, ports) => {
  expect(printedPorts([line])).toEqual(ports);
});

test("https is what the output calls so, and only of that port", () => {
  const lines = ["Local: https://localhost:5173/"];
  expect(printedAsHttps(lines, 5173)).toBe(true);
  expect(printedAsHttps(lines, 517)).toBe(false);
  expect(printedAsHttps(["Local: http://localhost:5173/"], 5173)).toBe(false);
});
