import { expect, test } from "vitest";
import { hasTimeWait, parseHolders } from "../../../src/system/ports/darwin.ts";
import { parseCarriers, parseRows, parseUsage } from "../../../src/system/processes/darwin.ts";

// Shapes as the manual pages named in docs/notes/processes.md and ports.md describe them.

test("rows of ps", () => {
  const text = [
    "    1     0     1 Ss   Sat Nov 22 08:00:01 2025     /sbin/launchd",
    "  501     1   501 S+   Sun Nov  2 18:00:01 2025     /Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "  502   501   501 Z    Sun Nov  2 18:00:02 2025     (node)",
    "",
  ].join("\n");
  expect(parseRows(text, "boot")).toEqual([
    {
      pid: 1,
      ppid: 0,
      pgid: 1,
      sid: 0,
      state: "S",
      startTime: "Sat Nov 22 08:00:01 2025",
      comm: "/sbin/launchd",
      bootId: "boot",
    },
    {
      pid: 501,
      ppid: 1,
      pgid: 501,
      sid: 0,
      state: "S",
      startTime: "Sun Nov 2 18:00:01 2025",
      comm: "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
      bootId: "boot",
    },
    {
      pid: 502,
      ppid: 501,
      pgid: 501,
      sid: 0,
      state: "Z",
      startTime: "Sun Nov 2 18:00:02 2025",
      comm: "(node)",
      bootId: "boot",
    },
  ]);
});

test("carriers of the mark", () => {
  const text =
    "  501 node server.js A=1 DEVPM_SESSION=s1 B=2\n  502 node DEVPM_SESSION=s12\n  503 x DEVPM_SESSION=s1\n  504 y XDEVPM_SESSION=s1";
  expect(parseCarriers(text, "DEVPM_SESSION", "s1")).toEqual([501, 503]);
});

test("holders by lsof", () => {
  const text =
    "p501\nu502\nf3\ntIPv4\nPTCP\nn127.0.0.1:5050\nf4\ntIPv6\nPTCP\nn[::1]:5050\np600\nu0\nf9\ntIPv6\nPTCP\nn*:5050\nf10\ntIPv4\nPTCP\nn*:15050\n";
  expect(parseHolders(text, 5050)).toEqual([
    { port: 5050, address: "127.0.0.1", family: 4, uid: 502, pid: 501 },
    { port: 5050, address: "::1", family: 6, uid: 502, pid: 501 },
    { port: 5050, address: "::", family: 6, uid: 0, pid: 600 },
  ]);
});

test("TIME_WAIT by netstat", () => {
  const text = "tcp4       0      0  127.0.0.1.5050         127.0.0.1.60001        TIME_WAIT  ";
  expect(hasTimeWait(text, 5050)).toBe(true);
  expect(hasTimeWait(text, 60_001)).toBe(false);
  expect(hasTimeWait(text.replace("TIME_WAIT", "ESTABLISHED"), 5050)).toBe(false);
});

test.each([
  ["  3072   0:01.50\n", { memoryBytes: 3_072 * 1_024, cpuMs: 1_500 }],
  ["3072 1:02:03.00", { memoryBytes: 3_072 * 1_024, cpuMs: 3_723_000 }],
  ["", null],
  ["ps: no such process", null],
])("what a process uses, by ps: %j", (text, usage) => {
  expect(parseUsage(text)).toEqual(usage);
});
