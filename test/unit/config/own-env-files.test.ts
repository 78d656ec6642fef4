import { expect, test } from "vitest";
import { readsOwnEnvFiles } from "../../../src/config/own-env-files.ts";
import { parseCommand } from "../../../src/config/command-line.ts";
import { folderWith, outside } from "./outside.ts";

const SCRIPTS = {
  dev: "next dev",
  serve: "pnpm run inner",
  inner: "cross-env X=1 astro dev",
  api: "tsx watch server.ts",
  loop: "npm run loop",
};

test.each([
  ["next dev", true],
  ["npx nuxi dev", true],
  ["./node_modules/.bin/vite --host", true],
  ["npm run dev", true],
  ["pnpm dev", true],
  ["yarn serve", true],
  ["PORT=1 npm run dev && true", true],
  ["bun run server.ts", true],
  ["npm run api", false],
  ["npm run loop", false],
  ["npm run gone", false],
  ["node server.js", false],
  ["python -m next_steps", false],
  ["python -m worker dev", false],
])("%s reads its own files: %s", async (line, expected) => {
  const root = folderWith({ "package.json": JSON.stringify({ scripts: SCRIPTS }) });
  expect(await readsOwnEnvFiles(parseCommand(line), root, outside(root).files)).toBe(expected);
});

test.each(["{", "[]", '{"scripts": 1}', '{"scripts": {"dev": 1}}', "null"])(
  "a package.json that says nothing: %s",
  async (text) => {
    const root = folderWith({ "package.json": text });
    expect(await readsOwnEnvFiles(parseCommand("npm run dev"), root, outside(root).files)).toBe(false);
  },
);
