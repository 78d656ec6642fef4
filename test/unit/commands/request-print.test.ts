import { expect, test } from "vitest";
import { answerLines } from "../../../src/commands/request/print.ts";

const answer = (body: string | Buffer, cut = false) =>
  answerLines({
    app: "api",
    method: "GET",
    url: "http://localhost:5050/orders",
    ms: 4,
    answer: {
      status: 500,
      reason: "Internal Server Error",
      headers: [["Content-Type", "text/html"]],
      body: Buffer.from(body),
      cut,
    },
    logged: [],
  });

test("a short body is printed whole", () => {
  expect(answer("one\r\ntwo\n")).toEqual([
    "HTTP 500 Internal Server Error  GET http://localhost:5050/orders  4 ms",
    "content-type: text/html",
    "",
    "one",
    "two",
    "",
    "api logged nothing",
  ]);
});

test("a page of errors is cut at 60 lines, and the number of its lines is named", () => {
  const lines = answer(Array.from({ length: 900 }, (_, at) => `<li>frame ${at}</li>`).join("\n"));
  expect(lines.filter((line) => line.startsWith("<li>"))).toHaveLength(60);
  expect(lines.find((line) => line.includes("--json"))).toMatch(
    /^\(900 lines; \d+ more characters: --json has all of them\)$/,
  );
});

test("one endless line is cut, too; what is no text is counted", () => {
  const [, , , line = "", rest] = answer("x".repeat(20_000));
  expect(line).toHaveLength(6_000);
  expect(rest).toBe("(1 line; 14000 more characters: --json has all of them)");
  expect(answer(Buffer.from([0xff, 0xfe, 0xff]))).toContain("(3 bytes, not text)");
});

test("what would reverse a line is shown as an escape", () => {
  expect(answer("a\u202Eb")).toContain("a\\u202eb");
});
