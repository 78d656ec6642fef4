import { expect, test } from "vitest";
import { MOST_PAGE_LINES } from "../../../src/model/limits.ts";
import { lineQueryOf, patternOf } from "../../../src/page/queries.ts";
import { editorOf } from "../../../src/page/editors.ts";

const query = (text: string) => lineQueryOf(new URLSearchParams(text));

test("the parameters of lines", () => {
  expect(
    query("app=web&app=api&before=12&limit=50&find=a.b&regex=1&level=warn&since=2026-01-31T12:00:00.000Z"),
  ).toEqual({
    apps: ["web", "api"],
    before: 12,
    after: null,
    limit: 50,
    since: "2026-01-31T12:00:00.000Z",
    until: null,
    find: /a.b/i,
    level: "warn",
  });
  expect(query("")).toMatchObject({ apps: [], before: null, after: null, limit: 1_000, find: "", level: null });
});

test.each([
  ["before=-1", /whole number/],
  ["after=1e3", /whole number/],
  ["limit=0", /limit/],
  [`limit=${MOST_PAGE_LINES + 1}`, /limit/],
  ["level=loud", /level/],
  ["since=yesterday", /time/],
  ["until=2026-01-31", /time/],
  ["find=(&regex=1", /regular expression/],
  [`find=${"x".repeat(1_025)}`, /1024/],
  ["app=a&".repeat(1_001), /too many/],
])("%s is refused in a sentence", (text, why) => {
  expect(query(text)).toMatch(why);
});

test("case matters where a pattern has a capital letter", () => {
  expect(patternOf("error")?.test("ERROR")).toBe(true);
  expect(patternOf("Error")?.test("ERROR")).toBe(false);
  expect(patternOf(String.raw`\Derror`)?.test("xERROR")).toBe(true);
});

test.each([
  [{}, "vscode"],
  [{ DEVPM_EDITOR: "zed", TERM_PROGRAM: "vscode" }, "zed"],
  [{ DEVPM_EDITOR: "/opt/pycharm/bin/pycharm" }, "idea"],
  [{ DEVPM_EDITOR: "ed" }, "vscode"],
  [{ TERM_PROGRAM: "vscode", VSCODE_GIT_ASKPASS_NODE: "/Applications/Cursor.app/x" }, "cursor"],
  [{ TERM_PROGRAM: "vscode", EDITOR: "subl -w" }, "vscode"],
  [{ VISUAL: "subl -w", EDITOR: "vi" }, "sublime"],
  [{ EDITOR: "code --wait" }, "vscode"],
] as [Record<string, string>, string][])("the editor of %j is %s", (shell, editor) => {
  expect(editorOf(shell)).toBe(editor);
});
