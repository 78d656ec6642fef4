import { expect, test } from "vitest";
import { evaluateExport, readJsonc } from "../../../../src/detect/parse/javascript.ts";

const port = (source: string, env: Record<string, string> = {}): unknown => {
  const value = evaluateExport(source, env);
  return (value as { server?: { port?: unknown } } | undefined)?.server?.port;
};

test.each<[string, string, unknown]>([
  ["a literal", "export default { server: { port: 3000 } }", 3000],
  ["within defineConfig", "export default defineConfig({ server: { port: 3_001 } })", 3001],
  [
    "a function of the mode",
    "export default defineConfig(({ mode }) => ({ server: { port: mode === 'development' ? 1 : 2 } }))",
    1,
  ],
  ["a default", "export default { server: { port: Number(process.env.UI_PORT) || 4000 } }", 4000],
  [
    "parseInt with a fallback",
    "export default { server: { port: parseInt(process.env.UI_PORT || '4001', 10) } }",
    4001,
  ],
  [
    "nullish",
    "const env = loadEnv('', process.cwd()); export default { server: { port: +(env.UI_PORT ?? 4002) } }",
    4002,
  ],
  [
    "a ternary by its default",
    "export default { server: { port: process.env.UI_PORT ? Number(process.env.UI_PORT) : 4003 } }",
    4003,
  ],
  [
    "a constant",
    "const PORT: number = 4004; const config: UserConfig = { server: { port: PORT } } satisfies X; export default config",
    4004,
  ],
  [
    "a default in a pattern",
    "const { UI_PORT = 4005 } = process.env; export default { server: { port: UI_PORT } }",
    4005,
  ],
  ["a spread", "const base = { server: { port: 4006 } }; export default { ...base, plugins: [react()] }", 4006],
  ["a merge", "export default mergeConfig(base, { server: { port: 4007 } })", 4007],
  ["CommonJS", "module.exports = { server: { port: 4008 } }", 4008],
  [
    "an early return",
    "export default () => { if (command === 'build') { return {} } return { server: { port: 4009 } } }",
    4009,
  ],
  ["a function's result", "function pick() { return 4010 } export default { server: { port: pick() } }", 4010],
  ["what only a run would show", "export default { server: { port: choosePort() } }", undefined],
  ["a file that throws", "throw new Error('no'); export default { server: { port: 4011 } }", 4011],
])("%s", (_, source, value) => {
  expect(port(source)).toBe(value);
});

test("a variable that an env file sets wins over the default", () => {
  expect(port("export default { server: { port: Number(process.env.UI_PORT || 1) } }", { UI_PORT: "4100" })).toBe(4100);
});

test("a template's holes", () => {
  const value = evaluateExport("const p = 8001; export default { a: `http://localhost:${p}/x`, b: `${y}` }");
  expect(value).toMatchObject({ a: "http://localhost:8001/x", b: "${}" });
});

test("the names of Object's own are no values", () => {
  expect(port("export default { server: process.env.constructor }")).toBeUndefined();
  expect(evaluateExport("const a = {}; export default { b: a.__proto__ }")).toMatchObject({ b: undefined });
});

test("a circle, deep nesting and garbage end", () => {
  expect(evaluateExport("const a = b; const b = a; export default { a }")).toMatchObject({ a: undefined });
  expect(evaluateExport(`export default ${"[".repeat(5_000)}${"]".repeat(5_000)}`)).toBeUndefined();
  expect(evaluateExport(`export default a${".a".repeat(50_000)}`)).toBeUndefined();
  expect(evaluateExport("}}}{{ export default ((( ")).toBeUndefined();
});

test("JSON with comments and trailing commas", () => {
  expect(readJsonc('{ // a\n "b": [1, { "c": null, }, ], /* d */ "e": -1 }')).toEqual({ b: [1, { c: null }], e: -1 });
});
