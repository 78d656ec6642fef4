import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import Module, { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { writeKept } from "../../../../src/system/begin/code-cache.ts";
import { loadTogether } from "../../../../src/system/pm2/packages.ts";

const DEADLINE = { timeout: 30_000, interval: 10 };
/** By a name that looks for no dependency of devpm's. */
const ONE: string = "one";
let root: string;

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "devpm packages-"));
  mkdirSync(path.join(root, "kept"));
  write(
    "one/index.js",
    'exports.word = "first"; exports.two = require("two"); exports.name = [__filename, __dirname, module.id];',
  );
  write("two/package.json", '{ "main": "lib/main.cjs" }');
  write("two/lib/main.cjs", 'module.exports = require("./word").word;');
  write("two/lib/word.js", 'exports.word = "two";');
});
afterEach(() => rmSync(root, { recursive: true }));

const file = (name: string): string => path.join(root, "node_modules", name);

function write(name: string, text: string): void {
  mkdirSync(path.dirname(file(name)), { recursive: true });
  writeFileSync(file(name), text);
  utimesSync(file(name), 1_000, 1_000);
}

/** As another process would: nothing of it is loaded yet. */
function load(folder = path.join(root, "kept")): unknown {
  const require = createRequire(path.join(root, "main.js"));
  const { _pathCache } = Module as unknown as { _pathCache: Record<string, string> };
  for (const cache of [require.cache, _pathCache])
    for (const name of Object.keys(cache)) if (name.includes(root)) delete cache[name];
  return loadTogether("test", () => require(ONE) as unknown, { folder, afterMs: 0 });
}

/** Once it is there. */
const kept = (): Promise<string> =>
  vi.waitFor(() => {
    const names = readdirSync(path.join(root, "kept")).filter((name) => name.endsWith(".v8"));
    expect(names).toHaveLength(1);
    return path.join(root, "kept", names[0]!);
  }, DEADLINE);

const loaded = (): object => ({
  word: "first",
  two: "two",
  name: [file("one/index.js"), path.dirname(file("one/index.js")), file("one/index.js")],
});

test("a name that is looked for in other places is looked for there each time", async () => {
  const found = 'exports.found = ["a", "b"].map((n) => require.resolve("./x", { paths: [`${__dirname}/${n}`] }));';
  write("one/index.js", found);
  write("one/a/x.js", "");
  write("one/b/x.js", "");
  const both = { found: [file("one/a/x.js"), file("one/b/x.js")] };
  expect(load()).toEqual(both);
  await kept();
  expect(load()).toEqual(both);
});

test("one of Node's own modules that was replaced is what is loaded, as by Node", async () => {
  write("one/index.js", 'exports.named = require("domain").named;');
  const { cache } = createRequire(import.meta.url);
  onTestFinished(() => void delete cache.domain);
  cache.domain = Object.assign(new Module("domain"), { loaded: true, exports: { named: "replaced" } });
  expect(load()).toEqual({ named: "replaced" });
  await kept();
  expect(load()).toEqual({ named: "replaced" });
});

test("the second start takes from one file what the first has loaded, with the same result", async () => {
  expect(load()).toEqual(loaded());
  await kept();
  // by size and time the same
  write("two/lib/word.js", 'exports.word = "six";');
  expect(load()).toEqual(loaded());
});

test("what was kept is not looked for and loaded by Node again", async () => {
  // of two files in one folder Node itself asks only once for where a third one is
  write("two/lib/main.cjs", 'require("./other"); module.exports = require("./word").word;');
  write("two/lib/other.js", 'require("./word");');
  load();
  await kept();
  const nodes = vi.spyOn(Module as unknown as { _load(request: string): unknown }, "_load");
  try {
    expect(load()).toEqual(loaded());
    expect(nodes.mock.lastCall?.[0]).toBe(ONE);
  } finally {
    nodes.mockRestore();
  }
});

test("two files that require each other see what they would by Node", async () => {
  write("two/lib/main.cjs", 'module.exports = "before"; module.exports = require("./word").word;');
  write(
    "two/lib/word.js",
    'const seen = require("./main.cjs"); exports.word = [seen, Object.keys(require.cache).includes(__filename)];',
  );
  const expected = load();
  expect(expected).toMatchObject({ two: ["before", true] });
  await kept();
  expect(load()).toEqual(expected);
});

async function changes(): Promise<void> {
  load();
  await kept();
  write("two/lib/word.js", 'exports.word = "changed";');
  expect(load()).toMatchObject({ two: "changed" });
  write("one/node_modules/two/index.js", 'module.exports = "nearer";');
  expect(load()).toMatchObject({ two: "nearer" });
}

test("a file that has changed, and a nearer package that has come, are what is loaded", changes);

test("they are also where hooks are registered, as tsx does: Node resolves with options then", async () => {
  // Node 22.15 and newer
  const { registerHooks } = Module as unknown as { registerHooks?: (hooks: object) => { deregister(): void } };
  const hooks = registerHooks?.({ resolve: (name: string, context: object, next: Next) => next(name, context) });
  try {
    await changes();
  } finally {
    hooks?.deregister();
  }
});

type Next = (name: string, context: object) => unknown;

test.each([
  ["its second half is zeros", (whole: Buffer) => whole.fill(0, whole.length >> 1)],
  ["its end is missing", (whole: Buffer) => whole.subarray(0, whole.length >> 1)],
  ["it is empty", () => Buffer.alloc(0)],
  ["it is another devpm's", () => sealed(Buffer.from([3, 0, 0, 0, 123, 49, 125]))],
  ["it has too little", () => sealed(Buffer.from([1]))],
])("where %s, the packages are loaded and kept again", async (_, damage) => {
  load();
  const name = await kept();
  const whole = readFileSync(name);
  writeFileSync(name, damage(Buffer.from(whole)));
  expect(load()).toEqual(loaded());
  await vi.waitFor(() => expect(readFileSync(name).length).toBeGreaterThan(whole.length >> 1), DEADLINE);
  expect(load()).toEqual(loaded());
});

/** As a code cache is kept. */
function sealed(bytes: Buffer): Buffer {
  const name = path.join(root, "sealed");
  writeKept(name, () => bytes);
  return readFileSync(name);
}

test("where nothing can be kept, the packages are loaded each time", () => {
  for (let again = 0; again < 2; again++) expect(load(path.join(root, "not/there"))).toEqual(loaded());
});

test("Node's own loader is as it was afterwards, also where a package throws", () => {
  const internals = Module as unknown as { _resolveFilename: unknown; _extensions: Record<string, unknown> };
  const state = (): unknown[] => [internals["_resolveFilename"], internals["_extensions"][".js"]];
  const before = state();
  write("two/lib/word.js", 'throw new Error("broken");');
  expect(() => load()).toThrow("broken");
  expect(state()).toEqual(before);
});
