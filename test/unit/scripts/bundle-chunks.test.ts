import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { asFunction, fileOf, refuseCircles } from "../../../scripts/bundle-chunks.mjs";
import { builtDevpm, REPOSITORY } from "../../rigs/devpm.ts";

let installed: string;
let lib: string;

beforeEach(() => {
  installed = mkdtempSync(path.join(tmpdir(), "devpm-bundle-chunks-"));
  lib = path.join(installed, "dist/lib");
  mkdirSync(lib, { recursive: true });
  builtDevpm();
  cpSync(path.join(REPOSITORY, "dist/lib/begin.cjs"), path.join(lib, "begin.cjs"));
});
afterEach(() => rmSync(installed, { recursive: true }));

type Chunks = Record<string, string>;
type First = { unloaded: readonly string[]; session: readonly string[] };

async function write(file: string, chunks: Chunks, first: First | null): Promise<string> {
  const all = await Promise.all(
    Object.entries(chunks).map(([name, text]) => asFunction({ path: path.join("/dist", name), text })),
  );
  writeFileSync(path.join(lib, file), fileOf(all, { banner: "", first }));
  return path.join(lib, file);
}

/** Runs a bundle of these chunks, of which `cli.js` is the first. */
async function run(
  chunks: Chunks,
  { unloaded = [] as readonly string[], session = {}, more = {} } = {},
): Promise<unknown> {
  await write("session.cjs", session, null);
  await write("more.cjs", more, null);
  const main = await write("cli.cjs", chunks, { unloaded, session: Object.keys(session).map((name) => `./${name}`) });
  const { run: runBundle } = createRequire(main)("./begin.cjs") as { run: (file: string) => unknown };
  return runBundle(main);
}

test("a chunk has what it imports of others and of Node, and hands out what it exports", async () => {
  const chunks = {
    "cli.js": `import{join as both,text}from"./chunk-A.js";import"./chunk-B.js";import{createHash as hash}from"node:crypto";import path from"node:path";import net from"node:net";
      var said=both(text,"b");var digest=()=>hash("sha256").update("").digest("hex");var later=()=>import("./later-C.js");
      export{said,digest as sha,path as paths,net,later};`,
    "chunk-A.js": `function join(a,b){return a+b}var text="\u00e4";export{join,text};`,
    "chunk-B.js": `globalThis.ran=(globalThis.ran??0)+1;var b=1;export{b};`,
    "later-C.js": `import{b}from"./chunk-B.js";var __commonJS=(f)=>()=>{var m={exports:{}};f(m);return m.exports};var require_c=__commonJS((m)=>{m.exports={named:b}});export default require_c();`,
  };
  const first = (await run(chunks)) as {
    said: string;
    sha: () => string;
    paths: unknown;
    net: { isIP(text: string): number };
    later: () => Promise<{ default: unknown; named: number }>;
  };
  expect(first.said).toBe("äb");
  expect(first.sha()).toMatch(/^e3b0c442/);
  expect(first.paths).toBe(path);
  expect(first.net.isIP("::1")).toBe(6);
  const later = await first.later();
  expect([later.named, later.default]).toEqual([1, { named: 1 }]);
  expect((globalThis as { ran?: number }).ran).toBe(1);
});

test("a chunk that is unloaded runs each time, and what it imports runs once", async () => {
  const chunks = {
    "cli.js": `var once=()=>import("./once-A.js");var kept=()=>import("./kept-B.js");export{once,kept};`,
    "once-A.js": `import{base}from"./chunk-C.js";var own={base};export{own};`,
    "kept-B.js": `import{base}from"./chunk-C.js";var own={base};export{own};`,
    "chunk-C.js": `var base={};export{base};`,
  };
  type Loading = () => Promise<{ own: { base: object } }>;
  const { once, kept } = (await run(chunks, { unloaded: ["./once-A.js"] })) as { once: Loading; kept: Loading };
  const [first, second] = [await once(), await once()];
  expect(second.own).not.toBe(first.own);
  expect(second.own.base).toBe(first.own.base);
  expect((await kept()).own).toBe((await kept()).own);
});

test("what is loaded after an update is what was installed when the program began", async () => {
  const chunks = {
    "cli.js": `var session=()=>import("./in-session-A.js");var more=()=>import("./in-more-A.js");export{session,more};`,
  };
  const of = (file: string) => ({ [`in-${file}-A.js`]: `var from="the ${file} of then";export{from};` });
  type Loading = () => Promise<{ from: string }>;
  const began = (await run(chunks, { session: of("session"), more: of("more") })) as Record<
    "session" | "more",
    Loading
  >;
  // as a package manager does it: the old folder goes, another one comes
  renameSync(lib, `${lib}.old`);
  rmSync(`${lib}.old`, { recursive: true });
  mkdirSync(lib);
  for (const file of ["session", "more"])
    await write(`${file}.cjs`, { [`in-${file}-B.js`]: `var from="a newer one";export{from};` }, null);
  expect([await began.session(), await began.more()]).toEqual([
    { from: "the session of then" },
    { from: "the more of then" },
  ]);
});

test("a chunk that gives another value to what it exports is refused", async () => {
  const chunk = (text: string) => asFunction({ path: "/dist/chunk-A.js", text });
  await expect(chunk("var count=0;function more(){count++}export{count,more};")).rejects.toThrow("count");
  await expect(chunk("var count=0;function more(){other.count++}export{count,more};")).resolves.toContain("chunk-A");
  await expect(chunk("var one=1,last;function set(){last=2}export{last,set};")).rejects.toThrow("last");
  await expect(chunk("var one=1,last=2,both=f(one,last,one);export{last};")).resolves.toContain("chunk-A");
});

test("chunks that load one another are refused", () => {
  const imports = (...names: string[]) => ({
    imports: names.map((name) => ({ path: name, kind: "import-statement" })),
  });
  expect(() => refuseCircles({ a: imports("b", "c"), b: imports("c"), c: imports() })).not.toThrow();
  expect(() => refuseCircles({ a: imports("b"), b: imports("c"), c: imports("b") })).toThrow("b → c → b");
  const later = { imports: [{ path: "a", kind: "dynamic-import" }] };
  expect(() => refuseCircles({ a: imports("b"), b: later })).not.toThrow();
});
