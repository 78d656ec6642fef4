import { spawnSync } from "node:child_process";
import { cpSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { violations } from "../rigs/layers.ts";
import { sourceTree } from "../rigs/source-tree.ts";

const REPOSITORY = path.resolve(import.meta.dirname, "../..");

const importing = (from: string, to: string, what = "{ b }"): string => {
  const relative = path.relative(path.dirname(from), to);
  return `import ${what} from "${relative.startsWith(".") ? relative : `./${relative}`}";\n`;
};

test("this tree keeps the rules", () => {
  expect(violations(REPOSITORY)).toEqual([]);
});

test.each([
  ['import { spawn } from "node:child_process";', 'src/infra/a.ts: imports "node:child_process": only src/system'],
  ['import net from "node:net";', 'imports "node:net"'],
  ['import { readFile } from "node:fs/promises";', 'imports "node:fs/promises"'],
  ['import { request } from "node:https";', 'imports "node:https"'],
  ['import process from "node:process";', 'imports "node:process"'],
  ['const pm2 = await import("pm2");', 'imports "pm2"'],
  ['export { default } from "dockerode";', 'imports "dockerode"'],
  ['import "tsx";', 'imports "tsx"'],
  ["import {\n  execa,\n  type Options,\n} from 'execa';", 'imports "execa"'],
  ['const kill = require("kill-port");', 'imports "kill-port"'],
  ["const started = Date.now();", "src/infra/a.ts: Date.now: time and chance"],
  ["const started = new Date( );", "time and chance"],
])("a folder that touches the outside itself is found: %s", (line, expected) => {
  expect(violations(sourceTree({ "infra/a.ts": line }))).toEqual([expect.stringContaining(expected)]);
});

test("what does not touch the outside passes", () => {
  const root = sourceTree({
    "infra/a.ts": [
      'import path from "node:path";',
      'import type { Socket } from "node:net";',
      'import { z } from "zod";',
      '// import "pm2";',
      'const text = "/* no comment"; const at = new Date("2026-01-01"); /* import "execa" */',
    ].join("\n"),
    "system/b.ts": 'import { spawn } from "node:child_process";\nimport pm2 from "pm2";\nconst now = Date.now();',
    "cli.ts": 'import { commands } from "./system/b.ts";\nconst now = new Date();',
    "teardown/sentinel-main.ts": 'import { commands } from "../system/b.ts";\nimport net from "node:net";',
  });
  expect(violations(root)).toEqual([]);
});

test.each([
  ["config/a.ts", "plan/b.ts", "config comes before plan"],
  ["plan/a.ts", "infra/b.ts", "plan comes before infra"],
  ["logs/a.ts", "reload/b.ts", "logs comes before reload"],
  ["session/a.ts", "ui/b.ts", "session comes before ui"],
  ["detect/parse/a.ts", "detect/python/b.ts", "parse comes before python"],
  ["detect/ports/a.ts", "detect/notes/b.ts", "ports comes before notes"],
  ["util/a.ts", "config/b.ts", "util knows no stage"],
  ["system/a.ts", "infra/b.ts", "system knows no stage"],
  ["diagnostics/a.ts", "ui/b.ts", "diagnostics knows no stage"],
  ["config/a.ts", "cli.ts", "composition root"],
  ["config/a.ts", "index.ts", "the public API is for users"],
  ["index.ts", "session/b.ts", "the public API knows only config"],
  ["model/a.ts", "system/b.ts", "model is below system"],
  ["model/a.ts", "config/b.ts", "model knows no stage"],
  ["util/a.ts", "diagnostics/b.ts", "util is below diagnostics"],
])("%s may not know %s", (from, to, expected) => {
  const root = sourceTree({ [from]: importing(from, to), [to]: "" });
  expect(violations(root)).toEqual([expect.stringContaining(expected)]);
});

test("of the system a stage imports types and what is pure, of the model everything", () => {
  const files = {
    "system/pm2/pm2.ts": 'import pm2 from "pm2";',
    "system/words.ts": "export const same = true;",
    "model/events.ts": "export const nothing = null;",
    "session/session.ts": "",
  };
  const taking = (line: string): string[] => violations(sourceTree({ ...files, "infra/a.ts": line }));
  expect(taking(importing("infra/a.ts", "system/pm2/pm2.ts", "type { Pm2 }"))).toEqual([]);
  expect(taking(importing("infra/a.ts", "system/words.ts"))).toEqual([]);
  expect(taking(importing("infra/a.ts", "model/events.ts", "{ nothing }"))).toEqual([]);
  expect(taking(importing("infra/a.ts", "system/pm2/pm2.ts"))).toEqual([
    expect.stringContaining("receives the system"),
  ]);
  expect(taking(importing("infra/a.ts", "session/session.ts", "type { S }"))).toEqual([
    expect.stringContaining("infra comes before session"),
  ]);
});

test.each(["{ a }", "type { A }"])("a cycle of imports is caught, also one closed by %s", (what) => {
  const root = sourceTree({
    "plan/a.ts": importing("plan/a.ts", "plan/b.ts"),
    "plan/b.ts": importing("plan/b.ts", "plan/a.ts", what),
  });
  expect(violations(root)).toEqual(["import cycle: plan/a.ts → plan/b.ts → plan/a.ts"]);
});

test("rooms of one line know each other, and a room what is beside it", () => {
  const root = sourceTree({
    "detect/python/a.ts": importing("detect/python/a.ts", "detect/compose/b.ts"),
    "detect/compose/b.ts": importing("detect/compose/b.ts", "detect/python/c.ts"),
    "detect/python/c.ts": importing("detect/python/c.ts", "detect/context.ts"),
    "detect/context.ts": "",
    "detect/detect.ts": importing("detect/detect.ts", "detect/python/a.ts"),
  });
  expect(violations(root)).toEqual([]);
});

test("a room of detection without a place is an error", () => {
  const root = sourceTree({
    "detect/attic/a.ts": importing("detect/attic/a.ts", "detect/parse/b.ts"),
    "detect/parse/b.ts": "",
  });
  expect(() => violations(root)).toThrow("src/detect/attic is no known room");
});

test("a folder without a place among the stages is an error", () => {
  const root = sourceTree({ "attic/a.ts": importing("attic/a.ts", "plan/b.ts"), "plan/b.ts": "" });
  expect(() => violations(root)).toThrow("src/attic is no known folder");
});

test("the linter keeps the globals out of the stages, and only there", { timeout: 30_000 }, () => {
  const uses = [
    "export const a = process.pid;",
    'console.log("said");',
    "setTimeout(a, 5);",
    "setInterval(a, 5);",
    "setImmediate(a);",
    "export const b = performance.now();",
    'export const c = fetch("/");',
  ].join("\n");
  const root = sourceTree({
    "infra/a.ts": uses,
    "system/a.ts": uses,
    "cli.ts": uses,
    "teardown/sentinel-main.ts": uses,
    "pm2/own.ts": "export const pidOf = (process: { pid: number }): number => process.pid;",
    "plan/a.ts": importing("plan/a.ts", "plan/b.ts", "{ b }") + "export const a = b;",
    "plan/b.ts": importing("plan/b.ts", "plan/a.ts", "{ a }") + "export const b = a;",
  });
  cpSync(path.join(REPOSITORY, ".oxlintrc.json"), path.join(root, ".oxlintrc.json"));
  const linted = spawnSync(
    process.execPath,
    [path.join(REPOSITORY, "node_modules/oxlint/bin/oxlint"), "-f", "json", "-c", ".oxlintrc.json", "src"],
    {
      cwd: root,
      encoding: "utf8",
      // its type-aware half is a program of its own, looked for on PATH where the folder has no node_modules
      env: { ...process.env, PATH: `${path.join(REPOSITORY, "node_modules/.bin")}:${process.env.PATH}` },
    },
  );
  const found = (JSON.parse(linted.stdout) as { diagnostics: { code: string; filename: string; message: string }[] })
    .diagnostics;
  const of = (code: string): string[] =>
    found.filter((one) => one.code.includes(code)).map(({ filename, message }) => `${filename}: ${message}`);
  expect(of("no-restricted-globals").toSorted()).toEqual(
    ["console", "fetch", "performance", "process", "setImmediate", "setInterval", "setTimeout"].map((name) =>
      expect.stringMatching(new RegExp(`^src/infra/a\\.ts: .*'${name}'`)),
    ),
  );
  expect(
    of("no-cycle")
      .map((line) => line.replace(/:.*/, ""))
      .toSorted(),
  ).toEqual(["src/plan/a.ts", "src/plan/b.ts"]);
  expect(linted.status).toBe(1);
});
