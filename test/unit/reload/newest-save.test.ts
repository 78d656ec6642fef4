import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { App } from "../../../src/model/project.ts";
import { folderAbove, isNeverSaved, matcher, NEVER_SAVED } from "../../../src/model/save-rules.ts";
import { newestSave, savesOf } from "../../../src/reload/newest-save.ts";
import { files } from "../../../src/system/files/files.ts";
import { folderWith } from "../config/outside.ts";
import { sampleApp } from "../plan/sample.ts";

/** Files by the second at which each was saved; the newest that counts for the app. */
async function newest(saved: Record<string, number>, more: Partial<App> = {}): Promise<number> {
  const root = folderWith(Object.fromEntries(Object.keys(saved).map((name) => [name, "x"])));
  for (const [name, second] of Object.entries(saved)) utimesSync(path.join(root, name), second, second);
  const at = (names: readonly string[] | undefined, usual: string[]): string[] =>
    (names ?? usual).map((name) => path.join(root, name));
  const app = sampleApp({
    reload: "warm",
    ...more,
    cwd: root,
    watch: at(more.watch, ["."]),
    ...(more.venv ? { venv: path.join(root, more.venv) } : {}),
  });
  return (await newestSave(files, app)) / 1_000;
}

describe("the newest save of a warm Python", () => {
  test.each([
    ["is that of its Python files", { "a.py": 10, "web/b.py": 20 }, 20],
    ["is not that of other files", { "a.py": 10, "data.json": 99, "x.pyc": 99 }, 10],
    [
      "is not one in a folder that never counts",
      { "a.py": 10, "node_modules/x.py": 99, "__pycache__/y.py": 99, ".git/z.py": 99 },
      10,
    ],
    ["is not one in any virtual environment", { "a.py": 10, "mine/pyvenv.cfg": 99, "mine/lib/x.py": 99 }, 10],
    ["is not what an editor writes beside a file", { "a.py": 10, "a.py~": 99, ".#a.py": 99, "4913": 99 }, 10],
    ["is also that of a file of variables which frameworks read", { "a.py": 10, ".env": 30, ".flaskenv": 20 }, 30],
    ["is nothing where there is none", {}, 0],
  ])("%s", async (_, saved, second) => {
    expect(await newest(saved)).toBe(second);
  });

  test("is not one that is ignored", async () => {
    expect(await newest({ "a.py": 10, "scratch/b.py": 99 }, { ignore: ["scratch"] })).toBe(10);
  });

  test("is any file of what is watched by its own name", async () => {
    expect(await newest({ "a.py": 10, "templates/x.html": 99, "conf.toml": 50 }, { watch: [".", "conf.toml"] })).toBe(
      50,
    );
    expect(await newest({ "a.py": 10, "conf/x.toml": 50, "conf/x.txt": 99 }, { watch: [".", "conf/*.toml"] })).toBe(50);
  });
});

describe("the newest save of an app that is restarted", () => {
  const restart = { reload: "restart" } as const;

  test("is that of any file, but for what programs write", async () => {
    expect(await newest({ "main.go": 10, "app.log": 99, "data.sqlite3": 99, "x.db-wal": 99 }, restart)).toBe(10);
    expect(await newest({ "main.go": 10, "page.html": 20 }, restart)).toBe(20);
  });

  test("is not one in its virtual environment, and one in another folder with such a file counts", async () => {
    expect(await newest({ "a.py": 10, "env/x.py": 99 }, { ...restart, venv: "env" })).toBe(10);
    expect(await newest({ "a.py": 10, "other/pyvenv.cfg": 20 }, restart)).toBe(20);
  });

  test("follows a link to a file, and not one to a folder", async () => {
    const root = folderWith({ "real/x.txt": "", "watched/a.txt": "" });
    symlinkSync(path.join(root, "real/x.txt"), path.join(root, "watched/link.txt"));
    symlinkSync(path.join(root, "real"), path.join(root, "watched/folder"));
    utimesSync(path.join(root, "watched/a.txt"), 10, 10);
    utimesSync(path.join(root, "real/x.txt"), 50, 50);
    mkdirSync(path.join(root, "real/deep"));
    writeFileSync(path.join(root, "real/deep/y.txt"), "");
    const app = sampleApp({ ...restart, cwd: root, watch: [path.join(root, "watched")] });
    expect((await newestSave(files, app)) / 1_000).toBe(50);
  });
});

