import { expect, test } from "vitest";
import { devScript, viteCommand } from "../../../src/config/vite.ts";

const npm = { manager: "npm", folder: "/p", lockFile: null } as const;
const bin = "/p/node_modules/vite/bin/vite.js";
const DIRECT = ["node", bin];
const PORT = ["--port", "$PORT", "--strictPort"];

test.each([
  ["vite", [...DIRECT, ...PORT]],
  ["vite --host 0.0.0.0", [...DIRECT, "--host", "0.0.0.0", ...PORT]],
  ["vite dev --mode 'my mode'", [...DIRECT, "dev", "--mode", "my mode", ...PORT]],
  // a second --port would make Vite refuse both
  ["vite --port 3000 --strictPort --open", [...DIRECT, "--open", ...PORT]],
  ["vite --port=3000", [...DIRECT, ...PORT]],
])("a plain %s runs on Vite's own bin", (script, argv) => {
  expect(viteCommand(script, bin, npm)).toEqual({ argv, shell: false });
});

test.each([
  ["tsc -b && vite", "npm", ["npm", "run", "dev", "--", ...PORT]],
  ["NODE_ENV=x vite --host", "pnpm", ["pnpm", "run", "dev", ...PORT]],
  ["cross-env A=1 B=2 npx vite", "yarn", ["yarn", "run", "dev", ...PORT]],
  ["npm-run-all -p dev:*", "bun", ["bun", "run", "dev"]],
  ["vite build --watch", "npm", ["npm", "run", "dev"]],
  ["vite & node mock.js", "npm", ["npm", "run", "dev"]],
  ["tsc && vite --port 3000", "npm", ["npm", "run", "dev"]],
] as const)("%s goes through %s", (script, manager, argv) => {
  expect(viteCommand(script, bin, { ...npm, manager })).toEqual({ argv: [...argv], shell: false });
});

test.each([
  ['{ "scripts": { "dev": "vite" } }', "vite"],
  ['{ "scripts": {} }', null],
  ["{}", null],
  ["not JSON", null],
])("the dev script of %s", (text, script) => {
  expect(devScript(text)).toBe(script);
});
