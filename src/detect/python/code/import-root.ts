import path from "node:path";
import { type PythonFiles, foldersAbove } from "./files.ts";

/** `pkg/sub/app.py` below a root as `sub.app`; null where Python could not import it by that name. */
export function moduleName(file: string, root: string): string | null {
  const relative = path.posix.relative(root, file);
  if (relative.startsWith("..")) return null;
  const names = relative
    .replace(/(^|\/)__init__\.py$/, "")
    .replace(/\.py$/, "")
    .split("/")
    .filter((name) => name !== "");
  return names.length > 0 && names.every((name) => /^[A-Za-z_]\w*$/.test(name)) ? names.join(".") : null;
}

/**
 * The folder from which a file's imports work: the deepest one above it in which every import of the project's own modules
 * is found. A file with relative imports is in a package, so its folder is no root. `preferred` breaks ties: where
 * a command starts it.
 */
export function importRoot(files: PythonFiles, file: string, preferred: readonly string[] = []): string {
  const reached = reachable(files, file);
  const possible = foldersAbove(file).filter(
    (root) => moduleName(file, root) !== null && !isInsidePackage(files, reached, root),
  );
  const counted = possible.map((root) => ({
    root,
    missing: missingAt(files, reached, root, moduleName(file, root)).length,
  }));
  const least = Math.min(...counted.map(({ missing }) => missing));
  const best = counted.filter(({ missing }) => missing === least).map(({ root }) => root);
  // where nothing decides, Python starts above its packages
  const outside = best.find((root) => !files.repository.has(path.posix.join(root, "__init__.py")));
  return preferred.find((root) => best.includes(root)) ?? outside ?? best[0] ?? path.posix.dirname(file);
}

const REACHED = 60;

/** The file and the project's own modules that it imports, near ones first. */
function reachable(files: PythonFiles, from: string): string[] {
  const found = new Set<string>();
  let next = [from];
  while (next.length > 0 && found.size < REACHED) {
    for (const file of next) found.add(file);
    const behind = next.flatMap((file) =>
      files.imports(file).flatMap(({ module, level }) => files.resolve(file, module, level) ?? []),
    );
    next = [...new Set(behind)].filter((file) => !found.has(file));
  }
  return [...found].slice(0, REACHED);
}

const isInsidePackage = (files: PythonFiles, reached: readonly string[], root: string): boolean =>
  reached.some((file) => files.imports(file).some(({ level }) => level > 0 && !isBelow(folderUp(file, level), root)));

const folderUp = (file: string, levels: number): string => {
  let folder = path.posix.dirname(file);
  for (let up = 1; up < levels; up++) folder = path.posix.dirname(folder);
  return folder;
};

/** Strictly below; what is elsewhere does not count against a root. */
const isBelow = (folder: string, root: string): boolean => {
  const relative = path.posix.relative(root, folder);
  return relative !== "" && !/^(\.\.\/)*\.\.$/.test(relative);
};

/** The folder above a root from which the rest of a file's own packages is imported: `shared` beside its services. */
export function pathAbove(files: PythonFiles, file: string, root: string): { folder: string; names: string[] } | null {
  const reached = reachable(files, file);
  // where it also goes by its folder's own name, that is for people who start it above
  const names = missingAt(files, reached, root, moduleName(file, root)).filter(
    (name) => name !== path.posix.basename(root),
  );
  const isThere = (folder: string): boolean =>
    names.every((name) => files.repository.hasFolder(path.posix.join(folder, name)));
  const folder = names.length === 0 ? undefined : foldersAbove(root).find(isThere);
  return folder === undefined ? null : { folder, names };
}

const isOwn = (files: PythonFiles, file: string, module: string): boolean =>
  files.resolve(file, module) !== null || foldersAbove(file).some((folder) => isNamespace(files, folder, module));

/** A package without an `__init__.py`. */
const isNamespace = ({ repository }: PythonFiles, folder: string, module: string): boolean =>
  repository.names(path.posix.join(folder, ...module.split("."))).some((name) => name.endsWith(".py"));

/** The packages of its own that a root leaves unresolved, by their first names. */
function missingAt(files: PythonFiles, reached: readonly string[], root: string, name: string | null): string[] {
  const names = new Set(
    reached.flatMap((file) =>
      files
        .imports(file)
        .filter(({ level, module }) => level === 0 && isOwn(files, file, module))
        .map(({ module }) => module),
    ),
  );
  // a `src` beside it is what the project installs, unless the file itself is imported as `src.…`
  const sources = name?.startsWith("src.") ? [root] : [root, path.posix.join(root, "src")];
  const isIn = (source: string, module: string): boolean =>
    files.fileIn(source, module) !== null || isNamespace(files, source, module);
  const missing = [...names].filter((module) => sources.every((source) => !isIn(source, module)));
  return [...new Set(missing.map((module) => module.split(".")[0] ?? module))];
}
