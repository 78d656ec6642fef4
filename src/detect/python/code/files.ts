import path from "node:path";
import { isTooDeep } from "../../parse/depth.ts";
import type { Repository } from "../../repository/snapshot.ts";
import { type ImportedModule, importsIn } from "./imports.ts";
import { type PythonModule, parseModule } from "./module.ts";
import { type NameSearch, createNameSearch } from "./name-search.ts";

/** The Python files of a repository, each parsed when it is first asked for. */
export interface PythonFiles {
  repository: Repository;
  /** Files that were not parsed because the time was used up. */
  late: readonly string[];
  search: NameSearch;
  /** null: not there, not read, or the time is used up. */
  module(file: string): PythonModule | null;
  /** What a file imports, known without parsing it whole. */
  imports(file: string): readonly ImportedModule[];
  /** The file that a dotted name means in a folder. */
  fileIn(folder: string, module: string): string | null;
  /** The file that an import means: relative to the file, else from the nearest folder above that has it. */
  resolve(file: string, module: string, level?: number): string | null;
}

export function pythonFiles(repository: Repository): PythonFiles {
  const parsed = new Map<string, PythonModule | null>();
  const imported = new Map<string, readonly ImportedModule[]>();
  const late: string[] = [];
  const fileIn = (folder: string, module: string): string | null => {
    if (module === "") return null;
    const base = path.posix.join(folder, ...module.split("."));
    return [`${base}.py`, `${base}/__init__.py`].find((file) => repository.has(file)) ?? null;
  };
  return {
    repository,
    late,
    search: createNameSearch(),
    fileIn,
    module: (file) => {
      if (!parsed.has(file) && repository.text(file) !== null && !repository.inTime()) late.push(file);
      if (!parsed.has(file)) parsed.set(file, readModule(repository, file));
      return parsed.get(file) ?? null;
    },
    imports: (file) => {
      const known = imported.get(file) ?? importsIn(repository.text(file) ?? "");
      imported.set(file, known);
      return known;
    },
    resolve: (file, module, level = 0) => {
      if (level > 0) return relativeFile(repository, file, module, level);
      for (const folder of foldersAbove(file)) {
        const found = fileIn(folder, module) ?? fileIn(path.posix.join(folder, "src"), module);
        if (found !== null && found !== file) return found;
      }
      return null;
    },
  };
}

/** null: not there, not read, not Python, or the time is used up. */
export function readModule(repository: Repository, file: string): PythonModule | null {
  const text = repository.text(file);
  if (text === null || !repository.inTime() || isTooDeep(text)) return null;
  try {
    return parseModule(file, text);
  } catch (error) {
    // a chain without end: `a.b.c…`
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function relativeFile(repository: Repository, file: string, module: string, level: number): string | null {
  let folder = path.posix.dirname(file);
  for (let up = 1; up < level; up++) folder = path.posix.dirname(folder);
  const base = module === "" ? folder : path.posix.join(folder, ...module.split("."));
  return [`${base}.py`, `${base}/__init__.py`].find((one) => repository.has(one)) ?? null;
}

/** The folder of a file and those above it, the deepest first. */
export function foldersAbove(file: string): string[] {
  const folders: string[] = [];
  for (let folder = path.posix.dirname(file); ; folder = path.posix.dirname(folder)) {
    folders.push(folder);
    if (folder === "." || folder === "/" || folder === "..") return folders;
  }
}
