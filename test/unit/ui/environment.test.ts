import { describe, expect, test } from "vitest";
import type { VariableSource, Variable } from "../../../src/plan/variables.ts";
import { environmentLines, type ExplainedEnvironment } from "../../../src/ui/environment.ts";
import { displayWidth } from "../../../src/util/text.ts";
import { plain } from "./fake.ts";

type Shown = Variable & { shown: boolean };

const variable = (name: string, value: string, source: VariableSource, more: Partial<Shown> = {}): Shown => ({
  name,
  value,
  source,
  overrides: [],
  shown: true,
  ...more,
});
const file = (line: number): VariableSource => ({ kind: "file", file: "/p/.env", line });

const lines = (variables: Shown[], more: Partial<ExplainedEnvironment> = {}, columns = 120): string[] =>
  environmentLines({ app: "api", root: "/p", variables, unset: [], leftAlone: [], ...more }, columns, plain);

test("the strongest source first, and by name within it", () => {
  const shown = lines([
    variable("B", "1", file(2)),
    variable("SHELL_A", "1", { kind: "shell" }),
    variable("PORT", "5050", { kind: "devpm" }),
    variable("A", "1", file(1)),
    variable("DEBUG", "1", { kind: "default" }),
    variable("URL", "x", { kind: "config" }),
    variable("VIRTUAL_ENV", "/v", { kind: "venv" }),
  ]);
  expect(shown[0]).toBe("api: 7 variables");
  expect(shown.slice(3, 10).map((line) => line.trimEnd().split(/ {2,}/).slice(0, 2))).toEqual([
    ["PORT", "devpm"],
    ["VIRTUAL_ENV", "venv"],
    ["URL", "configuration"],
    ["DEBUG", "devpm's default"],
    ["SHELL_A", "shell"],
    ["A", ".env:1"],
    ["B", ".env:2"],
  ]);
});

describe("a value", () => {
  test("may be hidden: its length shows whether it was cut", () => {
    const shown = lines([variable("SECRET_KEY", "abcdef", file(1), { shown: false })]);
    expect(shown.join("\n")).toContain("•••• 6 characters");
    expect(shown.join("\n")).not.toContain("abcdef");
    expect(shown.at(-1)).toBe("1 value hidden: --show NAME… shows some, --show alone all");
  });

  test("of one character is counted in the singular", () => {
    expect(lines([variable("A", "x", file(1), { shown: false })]).join("\n")).toContain("•••• 1 character");
  });

  test("takes one line, whatever is in it", () => {
    const shown = lines([variable("KEY", 'two\nlines "and" \u001B[31mred', file(1))]);
    expect(shown[3]).toContain(String.raw`two\nlines "and" \u001b[31mred`);
  });

  test("is cut to what the terminal has room for, but never below 24 columns", () => {
    const long = [variable("KEY", "x".repeat(200), file(1))];
    expect(lines(long, {}, 200)[3]).toContain(`${"x".repeat(59)}…`);
    expect(lines(long, {}, 44)[3]).toContain(`${"x".repeat(23)}…`);
    expect(lines(long, {}, 20)[3]).not.toContain("x");
  });

  test.each([50, 60, 80])("fits %i columns, also where the headings are wider than what is below them", (columns) => {
    const shown = lines([variable("A", "x".repeat(200), { kind: "shell" }, { overrides: [file(3)] })], {}, columns);
    expect(shown[3]).toContain("xxx");
    expect(displayWidth(shown[3] ?? "")).toBeLessThanOrEqual(columns);
  });
});

test("what a value was taken instead of", () => {
  const shown = lines([variable("A", "1", { kind: "shell" }, { overrides: [file(3), { kind: "default" }] })]);
  expect(shown[3]).toMatch(/^A +shell +1 +\.env:3, devpm's default$/);
});

test("what the configuration sets and an absent service keeps from being set", () => {
  expect(lines([], { unset: [{ name: "DATABASE_URL", service: "postgres" }] })).toContain(
    "DATABASE_URL of the configuration is left out: it needs postgres, which is absent",
  );
});

test("files that look as if they counted", () => {
  expect(lines([], { leftAlone: ["/p/.env.local", "/p/web/.env"] })).toContain(
    "not read by devpm: .env.local and web/.env",
  );
});

test("no variable, no remark", () => {
  expect(lines([])).toEqual(["api: 0 variables", "", "", ""]);
});
