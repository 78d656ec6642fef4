import * as fc from "fast-check";
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { Fix } from "../../../src/diagnostics/diagnostic.ts";
import { locateConfig } from "../../../src/config/find.ts";
import { placeProblems } from "../../../src/config/places.ts";
import { loadProject, type Detection, type ProjectRequest } from "../../../src/config/project-loader.ts";
import { outline } from "../../../src/config/shape.ts";
import { configSnapshot } from "../../../src/config/snapshot.ts";
import { watchOptions } from "../../../src/plan/watch.ts";
import { savesOf } from "../../../src/reload/newest-save.ts";
import { files } from "../../../src/system/files/files.ts";
import { folderWith, outside } from "./outside.ts";

describe("where the project is", () => {
  const find = async (contents: Record<string, string>, cwd = ".", configFile?: string) => {
    const root = folderWith(contents);
    mkdirSync(path.join(root, cwd), { recursive: true });
    const found = await locateConfig(
      { files },
      { cwd: path.join(root, cwd), ...(configFile === undefined ? {} : { configFile }) },
    );
    if (!found.ok) return found.diagnostics[0]?.code;
    return {
      file: found.value.file && path.relative(root, found.value.file),
      root: path.relative(root, found.value.root),
    };
  };

  test("is the nearest ecosystem file upwards", async () => {
    const contents = { "ecosystem.config.ts": "", "api/ecosystem.config.json": "" };
    expect(await find(contents, "api/web/deep")).toEqual({ file: "api/ecosystem.config.json", root: "api" });
    expect(await find(contents, "ui")).toEqual({ file: "ecosystem.config.ts", root: "" });
  });

  test("of several in one folder the typed one comes first", async () => {
    expect(
      await find({ "ecosystem.config.json": "", "ecosystem.config.ts": "", "ecosystem.config.js": "" }),
    ).toMatchObject({ file: "ecosystem.config.ts" });
  });

  test("is the named file's folder, whatever the name", async () => {
    expect(await find({ "conf/dev.ts": "", "ecosystem.config.ts": "" }, ".", "conf/dev.ts")).toEqual({
      file: "conf/dev.ts",
      root: "conf",
    });
  });

  test.each(["gone.ts", "conf"])("a named file that is none is an error, not another file: %s", async (name) => {
    expect(await find({ "conf/x": "", "ecosystem.config.ts": "" }, ".", name)).toBe("DEVPM_CONFIG_MISSING");
  });

  test("is one project by whatever link it is reached", async () => {
    const root = folderWith({ "real/ecosystem.config.ts": "" });
    symlinkSync(path.join(root, "real"), path.join(root, "link"));
    const found = await locateConfig({ files }, { cwd: path.join(root, "link") });
    expect(found.ok && found.value.root).toBe(path.join(root, "real"));
  });
});

describe("what a configuration names on the disk", () => {
  const problems = async (contents: Record<string, string>, config: object): Promise<string[]> => {
    const root = folderWith(contents);
    return (await placeProblems(config, root, files)).map(
      ({ key, message }) => `${key}: ${message.replaceAll(root, "/p")}`,
    );
  };
  const app = (more: object): object => ({ apps: { a: { command: "x", ...more } } });

  test.each([
    ["folders that are there", { "api/x": "" }, app({ cwd: "api" }), []],
    ["a folder that is not", {}, app({ cwd: "api" }), ["apps.a.cwd: no such folder: /p/api"]],
    ["a file where a folder should be", { api: "" }, app({ cwd: "api" }), ["apps.a.cwd: no such folder: /p/api"]],
    [
      "a file of variables that is not there",
      {},
      app({ envFile: ["a.env", "b.env"] }),
      ["apps.a.envFile: no such file: /p/a.env", "apps.a.envFile: no such file: /p/b.env"],
    ],
    ["no .env is no problem", {}, app({}), []],
    [
      "a front end without a package.json",
      {},
      app({ command: undefined, preset: "vite" }),
      ["apps.a.cwd: no package.json in /p"],
    ],
    [
      "a front end without a dev script",
      { "package.json": "{}" },
      app({ command: undefined, preset: "vite" }),
      ['apps.a.cwd: no "dev" script in /p/package.json'],
    ],
    ["a front end", { "package.json": '{"scripts":{"dev":"vite"}}' }, app({ command: undefined, preset: "vite" }), []],
    [
      "a task's folder",
      {},
      { apps: {}, tasks: { m: { run: "x", cwd: "db" } } },
      ["tasks.m.cwd: no such folder: /p/db"],
    ],
  ] as [string, Record<string, string>, object, string[]][])("%s", async (_, contents, config, found) => {
    expect(await problems(contents, config)).toEqual(found);
  });
});

