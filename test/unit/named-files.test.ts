import { spawnSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { REPOSITORY } from "../rigs/devpm.ts";

/** What is read: the code that is shipped, and what is written about it. Detection names files of the projects that it reads. */
const READ =
  /^(src(?!\/detect\/)|web|bin|scripts|bench|docs\/notes)\/.*\.(tsx?|py|[cm]?js|md)$|^(CONTRIBUTING|README)\.md$/;
/** By a path, with a folder: `teardown/shim.py`, `docs/notes/pm2.md`. */
const NAMED = /(?<![\w@./-])(?:\.\.?\/)*([\w-]+(?:\/[\w.-]+)*\/[\w.-]+\.(?:tsx?|py|[cm]?js|md))\b(?![-/?])/g;

const tracked = (): string[] =>
  spawnSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: REPOSITORY, encoding: "utf8" })
    .stdout.split("\n")
    .filter((file) => file !== "");

const topFolder = (file: string): string => file.split("/")[0] ?? "";

/** Every end of a path: `teardown/shim.py` is src's. */
const endings = (file: string): string[] => {
  const parts = file.split("/");
  return parts.map((_, at) => parts.slice(at).join("/"));
};

/** Comments of code, and what documents quote or link. */
function prose(file: string, text: string): string {
  if (file.endsWith(".md")) return [...text.matchAll(/`[^`\n]+`|\]\([^)]+\)/g)].join("\n");
  if (file.endsWith(".py")) return [...text.matchAll(/"""[^]*?"""|#.*/g)].join("\n");
  return [...text.matchAll(/\/\*[^]*?\*\/|\/\/.*/g)].join("\n");
}

test("a file of this repository that a comment or a note names is there", () => {
  const files = tracked();
  const known = new Set(files.flatMap(endings));
  const folders = new Set([...files.map(topFolder), ...readdirSync(path.join(REPOSITORY, "src"))]);
  // the package `pm2` has such a folder, too
  const isOurs = (named: string): boolean => folders.has(topFolder(named)) && !named.startsWith("pm2/lib/");
  const missing = files
    .filter((file) => READ.test(file))
    .flatMap((file) =>
      [...prose(file, readFileSync(path.join(REPOSITORY, file), "utf8")).matchAll(NAMED)]
        .map(([, named = ""]) => named)
        .filter((named) => (isOurs(named) || named.endsWith(".md")) && !known.has(named))
        .map((named) => `${file}: ${named}`),
    );
  expect(missing).toEqual([]);
});

test("CONTRIBUTING.md names every folder of src, and every rig", () => {
  const text = readFileSync(path.join(REPOSITORY, "CONTRIBUTING.md"), "utf8");
  const inside = (folder: string): string[] => readdirSync(path.join(REPOSITORY, folder));
  const folders = inside("src").filter((name) => !name.includes(".") && !text.includes(`\n  ${name}/ `));
  const rigs = inside("test/rigs").filter((name) => name.endsWith(".ts") && !text.includes(`\`${name}\``));
  expect([...folders, ...rigs]).toEqual([]);
});
