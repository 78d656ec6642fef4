import path from "node:path";
import type { Repository } from "../../repository/snapshot.ts";
import { foldersAbove } from "../code/files.ts";

const MANIFESTS =
  /^(pyproject\.toml|requirements[\w.-]*\.txt|Pipfile|setup\.py|setup\.cfg|environment\.ya?ml|pixi\.(toml|lock)|uv\.lock|poetry\.lock|pdm\.lock)$/;
export const IMAGE = /^(dev\.)?Dockerfile[\w.-]*$/;

/**
 * The folder whose requirements serve a file: the nearest above that has some, else the one with a Dockerfile, else that of its
 * outermost package. A Dockerfile beside the code may install what a folder above requires.
 */
export function homeOf(repository: Repository, file: string): string {
  const above = foldersAbove(file);
  const has = (pattern: RegExp) => (folder: string) =>
    repository.names(folder).some((name) => pattern.test(name) && !isModule(repository, folder, name));
  const declared =
    above.find((folder) => has(MANIFESTS)(folder) || repository.folders(folder).includes("requirements")) ??
    above.find(has(IMAGE));
  return declared ?? above.find((folder) => !repository.has(path.posix.join(folder, "__init__.py"))) ?? ".";
}

/** A `setup.py` that sets up the app, and not its package. */
const isModule = (repository: Repository, folder: string, name: string): boolean =>
  name === "setup.py" && !/setuptools|distutils/.test(repository.text(path.posix.join(folder, name)) ?? "setuptools");

/** Whether what a folder requires names a package. */
export const lists = (repository: Repository, home: string, name: string): boolean =>
  repository
    .names(home)
    .filter((one) => MANIFESTS.test(one))
    .some((one) => (repository.text(path.posix.join(home, one)) ?? "").includes(name));
