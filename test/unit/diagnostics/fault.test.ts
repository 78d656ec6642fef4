import { expect, test } from "vitest";
import { faultOf } from "../../../src/diagnostics/fault.ts";

const kernel = (code: string, more: object = { path: "/shop/.venv/bin/python" }): Error =>
  Object.assign(new Error(`${code}: no, open '/shop/.venv/bin/python'`), { code, syscall: "open", ...more });

test.each([
  ["EACCES", "this user may not use it"],
  ["ENAMETOOLONG", "its path is too long"],
  ["ELOOP", "it is a link that leads back to itself"],
  ["ENOTDIR", "a part of its path is not a folder"],
  ["EIO", "the disk failed to read or write it"],
  ["ESTALE", "its network disk no longer has it"],
  ["EROFS", "its disk is read-only"],
  ["ENOSPC", "its disk is full"],
])("%s is a sentence about the file, and no bug of devpm's", (code, sentence) => {
  expect(faultOf(kernel(code))).toMatchObject({
    code: "DEVPM_FILE_UNUSABLE",
    summary: `/shop/.venv/bin/python cannot be used: ${sentence}`,
    evidence: [["error", `${code}: no, open '/shop/.venv/bin/python'`]],
    fixes: [{ command: "ls -ld /shop/.venv/bin/python" }],
  });
});

test("the error is found below what wrapped it, and needs no path", () => {
  const wrapped = new Error("the start failed", { cause: new Error("its file", { cause: kernel("EIO") }) });
  expect(faultOf(wrapped)).toMatchObject({
    code: "DEVPM_FILE_UNUSABLE",
    summary: "/shop/.venv/bin/python cannot be used: the disk failed to read or write it",
  });
  const nameless = faultOf(kernel("ESTALE", {}));
  expect(nameless.summary).toBe("a file cannot be used: its network disk no longer has it");
  expect(nameless.fixes).toEqual([]);
});

test.each([
  ["an error of our own", new TypeError("x is not a function")],
  ["one that only has such a code", Object.assign(new Error("refused"), { code: "EACCES" })],
  ["one of a socket", Object.assign(new Error("refused"), { code: "ECONNREFUSED", syscall: "connect" })],
  ["what is no error", "EIO"],
])("%s is a bug", (_, error) => expect(faultOf(error).code).toBe("DEVPM_BUG"));

test("causes in a circle end", () => {
  const circle = new Error("a");
  circle.cause = circle;
  expect(faultOf(circle).code).toBe("DEVPM_BUG");
});
