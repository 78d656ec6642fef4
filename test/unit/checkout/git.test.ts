import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { checkoutOf, isSameRepository } from "../../../src/checkout/git.ts";
import { nestedWorktrees } from "../../../src/checkout/nested.ts";
import { files } from "../../../src/system/files/files.ts";
import { folderWith } from "../config/outside.ts";

const git = (cwd: string, ...args: string[]): void => {
  execFileSync("git", ["-c", "user.email=ana@example.org", "-c", "user.name=Ana", ...args], { cwd, stdio: "pipe" });
};

function repository(): { base: string; main: string } {
  const base = folderWith({ "shop/app/file": "x" });
  const main = path.join(base, "shop");
  git(main, "init", "-q", "-b", "main");
  git(main, "add", "-A");
  git(main, "commit", "-q", "-m", "one");
  return { base, main };
}

test("the main working tree, from a folder inside it", async () => {
  const { main } = repository();
  const at = await checkoutOf(files, path.join(main, "app"));
  expect(at).toEqual({ folder: main, linked: null, branch: "main", common: path.join(main, ".git"), main });
});

const LONG = `feature/${"x".repeat(200)}`;

test.each(["feature/login", "fix/größe-ñ", LONG])("a linked worktree on %s, and its main one", async (branch) => {
  const { base, main } = repository();
  const folder = path.join(base, "tree");
  git(main, "worktree", "add", "-q", folder, "-b", branch);
  const at = await checkoutOf(files, path.join(folder, "app"));
  expect(at).toEqual({ folder, linked: "tree", branch, common: path.join(main, ".git"), main });
  git(folder, "checkout", "-q", "--detach");
  expect(await checkoutOf(files, folder)).toMatchObject({ linked: "tree", branch: null });
});

test("working trees that are inside of a folder are found from any other one, and none beside it", async () => {
  const { base, main } = repository();
  const inside = path.join(main, "app", "[trees] größe");
  for (const [folder, branch] of [
    [inside, "in"],
    [path.join(main, "gone"), "gone"],
    [path.join(base, "shop-two"), "beside"],
  ] as const)
    git(main, "worktree", "add", "-q", folder, "-b", branch);
  rmSync(path.join(main, "gone"), { recursive: true });
  expect(await nestedWorktrees(files, main)).toEqual([inside]);
  expect(await nestedWorktrees(files, path.join(main, "app"))).toEqual([inside]);
  expect(await nestedWorktrees(files, inside)).toEqual([]);
  expect(await nestedWorktrees(files, base)).toEqual([]);
});

test("a worktree of a bare repository has no main one; a submodule is no worktree; elsewhere there is none", async () => {
  const { base, main } = repository();
  git(base, "clone", "-q", "--bare", main, "bare");
  git(path.join(base, "bare"), "worktree", "add", "-q", path.join(base, "tree"), "main");
  expect(await checkoutOf(files, path.join(base, "tree"))).toMatchObject({ linked: "tree", main: null });
  const other = folderWith({
    "sub/.git": "gitdir: ../.git/modules/sub",
    ".git/modules/sub/HEAD": "ref: refs/heads/x\n",
  });
  expect(await checkoutOf(files, path.join(other, "sub"))).toMatchObject({ linked: null, branch: "x" });
  expect(await checkoutOf(files, base)).toBeNull();
  expect(await checkoutOf(files, folderWith({ ".git": "nonsense" }))).toBeNull();
});

test("clones of one repository are the same one, by what they are cloned from; others are not", async () => {
  const { base, main } = repository();
  git(base, "clone", "-q", main, "second");
  git(base, "clone", "-q", `file://${main}`, "third");
  git(base, "clone", "-q", `file://${main}/`, "fourth");
  const at = async (name: string) => (await checkoutOf(files, path.join(base, name)))!;
  expect(await isSameRepository(files, await at("second"), await at("shop"))).toBe(true);
  expect(await isSameRepository(files, await at("third"), await at("fourth"))).toBe(true);
  const stranger = repository().main;
  expect(await isSameRepository(files, await at("second"), (await checkoutOf(files, stranger))!)).toBe(false);
});
