import { expect, test } from "vitest";
import { readRepository } from "../../../../src/detect/repository/read.ts";
import { isSkippedFolder, wanted } from "../../../../src/detect/repository/wanted.ts";
import type { FolderEntry, TextRead } from "../../../../src/system/files/files.ts";

/** A disk of folders and files that never ends, and a clock that each look at it moves on by `ms`, or other programs do. */
function endless(ms: number, othersMs = 0) {
  let now = 0;
  let waited = 0;
  const looks = { folders: 0, files: 0 };
  const entries = (): FolderEntry[] => {
    now += ms + othersMs;
    waited += othersMs;
    looks.folders++;
    return [
      { name: "a", kind: "folder" },
      { name: "b", kind: "folder" },
      { name: "package.json", kind: "file" },
    ];
  };
  const readText = (): TextRead => {
    now += ms + othersMs;
    waited += othersMs;
    looks.files++;
    return { text: "{}" };
  };
  const files = {
    entries,
    readText,
    readBytes: () => null,
    realpath: (file: string) => Promise.resolve(file),
    kind: () => Promise.resolve("file" as const),
  };
  return {
    outside: { files, clock: { monotonic: () => now, cpu: () => 0, waited: () => waited } },
    looks,
    now: () => now,
  };
}

test("while other programs have the CPU as much is read, later", async () => {
  const [alone, crowded] = [endless(10), endless(10, 500)];
  await readRepository("/r", alone.outside);
  await readRepository("/r", crowded.outside);
  expect(crowded.looks).toEqual(alone.looks);
});

test("a disk without end is looked at until the time is over, and what was left is said", async () => {
  const { outside, now } = endless(10);
  const repository = await readRepository("/r", outside);
  expect(now()).toBeLessThan(2_000);
  expect(repository.inTime()).toBe(true);
  expect(repository.unread).toEqual([
    { path: expect.stringMatching(/^the rest of the repository, after \d+ folders$/), why: "out of time" },
    { path: expect.stringMatching(/^\d+ files$/), why: "out of time" },
  ]);
});

test("a fast disk without end: depth and counts are bounds of their own", async () => {
  const { outside, looks } = endless(0);
  const repository = await readRepository("/r", outside);
  expect(looks.folders).toBeLessThanOrEqual(25_100);
  expect(looks.files).toBeLessThanOrEqual(1_500);
  expect(repository.unread[0]?.path).toBe("folders more than 12 deep");
});

test("what is read first says most about how a project is started", () => {
  const order = [
    "web/src/app.ts",
    "config.yaml",
    "api/main.py",
    "README.md",
    "vite.config.ts",
    "Dockerfile",
    "compose.yml",
    "package.json",
    "a/b/package.json",
  ];
  const sorted = order.toSorted((a, b) => (wanted(a)?.order ?? 0) - (wanted(b)?.order ?? 0));
  expect(sorted).toEqual([
    "package.json",
    "a/b/package.json",
    "compose.yml",
    "Dockerfile",
    "vite.config.ts",
    "README.md",
    "api/main.py",
    "config.yaml",
    "web/src/app.ts",
  ]);
  expect(["logo.png", "types.d.ts", "app.min.js"].map(wanted)).toEqual([null, null, null]);
});

test("a .gitignore with a pattern that takes years is read without it", async () => {
  const tree: Record<string, FolderEntry[]> = {
    "/r": [
      { name: ".gitignore", kind: "file" },
      { name: "made", kind: "folder" },
      { name: "a".repeat(200), kind: "folder" },
    ],
  };
  const looked: string[] = [];
  const files = {
    entries: (folder: string): FolderEntry[] => {
      looked.push(folder);
      return tree[folder] ?? [];
    },
    readText: (): TextRead => ({ text: `${"*a".repeat(30)}b/\nmade/\n` }),
    readBytes: () => null,
    realpath: (file: string) => Promise.resolve(file),
    kind: () => Promise.resolve("file" as const),
  };
  await readRepository("/r", { files, clock: { monotonic: () => 0, cpu: () => 0, waited: () => 0 } });
  expect(looked).toEqual(["/r", `/r/${"a".repeat(200)}`]);
});

test("a compiled program with the name of a script is not read, and not missed", async () => {
  const { outside } = endless(0);
  const names = ["server", "bin.sh", "Makefile"];
  const entries = (folder: string): FolderEntry[] =>
    folder === "/r" ? names.map((name) => ({ name, kind: "file" as const })) : [];
  const files = { ...outside.files, entries, readText: (): TextRead => ({ error: "larger than 128 KB" }) };
  const repository = await readRepository("/r", { ...outside, files });
  expect(repository.unread.map(({ path }) => path).toSorted()).toEqual(["Makefile", "bin.sh"]);
});

test("files of variables in a folder of them are read, and so is a stack in a folder called after Compose", () => {
  const files = [".env/.dev-sample", ".envs/.local/.django", "docker_compose/stores.yaml"];
  expect(files.filter((file) => wanted(file) === null)).toEqual([]);
  expect([".env", ".envs", ".venv"].map(isSkippedFolder)).toEqual([false, false, true]);
});

test("what compose files include or extend is read, whatever it is called, and what nothing names is not", async () => {
  const texts: Record<string, string> = {
    "docker/compose.yaml":
      "include:\n  - parts/graph.yaml\n  #- parts/search.yaml\n  - path: ../queue.yml\nservices:\n  a:\n    extends: { file: base.yml, service: a }\n",
    "docker/parts/graph.yaml": "include: [graph.one.yaml]\n",
    "docker/parts/graph.one.yaml": "include: [graph.yaml]\n",
    "docker/parts/search.yaml": "",
    "queue.yml": "services: {}\n",
    "docker/base.yml": "services: {}\n",
    "docker/other.yml": "",
  };
  const { outside } = endless(0);
  const entries = (folder: string): FolderEntry[] => {
    const at = folder === "/r" ? "" : `${folder.slice(3)}/`;
    const inside = Object.keys(texts).flatMap((file) => (file.startsWith(at) ? file.slice(at.length).split("/") : []));
    return [...new Set(inside)].flatMap((name): FolderEntry[] =>
      Object.hasOwn(texts, at + name)
        ? [{ name, kind: "file" }]
        : Object.keys(texts).some((file) => file.startsWith(`${at}${name}/`))
          ? [{ name, kind: "folder" }]
          : [],
    );
  };
  const read: string[] = [];
  const readText = (file: string): TextRead => {
    read.push(file.slice(3));
    return { text: texts[file.slice(3)] ?? "" };
  };
  await readRepository("/r", { ...outside, files: { ...outside.files, entries, readText } });
  expect(read.toSorted()).toEqual([
    "docker/base.yml",
    "docker/compose.yaml",
    "docker/parts/graph.one.yaml",
    "docker/parts/graph.yaml",
    "queue.yml",
  ]);
});
