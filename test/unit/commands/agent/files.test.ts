import { expect, test } from "vitest";
import { changes, sectionOf, type Present } from "../../../../src/commands/agent/files.ts";
import type { Change } from "../../../../src/commands/shared/editor-files.ts";

const nothing: Present = {
  agents: null,
  claude: null,
  mcp: null,
  vscodeMcp: null,
  vscodeLaunch: null,
  hasVscode: false,
};
const TYPED = "npx devpm";

const textOf = (found: readonly Change[], file: string): string => {
  const change = found.find((one) => one.file === file);
  if (!change || !("text" in change)) throw new Error(`${file} is not written`);
  return change.text;
};

test("an empty project gets AGENTS.md and .mcp.json", () => {
  const found = changes(nothing, TYPED);
  expect(found.map(({ file }) => file)).toEqual(["AGENTS.md", ".mcp.json"]);
  expect(textOf(found, "AGENTS.md")).toContain("npx devpm wait --for reload");
  expect(JSON.parse(textOf(found, ".mcp.json"))).toEqual({
    mcpServers: { devpm: { command: "npx", args: ["devpm", "mcp"] } },
  });
});

test("a devpm whose path needs quotes in a shell is a program and its arguments in .mcp.json", () => {
  const found = changes(nothing, "'/my tools/devpm.js'");
  expect(JSON.parse(textOf(found, ".mcp.json"))).toEqual({
    mcpServers: { devpm: { command: "/my tools/devpm.js", args: ["mcp"] } },
  });
});

test("a second run changes nothing", () => {
  const first = changes({ ...nothing, claude: "# mine\n", hasVscode: true }, TYPED);
  const present: Present = {
    agents: textOf(first, "AGENTS.md"),
    claude: textOf(first, "CLAUDE.md"),
    mcp: textOf(first, ".mcp.json"),
    vscodeMcp: textOf(first, ".vscode/mcp.json"),
    vscodeLaunch: textOf(first, ".vscode/launch.json"),
    hasVscode: true,
  };
  expect(changes(present, TYPED)).toEqual([]);
});

test("what others wrote stays, and an older section is renewed where it is", () => {
  const old = sectionOf("devpm");
  const found = changes(
    { ...nothing, agents: `# Mine\n\n${old}\n\n## More\n`, mcp: '{ "mcpServers": { "other": {} } }' },
    TYPED,
  );
  expect(textOf(found, "AGENTS.md")).toBe(`# Mine\n\n${sectionOf(TYPED)}\n\n## More\n`);
  expect(JSON.parse(textOf(found, ".mcp.json"))).toMatchObject({ mcpServers: { other: {}, devpm: {} } });
  // an entry that is there is the user's
  expect(changes({ ...nothing, mcp: '{ "mcpServers": { "devpm": 1 } }' }, TYPED).map(({ file }) => file)).toEqual([
    "AGENTS.md",
  ]);
});

test("what others wrote keeps every byte, its ends of lines and its indentation", () => {
  const found = changes(
    { ...nothing, agents: "# Mine  \r\nend", claude: "# Mine\n\n\n", mcp: '{\r\n\t"mine": [1]\r\n}' },
    TYPED,
  );
  const crlf = sectionOf(TYPED).replaceAll("\n", "\r\n");
  expect(textOf(found, "AGENTS.md")).toBe(`# Mine  \r\nend\r\n\r\n${crlf}\r\n`);
  expect(textOf(found, "CLAUDE.md")).toBe(`# Mine\n\n\n${sectionOf(TYPED)}\n`);
  expect(textOf(found, ".mcp.json")).toMatch(/^\{\r\n\t"mine": \[\r\n\t\t1\r\n[^]*\r\n\t\}\r\n\}$/);
  const present = { ...nothing, agents: textOf(found, "AGENTS.md"), mcp: textOf(found, ".mcp.json") };
  expect(changes(present, TYPED)).toEqual([]);
});

test.for<[present: Partial<Present>, file: string]>([
  [{ mcp: "// mine\n{}" }, ".mcp.json"],
  [{ mcp: "[]" }, ".mcp.json"],
  [{ mcp: '{ "mcpServers": [] }' }, ".mcp.json"],
  [{ hasVscode: true, vscodeLaunch: "// mine\n{}" }, ".vscode/launch.json"],
  [{ hasVscode: true, vscodeLaunch: '{ "configurations": {} }' }, ".vscode/launch.json"],
  [{ agents: "<!-- devpm: end -->" }, "AGENTS.md"],
])("%j: %s is left alone, with the reason", ([present, file]) => {
  const change = changes({ ...nothing, ...present }, TYPED).find((one) => one.file === file);
  expect(change).toHaveProperty("leftAlone");
});

test("apps with a debugger get an entry each, beside the user's own of any name", () => {
  const attachable = [
    { name: "api", toolchain: "python", port: 5678 },
    { name: "web", toolchain: "node", port: 9229 },
  ] as const;
  const mine = { name: "devpm: attach to web", type: "node", request: "attach", port: 1 };
  const vscodeLaunch = JSON.stringify({ version: "0.2.0", inputs: [], configurations: [mine] });
  const written = textOf(
    changes({ ...nothing, hasVscode: true, vscodeLaunch }, TYPED, attachable),
    ".vscode/launch.json",
  );
  expect(JSON.parse(written)).toEqual({
    version: "0.2.0",
    inputs: [],
    configurations: [
      mine,
      { name: "devpm dev", type: "node-terminal", request: "launch", command: "npx devpm dev" },
      {
        ...{ name: "devpm: attach to api", type: "debugpy", request: "attach", restart: true, justMyCode: true },
        connect: { host: "127.0.0.1", port: 5678 },
      },
    ],
  });
  const again = changes({ ...nothing, hasVscode: true, vscodeLaunch: written }, TYPED, attachable);
  expect(again.map(({ file }) => file)).not.toContain(".vscode/launch.json");
});

test("a CLAUDE.md that refers to AGENTS.md needs no section of its own", () => {
  expect(changes({ ...nothing, claude: "@AGENTS.md\n" }, TYPED).map(({ file }) => file)).not.toContain("CLAUDE.md");
});
