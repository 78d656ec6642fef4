import { expect, test } from "vitest";
import { globPattern, isGlob } from "../../../src/util/glob.ts";

test.each([
  ["/p/**/migrations/*.py", ["/p/migrations/a.py", "/p/a/b/migrations/c.py"], ["/p/migrations/d/a.py", "/p/a.py"]],
  ["/p/knexfile.*", ["/p/knexfile.js", "/p/knexfile.ts"], ["/p/xknexfile.js", "/p/a/knexfile.js"]],
  ["/p/a?c", ["/p/abc"], ["/p/ac", "/p/a/c"]],
  ["/p/[id]/(x)+.sql", ["/p/[id]/(x)+.sql"], ["/p/i/xx.sql"]],
  ["/p/**", ["/p/a", "/p/a/b"], ["/q/a"]],
])("%s", (glob, matching, others) => {
  for (const name of matching) expect(globPattern(glob).test(name), name).toBe(true);
  for (const name of others) expect(globPattern(glob).test(name), name).toBe(false);
});

test("what is a glob", () => {
  expect(["a*", "a?"].map(isGlob)).toEqual([true, true]);
  expect(["a[b]", "a{b}", "a"].map(isGlob)).toEqual([false, false, false]);
});
