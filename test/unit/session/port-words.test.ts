import { expect, test } from "vitest";
import { refusedPort, mentionsTakenPort } from "../../../src/session/apps/port-words.ts";
import { warmEvents } from "../../../src/session/apps/warm-reports.ts";
import type { App } from "../../../src/model/project.ts";

const DEBUGPY = [
  "Traceback (most recent call last):",
  '  File "/p/app.py", line 4567, in <module>',
  '    debugpy.listen(("127.0.0.1", 5678))',
  "RuntimeError: Can't listen for client connections: [Errno 98] Address already in use",
];

test.each([
  [["Error: listen EADDRINUSE: address already in use 127.0.0.1:5050"], 5050],
  [["Address already in use", "Port 5050 is in use by another program."], 5050],
  [
    ["ERROR:    [Errno 98] error while attempting to bind on address ('127.0.0.1', 8000): address already in use"],
    8000,
  ],
  [["Error: Port 5173 is already in use"], 5173],
  [DEBUGPY, 5678],
  [["OSError: [Errno 98] Address already in use"], null],
])("%j is about port %j", (lines, port) => {
  expect(mentionsTakenPort(lines)).toBe(true);
  expect(refusedPort(lines, [5050])).toBe(port);
});

test("one of the app's own ports comes before any other", () => {
  const lines = [...DEBUGPY, "while listening on 5050"];
  expect(refusedPort(lines, [5050])).toBe(5050);
  expect(mentionsTakenPort(["ImportError: cannot import name 'port'"])).toBe(false);
});

test("a script that cannot listen while it is imported did get as far as running", () => {
  const report = { what: "crashed", file: null, savedAt: null, during: "import", exitCode: 1, signal: null } as const;
  const app = { name: "api" } as App;
  const crashed = (excerpt: string[]) => warmEvents(app, { ...report, excerpt }, "starting", new Date())[0];
  expect(crashed(DEBUGPY)).toMatchObject({ event: "app.crashed", during: "run", exitCode: 1 });
  expect(crashed(["ImportError: no"])).toMatchObject({ during: "import", exitCode: null });
});
