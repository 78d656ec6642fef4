import path from "node:path";
import type { Files } from "../system/files.ts";

/** Files and folders of a repository, relative to its root, as deep as detection looks. */
export interface Tree {
  files: string[];
  folders: string[];
}

const DEPTH = 4;
const FILES = 4_000;
const SKIPPED =
  /^(\..*|node_modules|venv|env|__pycache__|site-packages|dist|build|target|vendor|coverage|.*\.egg-info)$/;

export async function treeOf(root: string, files: Files): Promise<Tree> {
  const tree: Tree = { files: [], folders: [] };
  let level = ["."];
  for (let depth = 0; depth < DEPTH && level.length > 0 && tree.files.length < FILES; depth++) {
    const next = await Promise.all(level.map((folder) => listed(root, folder, files)));
    tree.files.push(...next.flatMap((found) => found.files));
    level = next.flatMap((found) => found.folders);
    tree.folders.push(...level);
  }
  return tree;
}

async function listed(root: string, folder: string, files: Files): Promise<Tree> {
  const names = (await files.list(path.join(root, folder))).filter((name) => !SKIPPED.test(name));
  const kinds = await Promise.all(names.map((name) => files.kind(path.join(root, folder, name))));
  const of = (kind: string): string[] =>
    names.filter((_, index) => kinds[index] === kind).map((name) => path.join(folder, name));
  return { files: of("file"), folders: of("folder") };
}
