import { expect, test } from "vitest";
import { globProblems } from "../../../src/config/glob-problems.ts";

const ROOT = "/home/ana/shop";
const problems = (app: object): string[] =>
  globProblems({ apps: { a: app } }, ROOT).map(({ key, message }) => `${key}: ${message}`);

test.each<[string, object]>([
  ["folders and files", { watch: [".", "src", "./lib/", "settings.toml"] }],
  ["a folder beside the project, and one of another disk", { watch: ["../shared", "/srv/templates/**/*.html"] }],
  ["above its own folder, and within the project", { cwd: "apps/api", watch: ["../..", "../../libs/*/src"] }],
  ["what people write", { ignore: ["*.log", "**/__tests__/**", "a/*/b-*.min.*.js", "dist/", "**/*.test.ts"] }],
  ["folders of Next.js", { ignore: ["app/(group)/[id]/*"] }],
  ["what is no text at all", { watch: true, ignore: 5, ignore_watch: [null] }],
])("%s are fine", (_, app) => expect(problems(app)).toEqual([]));

test.each<[string, object, string]>([
  ["the whole disk", { watch: ["/"] }, "apps.a.watch[0]: it would walk /, which the project is only a part of"],
  ["the whole disk by a glob", { watch: "/**" }, "apps.a.watch: it would walk /, which the project is only a part of"],
  ["the home of the user", { watch: ["src", "../*.py"] }, "apps.a.watch[1]: it would walk /home/ana, which the"],
  ["the same from a folder of it", { cwd: "api", watch: ["../../**"] }, "apps.a.watch[0]: it would walk /home/ana, "],
  [
    "many stars in a name",
    { ignore: ["*a*a*a*a*b"] },
    "apps.a.ignore[0]: it would take too long to match: more than 3 *",
  ],
  [
    "many deep ones",
    { ignore: ["**/a/**/b/**/c/**/d"] },
    "apps.a.ignore[0]: it would take too long to match: more than 3 **",
  ],
  [
    "PM2's own key",
    { ignore_watch: ["+(+(a))"] },
    "apps.a.ignore_watch[0]: it would take too long to match: an extended",
  ],
  [
    "one without end",
    { ignore: "a".repeat(2_000) },
    "apps.a.ignore: it would take too long to match: a pattern of more",
  ],
])("%s is a problem with its key", (_, app, said) => {
  const [first = "", ...more] = problems(app);
  expect(first).toContain(said);
  expect(more).toEqual([]);
});

test("the inputs of a task are walked too", () => {
  const found = globProblems({ apps: {}, tasks: { t: { inputs: ["schema/**/*.sql", "/**/*.sql"] } } }, ROOT);
  expect(found).toEqual([{ key: "tasks.t.inputs[1]", message: expect.stringContaining("it would walk /,") as string }]);
});
