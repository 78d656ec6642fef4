import { expect, test } from "vitest";
import { excludedNode } from "../../../src/preflight/node/engines.ts";
import { sampleApp, sampleProject } from "../plan/sample.ts";
import { commandResult } from "../command-result.ts";

type Files = Readonly<Record<string, string>>;

/** A front end in `/p/ui` that its package manager is about to install, on Node 20.20.2. */
function check(manager: string, files: Files, shell: Readonly<Record<string, string>> = {}) {
  const setup = [{ run: [manager, "install"], inputs: [], output: null, cwd: "/p/ui", title: "" }];
  const project = { ...sampleProject([sampleApp({ name: "web", cwd: "/p/ui", setup })]), root: "/p" };
  const result = commandResult({ stdout: "v20.20.2\n" });
  const system = {
    files: {
      read: (file: string) => Promise.resolve(files[file] ?? null),
      kind: (file: string) => Promise.resolve(file in files ? "file" : null),
    },
    commands: { run: () => Promise.resolve(result) },
    environment: { cwd: "/p", home: "/home/ana", shell },
  };
  return excludedNode(system as unknown as Parameters<typeof excludedNode>[0], project);
}

const engines = (node: string): string => JSON.stringify({ engines: { node } });
const WANTS_24 = { "/p/ui/package.json": engines(">=24") };
const STRICT = "engine-strict=true\n";

test.each<[string, string, Files]>([
  ["yarn 1", "yarn", {}],
  ["npm (engine-strict)", "npm", { "/p/ui/.npmrc": STRICT }],
  ["npm (engine-strict)", "npm", { "/home/ana/.npmrc": STRICT }],
  ["pnpm (engine-strict)", "pnpm", { "/p/ui/.npmrc": STRICT }],
  ["pnpm (engine-strict)", "pnpm", { "/p/ui/pnpm-workspace.yaml": "engineStrict: true\n" }],
])("an error where %s would refuse", async (by, manager, files) => {
  const { errors, notices } = await check(manager, { ...WANTS_24, ...files });
  expect(notices).toEqual([]);
  expect(errors).toMatchObject([
    {
      code: "DEVPM_NODE_VERSION",
      summary: "Node 20.20.2 does not fit: ui/package.json asks for >=24",
      evidence: [
        ["needed by", "web"],
        ["asked by", "engines.node in ui/package.json"],
        ["refused by", by],
      ],
      fixes: [{ command: "npx --yes --package node@24 -- devpm dev" }],
    },
  ]);
});

test.each<[string, Files]>([
  ["npm", {}],
  ["pnpm", {}],
  ["bun", {}],
  ["yarn", { "/p/ui/.yarnrc.yml": "" }],
])("a line where %s only warns, with the command", async (manager, files) => {
  const { errors, notices } = await check(manager, { ...WANTS_24, ...files });
  expect(errors).toEqual([]);
  expect(notices).toEqual([
    "web: ui/package.json asks for Node >=24, this is 20.20.2; with one that fits: npx --yes --package node@24 -- devpm dev",
  ]);
});

test.each([
  ["22.13.1", "node@22.13.1 "],
  [">=22.0.0 <24.0.0", "node@22 "],
  ["^18.18 || >=22.12", "node@18 "],
])("the version to take for %s", async (range, version) => {
  const { notices } = await check("npm", { "/p/ui/package.json": engines(range) });
  expect(notices[0]).toContain(version);
});

test("with nvm its own command", async () => {
  const { notices } = await check("npm", WANTS_24, { NVM_DIR: "/home/ana/.nvm" });
  expect(notices[0]).toMatch(/: \. "\$NVM_DIR\/nvm\.sh" && nvm install 24 && devpm dev$/);
});

test.each([engines(">=18"), engines("lts/*"), '{"engines":{"npm":">=99"}}', "{", '{"engines":"node"}'])(
  "nothing for %s",
  async (text) => expect(await check("yarn", { "/p/ui/package.json": text })).toEqual({ errors: [], notices: [] }),
);