describe("what a file exports is read once, to plain values", () => {
  const read = (value: unknown) => {
    const { config, problems } = configSnapshot(value);
    return { config, problems: problems.map(({ key, message }) => `${key}: ${message}`) };
  };

  test("any JSON comes back as it was", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const { config, problems } = read(value);
        expect(problems.filter((text) => !text.includes("NUL"))).toEqual([]);
        if (problems.length === 0) expect(JSON.stringify(config)).toBe(JSON.stringify(value));
      }),
      { numRuns: 500 },
    );
  });

  test("functions and regular expressions stay what they are", () => {
    const env = (): object => ({});
    expect(read({ env, log: /x/ }).config).toEqual({ env, log: /x/ });
  });

  test.each([
    [
      "a cycle",
      () => {
        const a: Record<string, unknown> = {};
        a.b = { a };
        return { apps: a };
      },
      "apps.b.a: it contains itself",
    ],
    [
      "a getter that throws",
      () => ({
        get port() {
          throw new Error("no");
        },
      }),
      "port: reading it failed: no",
    ],
    [
      "a getter that throws what is no error",
      () => ({
        get port() {
          throw Object.create(null);
        },
      }),
      "port: reading it failed: it threw something that is not an error",
    ],
    [
      "a proxy that does not answer",
      () =>
        new Proxy(
          {},
          {
            ownKeys: () => {
              throw new Error("shut");
            },
          },
        ),
      "the configuration: it cannot be read: shut",
    ],
    ["a NUL in a text", () => ({ cwd: "a\u0000b" }), "cwd: a string cannot contain a NUL character"],
    [
      "what is nested without end",
      () => {
        let deep: object = {};
        for (let n = 0; n < 50; n++) deep = { a: deep };
        return deep;
      },
      "nested objects",
    ],
    [
      "more than any configuration",
      () => ({ list: Array.from({ length: 100_001 }, () => 1) }),
      "list: the configuration has more than 100000 values",
    ],
  ] as [string, () => unknown, string][])("%s is a problem with its key", (_, make, problem) => {
    expect(read(make()).problems.join("\n")).toContain(problem);
  });

  test.each([
    ["a date", new Date(0), "a Date"],
    ["a map", new Map(), "a Map"],
    ["a promise", Promise.resolve(), "a Promise"],
  ])("%s is kept as what it is, and not looked into", (_, value, shown) => {
    expect(String((read({ x: value }).config as { x: unknown }).x)).toBe(shown);
  });

  test("32 nested objects are read, and no more", () => {
    const nested = (count: number): object =>
      Array.from({ length: count }).reduce<object>((inner) => ({ a: inner }), {});
    expect(read(nested(31)).problems).toEqual([]);
    expect(read(nested(32)).problems.join()).toMatch(/more than 32 nested objects$/);
  });

  test("the same object twice is no cycle", () => {
    const shared = { A: "1" };
    expect(read({ a: shared, b: shared }).problems).toEqual([]);
  });

  test("__proto__ is a name like any other", () => {
    const { config } = read(JSON.parse('{"apps":{"__proto__":{"command":"x"}}}'));
    expect(Object.keys((config as { apps: object }).apps)).toEqual(["__proto__"]);
    expect(({} as Record<string, unknown>).command).toBeUndefined();
  });
});

