import { describe, expect, test } from "vitest";
import {
  askVite,
  isModule,
  isViteConfig,
  sourceMapOf,
  viteBase,
  viteRestart,
  type ViteSystem,
} from "../../../src/reload/vite-module.ts";
import type { HttpAnswer, HttpRequest } from "../../../src/system/http-request.ts";

interface Page {
  status?: number;
  body?: string;
  headers?: [string, string][];
}

/** A server that answers with these pages, and the files on disk beside it. */
function vite(pages: Record<string, Page | null>, disk: Record<string, string> = {}, accepts = true) {
  const asked: [port: number, path: string, secure: boolean][] = [];
  const request = (port: number, { path, secure }: HttpRequest): Promise<HttpAnswer> => {
    asked.push([port, path, secure]);
    const page = pages[path];
    if (page === null) return Promise.resolve({ error: "connection reset", refused: false, late: false });
    const { status = page ? 200 : 404, body = "", headers = [] } = page ?? {};
    return Promise.resolve({ status, reason: "", headers, body: Buffer.from(body), cut: false });
  };
  const read = (file: string): Promise<string | null> =>
    file in disk ? Promise.resolve(disk[file]!) : Promise.reject(new Error("EACCES"));
  return {
    asked,
    system: {
      network: { request, connects: () => Promise.resolve(accepts) },
      files: { read },
    } as unknown as ViteSystem,
  };
}

const app = { port: 5173 };
const CLIENT: Page = { body: 'import "vite-hmr"' };
const mapOf = (sources: unknown): string =>
  `\n//# sourceMappingURL=data:application/json;base64,${Buffer.from(JSON.stringify(sources)).toString("base64")}`;

describe("a file is a module of a page", () => {
  test.each([
    "a.ts",
    "a.tsx",
    "a.js",
    "a.jsx",
    "a.mjs",
    "a.cts",
    "App.vue",
    "A.svelte",
    "a.astro",
    "a.mdx",
    "a.css",
    "a.scss",
    "a.less",
  ])("%s", (name) => expect(isModule(`/p/src/${name}`)).toBe(true));

  test.each([
    ["of no content that can be wrong", "logo.png"],
    ["of no content that can be wrong", "data.json"],
    ["of types alone", "env.d.ts"],
    ["of types alone", "env.d.mts"],
    ["of a test", "a.test.ts"],
    ["of a test", "a.spec.jsx"],
    ["of Storybook", "Button.stories.tsx"],
    ["of the server", "hooks.server.ts"],
    ["of a tool", "vite.config.ts"],
    ["of a tool", "vitest.config.mts"],
    ["of a tool", "tailwind.config.cjs"],
    ["of a tool", "playwright.ct.config.ts"],
  ])("not one %s: %s", (_, name) => expect(isModule(`/p/${name}`)).toBe(false));
});

describe("where Vite serves", () => {
  test("is the root, where its client is there", async () => {
    const { system, asked } = vite({ "/@vite/client": CLIENT });
    expect(await viteBase(system, { ...app, https: true })).toBe("/");
    expect(asked).toEqual([[5173, "/@vite/client", true]]);
  });

  test.each([
    ["/shop/", "/shop/"],
    ["/shop/index.html", "/shop/"],
    ["http://localhost:5173/a/b/?x=1", "/a/b/"],
  ])("is where it sends a page to: %s", async (location, base) => {
    const { system } = vite({
      "/": { status: 302, headers: [["LOCATION", location]] },
      [`${base}@vite/client`]: CLIENT,
    });
    expect(await viteBase(system, app)).toBe(base);
  });

  test.each([
    ["nothing answers", { "/@vite/client": null, "/": null }],
    ["another server answers", { "/": { body: "hello" } }],
    ["a server answers everything with its page", { "/@vite/client": { body: "<html>" }, "/": { body: "<html>" } }],
    ["it sends back to where we were", { "/": { status: 302, headers: [["location", "/"]] } }],
    ["no client is where it sends to", { "/": { status: 302, headers: [["location", "/login"]] } }],
    ["it sends to an address that is none", { "/": { status: 302, headers: [["location", "http://[nowhere/"]] } }],
  ] as [string, Record<string, Page | null>][])("is nowhere where %s", async (_, pages) => {
    expect(await viteBase(vite(pages).system, app)).toBeNull();
  });

  test("is nowhere for an app without a port: nothing is asked", async () => {
    const { system, asked } = vite({});
    expect(await viteBase(system, { port: null })).toBeNull();
    expect(asked).toEqual([]);
  });
});

