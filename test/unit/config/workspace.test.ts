import { expect, test } from "vitest";
import { isTaken } from "../../../src/config/workspace.ts";

test.each<[string[], string, boolean]>([
  [["apps/*"], "apps/web", true],
  [["apps/*"], "apps/web/lib", false],
  [["./apps/*/"], "apps/web", true],
  [["apps/**"], "apps/web/lib", true],
  [["apps/**"], "apps", false],
  [["**/web"], "web", true],
  [["**/web"], "a/b/web", true],
  [["apps/we?"], "apps/web", true],
  [["a.b/*"], "aXb/web", false],
  [["{apps,packages}/*"], "packages/web", true],
  [["{apps,packages}/*"], "libs/web", false],
  [["{apps,packages/{a,b}}/*"], "apps/web", false],
  [["apps/*", "!apps/old"], "apps/old", false],
  [["!apps/old", "apps/*"], "apps/old", false],
  [["!apps/{old,older}", "apps/*"], "apps/older", false],
  [["**"], ".", false],
  [["**"], "../web", false],
])("the members %j of a workspace, and %s: %s", (patterns, folder, taken) => {
  expect(isTaken("/repo", `/repo/${folder}`, patterns)).toBe(taken);
});

test.each([
  ["stars", `${"*a".repeat(30)}b`],
  ["deep stars", `${"**/a/".repeat(30)}b`],
  ["alternatives", `${"{a,a}".repeat(60)}b`],
])("a pattern of endless %s takes nothing", (_, pattern) => {
  const folder = `/repo/${"a".repeat(60)}${"/a".repeat(60)}`;
  expect(isTaken("/repo", folder, [pattern])).toBe(false);
});