test("a wait for one file looks into no folder beside its own", async () => {
  const names = ["a.py", "web/b.py", "web/deep/c.py", "other/d.py", "other/far/e.py", "x.md"];
  const root = folderWith(Object.fromEntries(names.map((name) => [name, "x"])));
  const looked: string[] = [];
  const looking = {
    ...files,
    entries: (folder: string) => (looked.push(path.relative(root, folder)), files.entries(folder)),
  };
  for (const reload of ["warm", "restart"] as const) {
    const app = sampleApp({ reload, cwd: root, watch: [root], ignore: ["far"] });
    const savedOf = async (name: string): Promise<string[]> =>
      (await savesOf(looking, app, path.join(root, name))).map(({ file }) => path.relative(root, file));
    looked.length = 0;
    expect(await savedOf("web/b.py")).toEqual(["web/b.py"]);
    expect(looked).toEqual(["", "web"]);
    expect(await savedOf("other/far/e.py")).toEqual([]);
    expect(await savedOf("x.md")).toEqual(reload === "warm" ? [] : ["x.md"]);
    expect(await savedOf("gone.py")).toEqual([]);
  }
});

describe("which names never count", () => {
  test.each(["__pycache__", ".git", ".env", "a.pyc", "app.log", "x.egg-info", "node_modules", "a.swp", "file~"])(
    "%s",
    (name) => {
      expect(isNeverSaved(name)).toBe(true);
    },
  );

  test.each(["a.py", "env", "log", "pycache", "dist", "build", "egg-info.txt", "Makefile"])("%s does", (name) => {
    expect(isNeverSaved(name)).toBe(false);
  });

  test("each rule has at most one star, at an end: the Python side reads the same list", () => {
    for (const rule of NEVER_SAVED) expect(rule, rule).toMatch(/^(?:\*[^*]+|[^*]+\*?)$/);
  });
});

describe("globs as in .gitignore", () => {
  test.each([
    ["scratch", ["/app/scratch/a.py", "/app/web/scratch/b.py"], ["/app/scratched/a.py", "/other/scratch"]],
    ["web/*.py", ["/app/web/a.py"], ["/app/web/sub/a.py", "/app/x/web/a.py"]],
    ["**/gen/*.py", ["/app/gen/a.py", "/app/web/gen/a.py"], ["/app/gen/x/a.py"]],
    ["a?.py", ["/app/ab.py"], ["/app/a.py"]],
    ["/srv/shared/*.py", ["/srv/shared/a.py", "/app/srv/shared/a.py"], ["/srv/a.py"]],
    ["./local.py", ["/app/local.py"], ["/app/web/local.py"]],
    ["a+(b).py", ["/app/a+(b).py"], ["/app/aab.py"]],
    ["build/", ["/app/build/x", "/app/web/build/y"], ["/app/building/x"]],
  ])("%s", (glob, matched, not) => {
    const matches = matcher("/app", [glob]);
    for (const file of matched) expect(matches(file), file).toBe(true);
    for (const file of not) expect(matches(file), file).toBe(false);
  });

  test.each([
    ["/app/*.py", "/app"],
    ["/app/conf/a?.toml", "/app/conf"],
    ["/app/a/**/x", "/app/a"],
    ["/*", "/"],
  ])("the nearest certain folder above %s is %s", (glob, folder) => {
    expect(folderAbove(glob)).toBe(folder);
  });
});