test("what Vite prints tells whether it restarts itself", () => {
  const [begins, ends, fails] = [
    "vite.config.ts changed, restarting server...",
    "10:00 [vite] server restarted.",
    "server restart failed",
  ];
  expect(
    [[], ["ready"], [begins], [begins, ends], [begins, "x", fails, "y"], [begins, fails, begins]].map(viteRestart),
  ).toEqual([null, null, "under way", null, "failed", "under way"]);
  expect(["/p/vite.config.mts", "vite.config.js", "/p/vitest.config.ts", "/p/src/vite.ts"].map(isViteConfig)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

describe("a module", () => {
  const FILE = "/p/my app/ü#1.ts";
  const PATH = "/@fs/p/my%20app/%C3%BC%231.ts";
  const state = async (page: Page | null, source?: string) =>
    askVite(vite({ [PATH]: page }, source === undefined ? {} : { [FILE]: source }).system, app, "/", FILE);

  test("where nothing listens", async () => {
    expect(await askVite(vite({ [PATH]: null }, {}, false).system, app, "/", FILE)).toEqual({ state: "silent" });
  });

  test.each([
    [
      "its source map quotes what is on disk",
      { body: `x${mapOf({ sourcesContent: [null, "let a = 1;\n"] })}` },
      "let a = 1;",
      "current",
    ],
    ["its line ends are other ones", { body: `x${mapOf({ sourcesContent: ["a\r\nb"] })}` }, "a\nb\n", "current"],
    ["its text was taken over as it is", { body: "before\nlet a = 1;\nafter" }, "let a = 1;\n", "current"],
    [
      "its text was taken over as a string",
      { body: 'const css = "a {\\n  color: red\\n}"' },
      "a {\n  color: red\n}\n",
      "current",
    ],
    ["it was made from something else", { body: `x${mapOf({ sourcesContent: ["let a = 0;"] })}` }, "let a = 1;", "old"],
    ["the file is empty, and it is not known", { body: "x" }, "\n", "old"],
    ["its source map is none", { body: "x\n//# sourceMappingURL=data:application/json;base64,AAAA" }, "y", "old"],
    ["its source map has no sources", { body: `x${mapOf({ sourcesContent: "y" })}` }, "let z = 0;", "old"],
    ["the file cannot be read", { body: "x" }, undefined, "current"],
    ["it is not served", { status: 404 }, "x", "unknown"],
    ["it is refused", { status: 403 }, "x", "unknown"],
    ["nothing answers", null, "x", "unknown"],
  ] as [string, Page | null, string | undefined, string][])("where %s", async (_, page, source, expected) => {
    expect(await state(page, source)).toEqual({ state: expected });
  });

  const page = (error: unknown): Page => ({
    status: 500,
    body: `<script>\n  const error = ${JSON.stringify(error)}\n</script>`,
  });

  test.each([
    [
      "of Vite's own plugin",
      { message: "Failed to parse", id: "/p/a.vue?vue&type=script", loc: { line: 4 }, frame: "3 | a\n\n4 | b" },
      { message: "Failed to parse", file: "/p/a.vue", line: 4, frame: ["3 | a", "4 | b"] },
    ],
    [
      "of Rolldown, whose place is in a box",
      { message: "Build failed with 1 error:\n\nUnexpected token\n   ╭─[ src/a.ts:7:3 ]\n 7 │ let" },
      { message: "Unexpected token", file: null, line: 7, frame: ["   ╭─[ src/a.ts:7:3 ]", " 7 │ let"] },
    ],
    [
      "that is a heading alone",
      { message: "Build failed with 2 errors" },
      { message: "Build failed with 2 errors", frame: [] },
    ],
    ["without words", {}, { message: "", file: null, line: null, frame: [] }],
    [
      "of the wrong kinds",
      { message: 3, id: null, loc: "x", frame: 1 },
      { message: "", file: null, line: null, frame: [] },
    ],
    [
      "with a long frame",
      { message: "m", frame: Array.from({ length: 20 }, (_, n) => `${n}`).join("\n") },
      { frame: ["0", "1", "2", "3", "4", "5", "6", "7"] },
    ],
  ] as [string, object, object][])("with an error %s", async (_, error, expected) => {
    expect(await state(page(error))).toMatchObject({ state: "broken", ...expected });
  });

  test.each(["<html>no error</html>", "const error = {broken}\n", "const error = null"])(
    "with status 500 and %j is broken, without a place",
    async (body) => {
      const broken = { state: "broken", message: "Vite answers with status 500", file: null, line: null, frame: [] };
      expect(await state({ status: 500, body })).toEqual(broken);
    },
  );

  test("has the source map at the end of its text", async () => {
    const map = { version: 3, sources: ["a.ts"] };
    expect(await sourceMapOf(vite({ [PATH]: { body: `x${mapOf(map)}` } }).system, app, "/", FILE)).toEqual(map);
    expect(await sourceMapOf(vite({ [PATH]: { status: 500, body: mapOf(map) } }).system, app, "/", FILE)).toBeNull();
    expect(await sourceMapOf(vite({ [PATH]: { body: "x" } }).system, app, "/", FILE)).toBeNull();
  });
});
