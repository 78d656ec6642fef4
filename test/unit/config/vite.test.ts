import { expect, test } from "vitest";
import { parsePackage, typedCommand } from "../../../src/config/dev-script.ts";
import { devScript, viteCommand } from "../../../src/config/vite.ts";

const npm = { manager: "npm", folder: "/p", lockFile: null } as const;
const bin = "/p/node_modules/vite/bin/vite.js";
const where = { packages: npm, cwd: "/p/ui", bin };
const DIRECT = ["node", bin];
const FLAGS = ["--port", "$PORT"];
const STRICT = [...FLAGS, "--strictPort"];

const packageJson = (dev: string, scripts: object = {}, dependencies: readonly string[] = ["vite"]): string =>
  JSON.stringify({
    scripts: { dev, ...scripts },
    devDependencies: Object.fromEntries(dependencies.map((name) => [name, "*"])),
  });

test.each([
  ["vite", [...DIRECT, ...STRICT]],
  ["vite --host 0.0.0.0", [...DIRECT, "--host", "0.0.0.0", ...STRICT]],
  ["vite dev --mode 'my mode'", [...DIRECT, "dev", "--mode", "my mode", ...STRICT]],
  // a second --port would make Vite refuse both
  ["vite --port 3000 --strictPort --open", [...DIRECT, "--open", ...STRICT]],
  ["vite --port=3000", [...DIRECT, ...STRICT]],
  // devpm is not started once more: the tool that the folder has is
  ["devpm dev", [...DIRECT, ...STRICT]],
  ["npx devpm dev", [...DIRECT, ...STRICT]],
  ["npm run stack", [...DIRECT, ...STRICT]],
])("a plain %s runs on Vite's own bin", (script, argv) => {
  expect(viteCommand(packageJson(script, { stack: "pnpm exec devpm dev" }), where)).toEqual({ argv, shell: false });
});

test.each([
  ["tsc -b && vite", "npm", ["npm", "run", "dev", "--", ...STRICT]],
  ["NODE_ENV=x vite --host", "pnpm", ["pnpm", "run", "dev", ...STRICT]],
  ["cross-env A=1 B=2 npx vite", "yarn", ["yarn", "run", "dev", ...STRICT]],
  ["bunx --bun vite", "bun", ["bun", "run", "dev", ...STRICT]],
  ["pnpm vite", "pnpm", ["pnpm", "run", "dev", ...STRICT]],
  ["npm exec -- vite", "npm", ["npm", "run", "dev", "--", ...STRICT]],
  ["dotenv -e ../.env -- vite", "npm", ["npm", "run", "dev", "--", ...STRICT]],
  ["doppler run --config dev -- vite", "npm", ["npm", "run", "dev", "--", ...STRICT]],
  ["env-cmd -f .env.dev vite", "npm", ["npm", "run", "dev", "--", ...STRICT]],
  ["node --inspect node_modules/vite/bin/vite.js", "npm", ["npm", "run", "dev", "--", ...STRICT]],
  ["react-router dev", "npm", ["npm", "run", "dev", "--", ...STRICT]],
  ["astro dev", "npm", ["npm", "run", "dev", "--", ...FLAGS]],
  ["next dev --turbo", "npm", ["npm", "run", "dev", "--", ...FLAGS]],
  ["nuxt dev", "yarn", ["yarn", "run", "dev", ...FLAGS]],
  ["ng serve", "npm", ["npm", "run", "dev", "--", ...FLAGS]],
  ["webpack serve --mode development", "npm", ["npm", "run", "dev", "--", ...FLAGS]],
  ["quasar dev", "npm", ["npm", "run", "dev", "--", ...FLAGS]],
  ["parcel src/index.html", "npm", ["npm", "run", "dev", "--", ...FLAGS]],
  // it goes by the variable PORT
  ["react-scripts start", "npm", ["npm", "run", "dev"]],
  // where these listen is seen when they do
  ["npm-run-all -p dev:*", "bun", ["bun", "run", "dev"]],
  ["turbo run dev", "pnpm", ["pnpm", "run", "dev"]],
  ["vite build --watch", "npm", ["npm", "run", "dev"]],
  ["vite & node mock.js", "npm", ["npm", "run", "dev"]],
  ["pnpm --filter web dev", "pnpm", ["pnpm", "run", "dev"]],
  ["cd ../other && npm run web", "npm", ["npm", "run", "dev"]],
  ["npm run dev", "npm", ["npm", "run", "dev"]],
] as const)("%s goes through %s", (script, manager, argv) => {
  const packages = { ...npm, manager };
  expect(viteCommand(packageJson(script), { ...where, packages })).toEqual({ argv: [...argv], shell: false });
});

test.each([
  ["tsc && vite --port 3000", "tsc && vite --port $PORT --strictPort"],
  ["astro dev --port=4000", "astro dev --port $PORT"],
  ["next dev -p 3000", "next dev --port $PORT"],
  ["PORT=3001 react-scripts start", "react-scripts start "],
  ["npm run web", "cross-env A=1 vite --port $PORT --strictPort"],
  ["dotenv -- pnpm web --host", "dotenv -- cross-env A=1 vite --host --port $PORT --strictPort"],
  [
    "concurrently 'node mock.js' 'npm:web'",
    "concurrently 'node mock.js' 'cross-env A=1 vite --port $PORT --strictPort'",
  ],
  [
    'concurrently -k "vite --port 80" "node mock.js"',
    "concurrently -k 'vite --port $PORT --strictPort' \"node mock.js\"",
  ],
])("%s is rewritten, with the programs of node_modules at hand", (script, line) => {
  const command = viteCommand(packageJson(script, { web: "cross-env A=1 vite" }), where);
  expect(command).toEqual({
    line: `export PATH=/p/ui/node_modules/.bin:/p/node_modules/.bin:"$PATH"; ${line}`.trimEnd(),
    shell: true,
  });
});

test.each([
  ["npm run dev", "vite", "npm run dev -- --port $PORT --strictPort"],
  ["pnpm dev", "vite", "pnpm dev --port $PORT --strictPort"],
  ["npm run dev -- --host", "vite", "npm run dev -- --host --port $PORT --strictPort"],
  ["npx next dev", "", "npx next dev --port $PORT"],
  ["npm run dev", "vite --port 3000", "vite --port $PORT --strictPort"],
  ["npm run dev", "devpm dev", "vite --port $PORT --strictPort"],
  ["node server.js", "", null],
  ["npm run dev", "node server.js", null],
  ["npm start", "vite", null],
  ["constructor", "toString", null],
])("typed: %s where dev is %j", (line, dev, typed) => {
  expect(typedCommand(line, parsePackage(packageJson(dev))!)).toBe(typed);
});

test.each([
  ['{ "scripts": { "dev": "vite" } }', "vite"],
  ['{ "scripts": {} }', null],
  ["{}", null],
  ["not JSON", null],
])("the dev script of %s", (text, script) => {
  expect(devScript(text)).toBe(script);
});
