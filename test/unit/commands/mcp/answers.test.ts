import { expect, test } from "vitest";
import { bounded, tokens } from "../../../../src/commands/mcp/bounded.ts";
import { createSecrets } from "../../../../src/commands/mcp/secrets.ts";
import { TOOLS } from "../../../../src/commands/mcp/tools.ts";
import { files } from "../../../../src/system/files/files.ts";

const many = (line: string): string => Array.from({ length: 300 }, (_, n) => `${n} ${line}`).join("\n");

test.for([
  "plain text of a usual line in a log",
  "市場の記録",
  "\u{1F600}\u{1F600}",
  "a".repeat(50_000),
  "市".repeat(50_000),
])("an answer has at most 2 000 tokens, of either end: %s", (line) => {
  for (const keep of ["start", "end"] as const) {
    const text = bounded(many(line), keep);
    expect(tokens(text)).toBeLessThanOrEqual(2_000);
    expect(text).toContain("lines are left out");
    expect(text.split("\n")[keep === "start" ? 0 : 1]).toMatch(keep === "start" ? /^0 / : /^\d+ /);
    expect(text.includes("299 ")).toBe(keep === "end");
  }
});

test("a short answer is as it was", () => {
  expect(bounded("one\ntwo", "end")).toBe("one\ntwo");
});

test("values of secrets are hidden, whatever is printed around them; other values are not", () => {
  const secrets = createSecrets(
    files,
    { env: "/nowhere", root: "/nowhere" },
    {
      SECRET_KEY: "abcdef123456",
      API_TOKEN: "abcdef1234567890",
      DATABASE_URL: "postgresql://ana:pa55word@db/x",
      PASSWORD: "yes",
      HOME: "/home/ana",
      SSH_AUTH_SOCK: "/tmp/agent.sock",
      GREETING: "good morning",
    },
  );
  const hidden = secrets.hide(
    "a=abcdef123456, abcdef1234567890; pa55word! /home/ana good morning yes /tmp/agent.sock redis://:12345@r/0 OTHER_TOKEN='zzz999'",
  );
  expect(hidden).toBe(
    "a=[hidden], [hidden]; [hidden]! /home/ana good morning yes /tmp/agent.sock redis://:[hidden]@r/0 OTHER_TOKEN='[hidden]'",
  );
});

test("an argument becomes a word that no command takes for a flag", () => {
  const argv = (name: string, args: object): string[] => TOOLS.find((tool) => tool.name === name)!.argv(args);
  expect(argv("logs", { apps: ["backend"], grep: "--x", since: "5m" })).toEqual([
    ...["logs", "--no-follow", "--lines=50", "--since=5m", "--grep=--x", "--", "backend"],
  ]);
  expect(argv("request", { app: "a", path: "-x", body: "--json", headers: ["-a: b"] })).toEqual([
    ...["request", "--data=--json", "--header=-a: b", "--", "a", "-x"],
  ]);
});

test("each tool has a description, typed arguments and nothing else", () => {
  for (const { name, description, inputSchema, check } of TOOLS) {
    expect(description.length, name).toBeGreaterThan(20);
    expect(Object.values(inputSchema.properties), name).not.toContain(undefined);
    expect(check({ [Symbol.iterator.toString()]: 1 }, name)).toContain("unknown argument");
    for (const wrong of [null, 1, [], "text"]) expect(check(wrong, name), name).not.toBeNull();
    for (const first of (inputSchema.required ?? []).slice(0, 1))
      expect(check({}, name)).toBe(`${name}.${first}: this argument is required`);
  }
});
