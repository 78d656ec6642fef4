import path from "node:path";

/** The folder and its parents, ending with `root`; with itself, where it is not in `root`. Without `root` all of them. */
export function upwards(folder: string, root = path.parse(folder).root): string[] {
  if (!isBelow(folder, root)) return [folder];
  return [folder, ...upwards(path.dirname(folder), root)];
}

/** As it is written for a reader in `folder`: relative where it is inside. */
export function pathFrom(folder: string, file: string): string {
  if (path.relative(folder, file) === "") return ".";
  return isBelow(file, folder) ? path.relative(folder, file) : file;
}

/** Somewhere inside; the folder itself is not. */
export function isBelow(file: string, folder: string): boolean {
  const relative = path.relative(folder, file);
  return relative !== "" && relative !== ".." && !relative.startsWith(`..${path.sep}`);
}
