import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";
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

test.each([
  ["EAGAIN", 'ulimit -Su "$(ulimit -Hu)"'],
  ["EMFILE", 'ulimit -Sn "$(ulimit -Hn)"'],
  ["ENFILE", 'ulimit -Sn "$(ulimit -Hn)"'],
])("a process that the kernel refuses with %s is a limit of the machine", (code, raise) => {
  const refused = kernel(code, { path: "/usr/bin/node", syscall: "spawn /usr/bin/node" });
  expect(faultOf(refused)).toMatchObject({ code: "DEVPM_LIMIT_REACHED", fixes: [{}, { command: raise }] });
});

test("causes in a circle end", () => {
  const circle = new Error("a");
  circle.cause = circle;
  expect(faultOf(circle).code).toBe("DEVPM_BUG");
});

test("a part of devpm that is gone means another build in its place, and no bug", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "devpm-replaced-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const lib = path.join(folder, "dist/lib");
  mkdirSync(lib, { recursive: true });
  writeFileSync(path.join(lib, "cli.mjs"), 'export const later = () => import("./run-OLDHASH.js");\n');
  const { later } = (await import(pathToFileURL(path.join(lib, "cli.mjs")).href)) as { later(): Promise<unknown> };
  const error = await later().catch((thrown: unknown) => thrown);
  expect(faultOf(error)).toMatchObject({
    code: "DEVPM_FILE_UNUSABLE",
    summary: expect.stringMatching(/updated or removed/) as string,
    fixes: [{ command: "devpm dev" }],
  });
  // a module of anything else that is missing is what it is
  const other = Object.assign(new Error("Cannot find package 'left-pad' imported from /p/ecosystem.config.ts"), {
    code: "ERR_MODULE_NOT_FOUND",
  });
  expect(faultOf(other).code).toBe("DEVPM_BUG");
});
