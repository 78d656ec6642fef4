import { expect, it } from "vitest";
import { createJsonUi } from "../../../src/ui/json.ts";
import { at, stamp, written } from "./fake.ts";

it("prints the tasks of a failed app as one string, and not the service, which is in the reason", () => {
  const out = written();
  const ui = createJsonUi(out, (text) => text);
  const failed = { event: "app.failed", app: "api", reason: "no" } as const;
  ui.event(stamp({ ...failed, tasks: ["migrate", "my seed"] }));
  ui.event(stamp({ ...failed, service: "db" }));
  expect(out.text().trimEnd().split("\n")).toEqual([
    `{"event":"app.failed","at":"${at}","app":"api","reason":"no","task":"migrate, my seed"}`,
    `{"event":"app.failed","at":"${at}","app":"api","reason":"no"}`,
  ]);
});

it("prints one event a line, `event` and `at` first, without colours and without what is ours alone", () => {
  const out = written();
  const ui = createJsonUi(out, (text) => text);
  ui.event(stamp({ event: "log", app: "web", stream: "out", line: "\u001B[32mok\u001B[0m", n: 7 }));
  ui.event({ at, event: "session.ready", ms: 812 });
  ui.event(
    stamp({
      event: "diagnostic",
      code: "DEVPM_NO_SESSION",
      severity: "error",
      summary: "no",
      evidence: [
        ["folder", "/x"],
        ["two", ["a", "b"]],
      ],
      fixes: [],
    }),
  );
  const lines = out.text().trimEnd().split("\n");
  expect(lines[0]).toBe(`{"event":"log","at":"${at}","app":"web","stream":"out","line":"ok"}`);
  expect(lines[1]).toBe(`{"event":"session.ready","at":"${at}","ms":812}`);
  expect(JSON.parse(lines[2] ?? "")).toEqual({
    event: "diagnostic",
    at,
    code: "DEVPM_NO_SESSION",
    severity: "error",
    summary: "no",
    evidence: [
      { label: "folder", text: ["/x"] },
      { label: "two", text: ["a", "b"] },
    ],
    excerpt: [],
    state: null,
    fixes: [],
  });
});
