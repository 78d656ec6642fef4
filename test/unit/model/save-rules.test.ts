import { describe, expect, it } from "vitest";
import { folderAbove, isGlob, isNeverSaved, matcher } from "../../../src/model/save-rules.ts";

describe("what is no save", () => {
  it.each(".git .env venv node_modules app.log x.pyc pkg.egg-info a.py~ 4913 x.db-wal nohup.out".split(" "))(
    "%s",
    (name) => expect(isNeverSaved(name)).toBe(true),
  );
  it.each(["app.py", "environment", "dist", "build", "logs", "log", "db.py", "tmp", "venv2"])("but %s is", (name) =>
    expect(isNeverSaved(name)).toBe(false),
  );
});

describe("a glob of `ignore`", () => {
  it.each([
    ["data", "/p/data", true],
    ["data", "/p/web/data/deep/x.py", true],
    ["data", "/p/database/x.py", false],
    ["data/", "/p/web/data/x.py", true],
    ["./made", "/p/made/x.py", true],
    ["./made", "/p/web/made/x.py", false],
    ["made/**", "/p/made/by/hand.py", true],
    ["made/*.py", "/p/made/by/hand.py", false],
    ["**/x.py", "/p/x.py", true],
    ["*.txt", "/p/web/a.txt", true],
    ["?.txt", "/p/ab.txt", false],
    ["a+b[1].py", "/p/a+b[1].py", true],
    ["/p/logs", "/p/logs/a.py", true],
    ["/logs", "/p/logs/a.py", true],
    ["x", "/elsewhere/x", false],
    ["", "/p/x", false],
  ])("%s, %s: %s", (glob, file, expected) => {
    expect(matcher("/p", [glob])(file)).toBe(expected);
  });

  it("of a folder with signs of its own", () => {
    expect(matcher("/p (x) [y]", ["data"])("/p (x) [y]/data/a.py")).toBe(true);
  });
});

it("the folder above a glob is the nearest whose name is certain", () => {
  expect(folderAbove("/p/prompts/*.txt")).toBe("/p/prompts");
  expect(folderAbove("/p/a?/x/*.txt")).toBe("/p");
  expect([isGlob("/p/*.txt"), isGlob("/p/x.txt")]).toEqual([true, false]);
});
