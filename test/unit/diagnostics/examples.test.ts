import { readFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { catalog } from "../../../src/diagnostics/catalog.ts";
import { createAsTyped } from "../../../src/diagnostics/as-typed.ts";
import { diagnosticJson, printDiagnostic } from "../../../src/diagnostics/print.ts";
import { displayWidth } from "../../../src/util/text.ts";
import { plain } from "../ui/fake.ts";
import { APP, FOLDER, examples } from "./examples.ts";

const EXAMPLES = examples();
const named = EXAMPLES.map((one, index) => [`${index} ${one.code}: ${one.summary}`, one] as const);
const asTyped = (text: string): string => text;

/** Those that only a whole session, or another Node, brings: their own tests trigger them. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  "DEVPM_CONFIG_EXISTS",
  "DEVPM_COMMAND_NOT_FOUND",
  "DEVPM_GUARDIAN_FAILED",
  "DEVPM_NODE_TOO_OLD",
  "DEVPM_PORT_NOT_FREED",
  "DEVPM_KAFKA_ADVERTISES_ELSEWHERE",
]);

test("there is an example of every code", () => {
  const shown = new Set<string>(EXAMPLES.map(({ code }) => code));
  const codes = Object.keys(catalog).filter((code) => !ELSEWHERE.has(code));
  expect(codes.filter((code) => !shown.has(code))).toEqual([]);
});

test("every code has its page in docs/errors.md", () => {
  const docs = readFileSync(path.resolve(import.meta.dirname, "../../../docs/errors.md"), "utf8");
  for (const code of Object.keys(catalog)) expect(docs, code).toContain(`## ${code}\n`);
});

describe("each example", () => {
  test.each(named)("%s takes at most 14 lines", (_, diagnostic) => {
    const text = printDiagnostic(diagnostic, { columns: 100, colors: plain, asTyped });
    expect(text.split("\n").length, text).toBeLessThanOrEqual(14);
  });

  test.each(named)("%s breaks no command in a narrow terminal, and its prose fits", (_, diagnostic) => {
    const text = printDiagnostic(diagnostic, { columns: 60, colors: plain, asTyped });
    const printed = text.split("\n").map((line) => line.trim());
    for (const { command } of diagnostic.fixes)
      expect(
        printed.some((line) => line.endsWith(command)),
        `${command}\n${text}`,
      ).toBe(true);
    const prose = diagnostic.state ?? "";
    for (const line of text
      .split("\n")
      .filter((one) => prose !== "" && prose.includes(one.trim()) && one.trim() !== ""))
      expect(displayWidth(line)).toBeLessThanOrEqual(60);
  });

  test.each(named)("%s is one sentence without an end, and not the page's title", (_, diagnostic) => {
    expect(diagnostic.summary).not.toMatch(/[.\n]$|\n/);
    expect(diagnostic.summary.length).toBeGreaterThan(8);
    expect(catalog[diagnostic.code]).toBeDefined();
  });

  test.each(named)("%s: its first fix destroys nothing", (_, { code, summary, fixes }) => {
    // where something has to end, and nothing else helps
    const mustEnd = code === "DEVPM_TEARDOWN_INCOMPLETE" || summary.startsWith("another version of devpm");
    const destructive = /\b(?:kill(?! -CONT)|rm|prune|down|free-ports)\b|--volumes|--force/;
    if (!mustEnd) expect(fixes[0]?.command ?? "").not.toMatch(destructive);
  });

  test.each(named)("%s ends every state with a full stop", (_, { state }) => {
    // a command to type has no full stop after it
    if (state !== undefined) expect(state).toMatch(/\.$|: devpm [\w-]+.*$/);
  });

  test.each(named)("%s has a form for scripts that holds the same", (_, diagnostic) => {
    const json = JSON.parse(JSON.stringify(diagnosticJson(diagnostic, asTyped))) as Record<string, unknown>;
    expect(json).toMatchObject({ code: diagnostic.code, summary: diagnostic.summary, fixes: diagnostic.fixes });
    expect(Object.keys(json).toSorted()).toEqual([
      "code",
      "evidence",
      "excerpt",
      "fixes",
      "severity",
      "state",
      "summary",
    ]);
  });
});

const FIXES = EXAMPLES.flatMap(({ code, fixes }) => fixes.map(({ label, command }) => ({ code, label, command })));

/** Runs a script in a shell that knows no program. */
const inShell = (script: string): { stdout: string; stderr: string } =>
  spawnSync("/bin/sh", ["-c", script], { encoding: "utf8", env: {} });

describe("what can be pasted", () => {
  test("is valid in a shell, whatever the names and folders are", () => {
    const wrong = FIXES.map(({ command }, index) => `fix${index}() {\n${command}\n}`).join("\n");
    expect(inShell(wrong)).toMatchObject({ stdout: "", stderr: "" });
  });

  test("keeps an app's name and a folder in one word", () => {
    const awkward = FIXES.filter(({ command }) => command.includes("my api") || command.includes("My Shop"));
    const programs =
      "devpm docker kill ls df pm2 cd npm sudo python3 sh install brew ssh touch uv pnpm npx pyenv pipx mv sed".split(
        " ",
      );
    // each program shows the words that it got
    const show = String.raw`show() { for w in "$@"; do printf '<%s>' "$w"; done; }`;
    const stubs = programs.map((name) => `${name}() { show "$@"; }`);
    const runs = awkward.map(({ command }) => `(\n${command}\n) 2> /dev/null; echo`);
    const shown = inShell([show, ...stubs, ...runs].join("\n")).stdout.split("\n");
    for (const [index, { code, command }] of awkward.entries()) {
      const words = shown[index]?.match(/<[^>]*>/g) ?? [];
      const story = `${code}: ${command} → ${words.join(" ")}`;
      expect(
        words.some((word) => /^<(?:my|api|Shop\/.*|\/home\/ana\/My)>$/.test(word)),
        story,
      ).toBe(false);
      const whole = words.some((word) => word.includes(APP) || word.includes(FOLDER));
      expect(whole || /^PM2_HOME=|^'|>> '/.test(command), story).toBe(true);
    }
  });

  test("is written with a bare devpm, and shown as it is typed here", () => {
    const typed = createAsTyped({ program: () => "npx devpm", place: "" });
    for (const { command } of FIXES) {
      const calls = command.match(/(?<![\w./-])devpm (?=[a-z-])/g)?.length ?? 0;
      expect(typed(command).match(/npx devpm /g)?.length ?? 0, command).toBe(calls);
    }
  });
});
