import { expect, test } from "vitest";
import { FASTAPI, VITE, found, packageJson } from "../layout.ts";

type Files = Readonly<Record<string, string>>;

const said = (files: Files, backend: Files = { "main.py": FASTAPI }): string[] =>
  found({ ...backend, ...files }).notes.filter((note) => note.includes("builds again") || note.includes("build again"));

test.each([
  ["vite build --watch", "dev"],
  ['concurrently "sass a.scss b.css --watch" "vite build --watch"', "dev"],
  ["cross-env NODE_ENV=development tailwindcss -i a.css -o b.css -w", "start"],
  ["npx @tailwindcss/cli@4 -i a.css -o b.css --watch=always", "css"],
  ["webpack --watch", "watch"],
  ["parcel watch src/index.html", "build:watch"],
])("a script that goes on building is said: %s", (script, name) => {
  expect(said({ "ui/package.json": packageJson({ [name]: script }) })).toEqual([
    `not started: \`npm run ${name}\` in ui, which builds again after each save; add it to \`apps\` to have it started (ui/package.json:1)`,
  ]);
});

test("of several the one that is started by the usual name, else each; with the package's own manager", () => {
  const scripts = { "watch:css": "tailwindcss -i a -o b --watch", "watch:js": "esbuild a.js --watch" };
  const files = { "pnpm-lock.yaml": "", "package.json": packageJson(scripts) };
  expect(said(files)).toEqual([
    "not started: `pnpm run watch:css` and `pnpm run watch:js`, which build again after each save; add it to `apps` to have it started (package.json:1)",
  ]);
  const dev = '{ "scripts": {\n"css": "tailwindcss -i a -o b --watch",\n"dev": "webpack --watch" } }';
  expect(said({ ...files, "package.json": dev })).toEqual([
    "not started: `pnpm run dev`, which builds again after each save; add it to `apps` to have it started (package.json:3)",
  ]);
});

test.each<[string, Files]>([
  ["a build that ends", { "package.json": packageJson({ build: "vite build", css: "sass a b --watch=false" }) }],
  ["tests and types", { "package.json": packageJson({ "test:watch": "vite build --watch", t: "tsc --watch" }) }],
  ["another script of a front end", { "ui/package.json": packageJson({ dev: "vite", w: "vite build -w" }, ["vite"]) }],
  [
    "a library of a workspace",
    {
      "package.json": packageJson({}, [], { workspaces: ["packages/*"] }),
      "packages/ui/package.json": packageJson({ dev: "rollup -c --watch" }),
      "ui/package.json": VITE,
    },
  ],
  ["an example", { "examples/a/package.json": packageJson({ dev: "webpack --watch" }) }],
  ["an extension", { "extension/package.json": packageJson({ dev: "webpack --watch" }) }],
  [
    "an editor's extension",
    { "code/package.json": packageJson({ watch: "esbuild --watch" }, [], { engines: { vscode: "^1.90.0" } }) },
  ],
])("not of %s", (_, files) => {
  expect(said(files)).toEqual([]);
});

test("not where no backend serves it", () => {
  expect(said({ "package.json": packageJson({ dev: "vite build --watch" }), "ui/package.json": VITE }, {})).toEqual([]);
});
