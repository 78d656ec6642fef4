import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { loaderOf } from "../../../src/system/loader/loader.ts";
import { openProject } from "../../rigs/project.ts";
import { publicApi } from "../../rigs/public-api.ts";
import { folderWith } from "../../unit/config/outside.ts";

const TEXT = `import { defineConfig } from "devpm";
import path from "node:path";

interface Unused {
  a: string;
}
export default defineConfig({ name: path.basename("/x/first"), apps: {}, url: import.meta.url, at: __filename } as never);
`;

const THROWING = `import { existsSync } from "node:fs";
import path from "node:path";

interface Unused {
  a: string;
}

if (existsSync(path.join(__dirname, "boom"))) throw new Error("boom");
export default { name: "throwing", apps: { a: { command: "x" } } };
`;

const THROWING_LATER = `import { existsSync } from "node:fs";
import path from "node:path";

interface Unused {
  a: string;
}

async function later(): Promise<object> {
  await new Promise((resolve) => setTimeout(resolve, 1));
  if (existsSync(path.join(__dirname, "boom"))) throw new Error("boom");
  return { name: "throwing", apps: { a: { command: "x" } } };
}
export default later();
`;

/** A configuration, and what is kept of it. */
function config(
  contents: Record<string, string>,
  name = "ecosystem.config.ts",
): {
  file: string;
  kept: string;
  load: () => Promise<unknown>;
} {
  const root = folderWith(contents);
  const file = path.join(root, name);
  const kept = path.join(root, "state/config-code");
  const loader = loaderOf(publicApi);
  return { file, kept, load: () => loader.load(file, {}, (exported) => exported, kept) };
}

/** With other code, as if tsx had made that. */
function rewrite(kept: string, change: (body: string) => string): void {
  const [key = "", , ...rest] = readFileSync(kept, "utf8").split("\n");
  const body = change(rest.join("\n"));
  writeFileSync(kept, `${key}\n${createHash("sha256").update(body).digest("hex")}\n${body}`);
}

test("what tsx makes of a file that stands alone is kept, and run the next time with the same result", async () => {
  const { file, kept, load } = config({ "ecosystem.config.ts": TEXT });
  const first = await load();
  expect(first).toMatchObject({ ok: true, value: { name: "first", at: file } });
  expect(await load()).toEqual(first);
  rewrite(kept, (body) => body.replace("/x/first", "/x/kept"));
  expect(await load()).toMatchObject({ ok: true, value: { name: "kept" } });
});

test("stacks have the lines of sources only while it runs: each refused connection is one", async () => {
  const { load } = config({ "ecosystem.config.ts": TEXT.replace("{ name:", "{ on: process.sourceMapsEnabled, name:") });
  await load();
  const before = process.sourceMapsEnabled;
  process.setSourceMapsEnabled(false);
  onTestFinished(() => process.setSourceMapsEnabled(before));
  expect(await load()).toMatchObject({ value: { on: true } });
  expect(process.sourceMapsEnabled).toBe(false);
});

test("its path may have line ends", async () => {
  const name = "line\nend/ecosystem.config.ts";
  const { file, kept, load } = config({ [name]: TEXT }, name);
  const first = await load();
  expect(first).toMatchObject({ ok: true, value: { name: "first", at: file } });
  expect(readFileSync(kept, "utf8")).toContain("/x/first");
  expect(await load()).toEqual(first);
});

test("a file that changed is not what was kept, and one that no longer parses is refused", async () => {
  const { file, load } = config({ "ecosystem.config.ts": TEXT });
  await load();
  writeFileSync(file, TEXT.replace("first", "second"));
  expect(await load()).toMatchObject({ value: { name: "second" } });
  writeFileSync(file, `${TEXT}\n}{`);
  expect(await load()).toMatchObject({ ok: false, kind: "syntax" });
});

// of the built command line: a test runner has its own idea of the lines of a stack
test.for([
  ["at once", THROWING, '> 8  if (existsSync(path.join(__dirname, "boom"))) throw new Error("boom");'],
  ["in its promise", THROWING_LATER, '> 10    if (existsSync(path.join(__dirname, "boom"))) throw new Error("boom");'],
] as const)("what is thrown %s is shown at its line of the source, kept or not", async ([, text, line], ctx) => {
  const project = await openProject(ctx, { files: { "ecosystem.config.ts": text } });
  project.write("boom", "");
  expect((await project.devpm(["render"])).stderr).toContain(line);
  rmSync(path.join(project.root, "boom"));
  expect(await project.devpm(["render"])).toMatchObject({ code: 0, stderr: "" });
  const state = readdirSync(project.env.DEVPM_HOME!, { recursive: true, encoding: "utf8" });
  expect(state.filter((name) => name.endsWith("/cache/config-code"))).toHaveLength(1);
  project.write("boom", "");
  const { code, stderr } = await project.devpm(["render"]);
  expect(stderr).toContain(line);
  expect(code).toBe(2);
});

test.each([
  ["zeros", (whole: string) => whole.slice(0, whole.length >> 1) + "\0".repeat(whole.length >> 1)],
  ["a missing end", (whole: string) => whole.slice(0, whole.length >> 1)],
  ["nothing in it", () => ""],
  ["other text", () => "not it\nat all"],
])("a kept file with %s is made again", async (_, damage) => {
  const { kept, load } = config({ "ecosystem.config.ts": TEXT });
  const first = await load();
  const whole = readFileSync(kept, "utf8");
  writeFileSync(kept, damage(whole));
  expect(await load()).toEqual(first);
  expect(readFileSync(kept, "utf8")).toBe(whole);
});

test.each([
  ["imports another file", 'import more from "./more.ts";\nexport default { name: more };\n'],
  ["requires by a name that it computes", 'export default { name: require(["./more", "ts"].join(".")).default };\n'],
  [
    "requires another one behind words that look like a source map",
    'const map = `\n//# sourceMappingURL=x`;\nexport default { name: map && require("./more.ts").default };\n',
  ],
  [
    "makes a require of its own",
    'import { createRequire } from "node:module";\ncreateRequire(import.meta.url);\nexport default { name: "more" };\n',
  ],
  [
    "has a class, which tsconfig.json has a say in",
    'class Name {\n  name = "more";\n}\nexport default { ...new Name() };\n',
  ],
])("a file that %s is left to tsx", async (_, text) => {
  const { kept, load } = config({ "ecosystem.config.ts": text, "more.ts": 'export default "more";\n' });
  for (let again = 0; again < 2; again++) expect(await load()).toMatchObject({ ok: true, value: { name: "more" } });
  expect(existsSync(kept)).toBe(false);
});
