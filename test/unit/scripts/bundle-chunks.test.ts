import { createRequire } from "node:module";
import path from "node:path";
import { runInThisContext } from "node:vm";
import { expect, test } from "vitest";
import { asFunction, fileOf, refuseCircles } from "../../../scripts/bundle-chunks.mjs";
import { REPOSITORY } from "../../rigs/devpm.ts";

/** Runs a bundle of these chunks, of which `cli.js` is the first. */
async function run(chunks: Record<string, string>, unloaded: readonly string[] = []): Promise<unknown> {
  const all = await Promise.all(
    Object.entries(chunks).map(([name, text]) => asFunction({ path: path.join("/dist", name), text })),
  );
  const module = { exports: {} };
  const whole = `(module, require, __dirname) => {${fileOf(all, { banner: "", first: { unloaded, session: [] } })}\n}`;
  const main = runInThisContext(whole) as (...given: unknown[]) => void;
  main(module, createRequire(path.join(REPOSITORY, "dist/lib/cli.cjs")), "/dist");
  return module.exports;
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
  const { once, kept } = (await run(chunks, ["./once-A.js"])) as { once: Loading; kept: Loading };
  const [first, second] = [await once(), await once()];
  expect(second.own).not.toBe(first.own);
  expect(second.own.base).toBe(first.own.base);
  expect((await kept()).own).toBe((await kept()).own);
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
