import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import type { Command, Option } from "commander";
import { expect, test } from "vitest";
import { createProgram } from "../../../src/commands/program.ts";
import type { CliDeps } from "../../../src/commands/shared/invoke.ts";
import { catalog } from "../../../src/diagnostics/catalog.ts";

const REPOSITORY = path.resolve(import.meta.dirname, "../../..");
const program = createProgram({ version: "", terminal: {}, invocation: () => "devpm" } as unknown as CliDeps);

const textOf = (file: string): string => readFileSync(path.join(REPOSITORY, file), "utf8");

const pagesBelow = (folder: string): string[] =>
  readdirSync(path.join(REPOSITORY, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => path.join(folder, name));

const PAGES = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", ...pagesBelow("docs")];

const CALL = /^(?:\$ )?(?:npx |pnpm exec |yarn |bunx )?devpm(?= [a-z-])/;

/** What a page gives to type: code in a sentence, and lines of its blocks. */
function callsIn(text: string): string[] {
  const [prose, blocks] = [text.replaceAll(/^```[^]*?^```/gm, ""), text.match(/^```[^]*?^```/gm) ?? []];
  const inline = [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code.replaceAll("\\|", "|"));
  return [...inline, ...blocks.flatMap((block) => block.split("\n"))].filter((line) => CALL.test(line));
}

/** A quoted word is one; what follows two spaces, a comment or a shell's operator is not devpm's. `[--json]` may be left out. */
function wordsOf(call: string): string[] {
  const own = call.replace(CALL, "").split(/ {2,}| #| (?:[|>&;]|>>|&&) /)[0] ?? "";
  return (own.match(/'[^']*'|"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll(/^\[|[\],.;:]+$/g, ""));
}

/** A word of a page that stands for others: `APP`, `COMMAND…`. */
const isPlaceholder = (word: string): boolean => /^[A-Z_]+…?$/.test(word);

/** The value of a flag, or all that follow one of several. */
function dropValues(words: string[], { variadic }: Option): void {
  const end = words.findIndex((word) => word.startsWith("-"));
  words.splice(0, variadic ? (end < 0 ? words.length : end) : 1);
}

/** What the command line would not take, or null. */
function problemOf(call: string): string | null {
  let command: Command = program;
  let taken = 0;
  const words = wordsOf(call);
  while (words.length > 0) {
    const word = words.shift() ?? "";
    if (word === "--") return null;
    if (word.startsWith("-")) {
      const [flag] = word.split("=");
      const option = [command, program]
        .flatMap(({ options }) => options)
        .find(({ short, long }) => short === flag || long === flag);
      if (option === undefined && !["-h", "--help"].includes(word)) return `${call}: no flag ${word}`;
      if (option && (option.required || option.optional) && !word.includes("=")) dropValues(words, option);
    } else if (["help", "options", "…"].includes(word)) continue;
    else if (command.commands.length > 0) {
      if (isPlaceholder(word)) return null;
      const found = word.split("|").map((name) => command.commands.find((one) => one.name() === name));
      if (found.includes(undefined)) return `${call}: no command ${word}`;
      command = found[0] ?? command;
    } else {
      const argument = command.registeredArguments[Math.min(taken, command.registeredArguments.length - 1)];
      if (argument === undefined || (taken >= command.registeredArguments.length && !argument.variadic))
        return `${call}: ${word} is one word too many`;
      if (!isPlaceholder(word) && word.split("|").some((one) => argument.argChoices?.includes(one) === false))
        return `${call}: no ${word}`;
      taken++;
    }
  }
  return null;
}

test.each(PAGES)("%s names only commands and flags that there are", (page) => {
  // the last column of the guarantees has the names of tests
  const text = page.endsWith("guarantees.md") ? textOf(page).replaceAll(/\|[^|\n]*\|$/gm, "|") : textOf(page);
  expect(callsIn(text).flatMap((call) => problemOf(call) ?? [])).toEqual([]);
});

test("so do the pages of the diagnostics", () => {
  const calls = Object.values(catalog).flatMap(({ explain }) => callsIn(explain));
  expect(calls.length).toBeGreaterThan(20);
  expect(calls.flatMap((call) => problemOf(call) ?? [])).toEqual([]);
});

test("the pages name hundreds of them", () => {
  expect(PAGES.flatMap((page) => callsIn(textOf(page))).length).toBeGreaterThan(200);
});

test("pages are read as a person reads them", () => {
  expect(callsIn("Type `devpm dev -d`, or:\n\n```sh\nnpx devpm logs web -n 1  # one\nnothing\n```\n")).toEqual([
    "devpm dev -d",
    "npx devpm logs web -n 1  # one",
  ]);
});

test.each([
  ["devpm dve", "no command dve"],
  ["devpm infra up|dwn --json", "no command up|dwn"],
  ["devpm dev --deatch", "no flag --deatch"],
  ["npx devpm logs web -n 5 --forever  # all", "no flag --forever"],
  ["devpm status web", "web is one word too many"],
  ["devpm completion tcsh", "no tcsh"],
])("what the command line would refuse is found: %s", (call, problem) => {
  expect(problemOf(call)).toContain(problem);
});

test.each([
  "devpm dev --port web=5174 api=5051 --no-infra",
  "devpm -C 'my shop' down --forget",
  "devpm run backend -- pytest -x --lf",
  "devpm attach APP --eval 'p x' --json",
  "devpm infra up|down|status --json",
  "devpm help COMMAND",
  "devpm dev | sleep",
])("what it takes is not: %s", (call) => {
  expect(problemOf(call)).toBeNull();
});