describe("a project is loaded", () => {
  const load = (contents: Record<string, string>, more: Partial<ProjectRequest> = {}, detection?: Detection) => {
    const root = folderWith(contents);
    return loadProject(outside(root), { cwd: root, ...more }, detection);
  };
  const json = (apps: object, more: object = {}): Record<string, string> => ({
    "ecosystem.config.json": JSON.stringify({ apps, ...more }),
  });

  /** The one problem of the configuration in this folder. */
  const problemIn = async (cwd: string) => {
    const loaded = await loadProject(outside(cwd), { cwd });
    const [first, ...rest] = loaded.ok ? [] : loaded.diagnostics;
    if (!first || rest.length > 0) throw new Error("expected one problem");
    return first;
  };

  /** The names of its apps, once the first fix was pasted into a shell. */
  const mended = async (cwd: string, [fix]: readonly Fix[]): Promise<string[]> => {
    execFileSync("sh", ["-c", fix?.command ?? "exit 1"]);
    const loaded = await loadProject(outside(cwd), { cwd });
    return loaded.ok ? loaded.value.apps.map(({ name }) => name) : loaded.diagnostics.map(({ summary }) => summary);
  };

  test("a save in a worktree that is inside of it reloads no app, whatever its folder is called", async () => {
    const root = folderWith({
      ...json({ api: { command: "x", port: 5050, reload: "restart" } }),
      ".git/HEAD": "ref: refs/heads/main\n",
      "trees [1]/in/.git": "",
      "trees [1]/in/app.py": "",
      "app.py": "",
    });
    const inner = path.join(root, "trees [1]/in");
    mkdirSync(path.join(root, ".git/worktrees/in"), { recursive: true });
    writeFileSync(path.join(root, ".git/worktrees/in/gitdir"), `${path.join(inner, ".git")}\n`);
    const loaded = await loadProject(outside(root), { cwd: root });
    const [app] = loaded.ok ? loaded.value.apps : [];
    const saves = await savesOf(files, app!);
    expect(saves.map(({ file }) => path.relative(root, file))).toContain("app.py");
    expect(saves.filter(({ file }) => file.startsWith(inner))).toEqual([]);
    expect(watchOptions(app!).ignore).toContain(inner.replaceAll(/[[\]]/g, "?"));
  });

  test("from its file, with a port of this call", async () => {
    const loaded = await load(json({ api: { command: "x", port: 5050 } }), { ports: { api: 5051 } });
    expect(loaded.ok && loaded.value.apps).toMatchObject([{ name: "api", port: 5051 }]);
  });

  test("with only what was asked for on, and what that depends on", async () => {
    const loaded = await load(
      json({ api: { command: "x" }, web: { command: "y", dependsOn: ["api"] }, other: { command: "z" } }),
      { only: ["web"] },
    );
    expect(loaded.ok && loaded.value.apps.map(({ name, start }) => [name, start])).toEqual([
      ["api", true],
      ["web", true],
      ["other", false],
    ]);
  });

  test("all problems at once: of the shape, of the meaning, of the disk", async () => {
    const loaded = await load(
      json({ a: { command: "x", prot: 1 }, b: { command: "y", dependsOn: ["c"] }, d: { command: "z", cwd: "gone" } }),
    );
    if (loaded.ok) throw new Error("it was loaded");
    expect(loaded.diagnostics).toHaveLength(1);
    expect(loaded.diagnostics[0]?.evidence.map(([key]) => key)).toEqual([
      "apps.a.prot",
      "apps.b.dependsOn[0]",
      "apps.d.cwd",
    ]);
  });

  test.each([
    [
      "--port of no app",
      { ports: { apii: 1, web: 2 } },
      '--port: no app is called "apii"',
      ["devpm dev --port api=1 --port web=2"],
    ],
    ["--port of nothing like it", { ports: { zzz: 1 } }, '--port: no app is called "zzz"', []],
    [
      "--only of no app",
      { only: ["wen", "apii"] },
      'Nothing here is called "wen" or "apii"',
      ["devpm dev --only web api"],
    ],
    ["--only of nothing", { only: ["zzz", "api"] }, 'Nothing here is called "zzz"', []],
  ])("%s", async (_, more, summary, fixes) => {
    const loaded = await load(json({ api: { command: "x" }, web: { command: "y" } }), more);
    expect(loaded.ok ? [] : loaded.diagnostics).toMatchObject([
      {
        code: "DEVPM_APP_UNKNOWN",
        summary,
        state: "Nothing was started.",
        fixes: fixes.map((command) => ({ command })),
      },
    ]);
  });

  test.each([
    ["nothing", "export {};", "exports no configuration"],
    ["a number", "export default 5;", "exports no configuration"],
    ["a syntax error", "export default {", "has a syntax error"],
    ["a throw", 'throw new Error("no");', "failed while it was loaded"],
  ])("a file that exports %s is one clear error", async (_, text, words) => {
    const loaded = await load({ "ecosystem.config.ts": text });
    expect(loaded.ok ? "" : loaded.diagnostics[0]?.summary).toBe(`ecosystem.config.ts ${words}`);
  });

  test("a folder with ? in its name, in which tsx runs nothing, is named", async () => {
    const root = folderWith({ "a#b?c/ecosystem.config.ts": "export default { apps: { a: { command: 'x' } } };" });
    const folder = path.join(root, "a#b?c");
    const { evidence } = await problemIn(folder);
    expect(evidence).toContainEqual(["rename", `${folder}: tsx runs no file in a folder with ? in its name`]);
    const elsewhere = folderWith({ "ecosystem.config.ts": "import './gone?x';" });
    expect((await problemIn(elsewhere)).evidence.flat()).not.toContain("rename");
  });

  test.each([
    ["an arrow", "export default () => ({ apps: { a: { command: 'x' } } })"],
    ["a named one", "// ours\nexport default function make() {\n  return { apps: { a: { command: 'x' } } };\n}\n"],
    ["an async one", "export default async () => ({ apps: { a: { command: 'x' } } });\n"],
    ["of CommonJS", "module.exports = () => ({ apps: { a: { command: 'x' } } });\n", "ecosystem.config.cjs"],
  ])(
    "a function (%s) is one clear error, whose fix exports its result",
    async (_, text, name = "ecosystem.config.ts") => {
      const root = folderWith({ [`it's/${name}`]: text });
      const { fixes, evidence } = await problemIn(path.join(root, "it's"));
      expect(evidence).toContainEqual(["got", "a function"]);
      expect(await mended(path.join(root, "it's"), fixes)).toEqual(["a"]);
    },
  );

  test.each([
    ["a class", "export default class {}\n"],
    ["made elsewhere", "const make = () => ({});\nexport { make as default };\n"],
  ])("a function (%s) that no line could mend has no fix", async (_, text) => {
    expect(await problemIn(folderWith({ "ecosystem.config.ts": text }))).toMatchObject({ fixes: [] });
  });

  test.each(["ecosystem.config.ts", "ecosystem.config.js"])(
    "await at the top of a CommonJS %s: its fix makes it a module",
    async (name) => {
      const text = 'const name = await Promise.resolve("a");\nexport default { apps: { [name]: { command: "x" } } };\n';
      const root = folderWith({ [name]: text, "package.json": "{}" });
      const { fixes, summary } = await problemIn(root);
      expect(summary).toBe(`${name} has a syntax error`);
      expect(await mended(root, fixes)).toEqual(["a"]);
    },
  );

  test("await at the top of a file with module.exports: what to write is named", async () => {
    const root = folderWith({ "ecosystem.config.cjs": "await 0;\nmodule.exports = { apps: {} };\n" });
    const { fixes, evidence } = await problemIn(root);
    expect([fixes, evidence.at(-1)]).toEqual([[], ["write", expect.stringContaining("module.exports = (async () =>")]]);
  });

  test("without a file, from what is detected, with its notes; without anything, an error", async () => {
    const detection: Detection = () =>
      Promise.resolve({ config: { apps: { web: { command: "x" } } }, notes: ["no ecosystem file"] });
    const loaded = await load({}, {}, detection);
    expect(loaded.ok && [loaded.value.configFile, loaded.value.notes]).toEqual([null, ["no ecosystem file"]]);
    const nothing = await load({});
    expect(nothing.ok ? "" : nothing.diagnostics[0]?.code).toBe("DEVPM_CONFIG_MISSING");
    const notes = ["api: not cloned"];
    const seen = await load({}, {}, () => Promise.resolve({ config: null, notes }));
    expect(seen.ok ? [] : seen.diagnostics[0]?.evidence).toContainEqual(["saw", "api: not cloned"]);
  });

  test("a file that this user may not read is no bug", async () => {
    const denied = Object.assign(new Error("EACCES: permission denied"), {
      code: "EACCES",
      syscall: "scandir",
      path: "/p",
    });
    const root = folderWith({});
    const system = { ...outside(root), files: { ...files, list: () => Promise.reject(denied) } };
    expect(await loadProject(system, { cwd: root })).toMatchObject({
      ok: false,
      diagnostics: [{ code: "DEVPM_FILE_UNUSABLE", state: "Nothing was started." }],
    });
    await expect(
      loadProject({ ...system, files: { ...files, list: () => Promise.reject(new Error("a bug")) } }, { cwd: root }),
    ).rejects.toThrow("a bug");
  });

  test("a well-formed configuration is remembered, and checked again when it changes", async () => {
    const root = folderWith(json({ api: { command: "x" } }));
    const system = outside(root);
    for (let n = 0; n < 2; n++) expect((await loadProject(system, { cwd: root })).ok).toBe(true);
    writeFileSync(
      path.join(root, "ecosystem.config.json"),
      JSON.stringify({ apps: { api: { command: "x", prot: 1 } } }),
    );
    expect((await loadProject(system, { cwd: root })).ok).toBe(false);
  });
});

describe("the outline by which a configuration is known to be well-formed", () => {
  const called = (): never => {
    throw new Error("called");
  };

  test("calls nothing of it", () => {
    const pattern = Object.assign(/a/, { toString: called, toJSON: called });
    expect(
      outline({ toJSON: called, env: Object.assign(() => 1, { toString: called }), ready: { log: pattern } }),
    ).toBe('{"toJSON":a function,"env":a function,"ready":{"log":a object}}');
  });

  test.each([
    [{ a: 1 }, { a: "1" }],
    [{ a: undefined }, {}],
    [{ a: [1, 2] }, { a: [[1, 2]] }],
    [
      { a: 1, toJSON: () => 0 },
      { a: 2, toJSON: () => 0 },
    ],
    [
      { a: -0, b: Number.NaN },
      { a: -0, b: "NaN" },
    ],
    [{ a: 1n }, { a: 1 }],
  ])("tells %o from %o", (one, other) => {
    expect(outline(one)).not.toBe(outline(other));
  });
});
