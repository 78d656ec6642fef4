import { rmSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { otherWorktrees } from "../../../src/system/other-worktrees.ts";
import { folderWith } from "../config/outside.ts";

const LOGIN = { "main/trees/login/.git": "gitdir: ../../.git/worktrees/login\n", "main/trees/login/api/a.js": "" };
const MAIN = { "main/.git/worktrees/login/gitdir": "", "main/api/a.js": "" };

/** Which of these files are elsewhere, as it is seen from a folder. */
function elsewhere(files: Record<string, string>, inside: string, ...names: string[]): string[] {
  const root = folderWith(files);
  const isElsewhere = otherWorktrees(path.join(root, inside));
  return names.filter((name) => isElsewhere(path.join(root, name)));
}

describe("another working tree", () => {
  test("has its files elsewhere, and none of those beside it", () => {
    const names = ["main/trees/login/api/a.js", "main/trees/a.js", "main/api/a.js", "a.js"];
    expect(elsewhere({ ...MAIN, ...LOGIN }, "main/api", ...names)).toEqual(names.slice(0, 1));
  });

  test("has its own where it is the one that is asked about", () => {
    const names = ["main/trees/login/api/a.js", "main/api/a.js"];
    expect(elsewhere({ ...MAIN, ...LOGIN }, "main/trees/login/api", ...names)).toEqual([]);
  });

  test("is no submodule, no clone, and nothing where there is no repository", () => {
    const others = { "main/sub/.git": "gitdir: ../.git/modules/sub\n", "main/clone/.git/HEAD": "" };
    expect(elsewhere({ ...MAIN, ...others }, "main", "main/sub/a.js", "main/clone/a.js")).toEqual([]);
    expect(elsewhere({ "api/a.js": "" }, "api", "api/a.js")).toEqual([]);
  });

  test("that is removed loses its `.git` first: what goes after it is still its own", () => {
    const root = folderWith({ ...MAIN, ...LOGIN });
    const file = path.join(root, "main/trees/login/api/a.js");
    const isElsewhere = otherWorktrees(path.join(root, "main"));
    expect(isElsewhere(file)).toBe(true);
    for (const gone of [path.join(root, "main/trees/login/.git"), file]) rmSync(gone);
    expect(isElsewhere(file)).toBe(true);
    expect(isElsewhere(path.join(root, "main/api/a.js"))).toBe(false);
  });
});
