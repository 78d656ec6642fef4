import { expect, test } from "vitest";
import type { FoundFault } from "../../../src/errors/found.ts";
import { frontendFinder } from "../../../src/errors/frontend.ts";

function foundIn(text: string): FoundFault[] {
  const finder = frontendFinder();
  const found = text.split("\n").flatMap((line) => finder.line(line));
  return [...found, ...finder.rest()];
}

const short = ({ kind, message, places: [first] }: FoundFault): unknown => [
  kind,
  message,
  first ? `${first.file}:${first.line}` : null,
];

test.for<[what: string, text: string, expected: unknown]>([
  [
    "Vite 8 with oxc",
    `5:39:13 AM [vite] Internal server error: Transform failed with 1 error:

[PARSE_ERROR] Expected \`}\` but found \`EOF\`
   ╭─[ src/hello.tsx:4:72 ]
   │
 4 │ export function hello(
───╯

  Plugin: vite:oxc
  File: /p/ui/src/hello.tsx
      at transformWithOxc (file:///p/node_modules/vite/dist/node/chunks/node.js:7673:19)
5:39:14 AM [vite] (client) page reload src/main.js`,
    ["frontend", "[PARSE_ERROR] Expected `}` but found `EOF`", "src/hello.tsx:4"],
  ],
  [
    "an import that cannot be resolved",
    `5:39:14 AM [vite] (client) Pre-transform error: Failed to resolve import "./nope" from "src/main.js". Does the file exist?
  Plugin: vite:import-analysis
  File: /p/ui/src/main.js:1:19
  1  |  import { x } from "./nope";`,
    ["frontend", 'Failed to resolve import "./nope" from "src/main.js". Does the file exist?', "/p/ui/src/main.js:1"],
  ],
  [
    "Babel, in Vite 5",
    `[vite] Internal server error: /p/ui/src/App.jsx: Unexpected token (5:10)`,
    ["frontend", "Unexpected token (5:10)", "/p/ui/src/App.jsx:5"],
  ],
  [
    "a browser's unhandled error",
    `5:40:01 AM [vite] (client) [Unhandled error] ReferenceError: missing is not defined
 > start src/start.js:2:3
    1 | export function start() {
    2 |   return missing.value;
 > src/main.js:5:1`,
    ["browser", "ReferenceError: missing is not defined", "src/start.js:2"],
  ],
  [
    "a console.error",
    `5:40:01 AM [vite] (client) [console.error] the cart is empty`,
    ["browser", "the cart is empty", null],
  ],
  [
    "webpack",
    `ERROR in ./src/App.js 3:5-10\nModule parse failed: Unexpected token (3:5)`,
    ["frontend", "Module parse failed: Unexpected token (3:5)", "./src/App.js:3"],
  ],
  [
    "esbuild",
    `✘ [ERROR] Expected ")" but found "}"\n\n    src/a.ts:7:2:\n      7 │ }`,
    ["frontend", 'Expected ")" but found "}"', "src/a.ts:7"],
  ],
  [
    "tsc",
    `src/a.ts(3,5): error TS2304: Cannot find name 'x'.`,
    ["frontend", "TS2304: Cannot find name 'x'.", "src/a.ts:3"],
  ],
  [
    "tsc, pretty",
    `src/a.ts:3:5 - error TS2304: Cannot find name 'x'.`,
    ["frontend", "TS2304: Cannot find name 'x'.", "src/a.ts:3"],
  ],
  [
    "Next",
    ` ⨯ ./app/page.tsx:3:5\nModule not found: Can't resolve './x'`,
    ["frontend", "Module not found: Can't resolve './x'", "./app/page.tsx:3"],
  ],
  [
    "node",
    `file:///p/server.mjs:3\nthrow new Error("x");\n      ^\n\nError: x\n    at main (file:///p/server.mjs:3:7)`,
    ["frontend", "Error: x", "/p/server.mjs:3"],
  ],
])("%s", ([, text, expected]) => {
  expect(foundIn(text).map(short)).toEqual([expected]);
});

test("what a page loaded after a hot update is a position in the module, not in the file", () => {
  const [fault] = foundIn("[vite] (client) [Unhandled error] Error: x\n > start src/start.ts?t=17959:2:3");
  expect(fault!.places).toEqual([{ file: "src/start.ts", line: null, generated: { line: 2, column: 3 } }]);
});

test.for([
  "[vite] (client) [console.error] [vite] Failed to reload /src/App.jsx. This could be due to syntax errors",
  "[vite] (client) [console.error] [vite] Internal Server Error",
  "[vite] (client) [Unhandled rejection] TypeError: Failed to fetch dynamically imported module: http://localhost/x.js",
])("what the browser repeats of a fault of Vite's is none: %s", (line) => {
  expect(foundIn(line)).toEqual([]);
});

test.for([
  "Error: handled, and logged without a stack",
  "0 errors, 2 warnings",
  "[vite] (client) hmr update /src/error.js",
])("%s is no fault", (line) => {
  expect(foundIn(`${line}\nsomething else`)).toEqual([]);
});

test("a stack within Vite's report belongs to it", () => {
  const text = `[vite] Internal server error: boom\n  File: /p/a.js:1:2\nError: boom\n    at f (file:///p/node_modules/x.js:1:1)`;
  expect(foundIn(text)).toHaveLength(1);
});
