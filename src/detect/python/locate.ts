import path from "node:path";
import type { PythonFiles } from "./code/files.ts";

/** A file, and the folder that its dotted name starts from. */
export interface Located {
  file: string;
  root: string;
}

/** The file of a dotted module: in the folders where the command may run, else wherever the repository has that path. */
export function locate(files: PythonFiles, module: string, folders: readonly string[]): Located | null {
  for (const folder of folders.flatMap((one) => [one, path.posix.join(one, "src")])) {
    const file = files.fileIn(folder, module);
    if (file !== null) return { file, root: folder };
  }
  const ending = module.replaceAll(".", "/");
  const [home = "."] = folders;
  const others = files.repository.files
    .filter((file) => file.endsWith(`/${ending}.py`) || file.endsWith(`/${ending}/__init__.py`))
    .filter((file) => !isAside(file))
    .toSorted((a, b) => distance(a, home) - distance(b, home) || a.length - b.length);
  const [file] = others;
  if (file === undefined) return below(files, module, folders);
  const root = file.slice(0, file.lastIndexOf(`/${ending}`));
  return { file, root };
}

/** `src.app.main` where only an image has the code in a folder `src`: here it is `app.main`. */
function below(files: PythonFiles, module: string, folders: readonly string[]): Located | null {
  const inner = module.split(".").slice(1).join(".");
  for (const folder of inner.includes(".") ? folders : []) {
    const file = files.fileIn(folder, inner);
    if (file !== null) return { file, root: folder };
  }
  return null;
}

const distance = (file: string, folder: string): number =>
  path.posix
    .relative(folder, file)
    .split("/")
    .filter((part) => part === "..").length;

/** Tests and their stubs: never an app to start. */
const isTest = (file: string): boolean =>
  /(^|\/)(tests?|testing|__tests__|e2e|cypress|playwright|migrations|alembic|fixtures|mocks?)\//.test(file) ||
  /(^|\/)(test_[^/]*|[^/]*_test|conftest|mock[^/]*)\.py$/.test(file);

/** Folders beside the product: they count only where there is nothing else. */
export const isExample = (file: string): boolean =>
  /(^|\/)(examples?|samples?|demos?|docs?|documentation|public|static|templates?|solutions?|scripts|notebooks?|benchmarks?|tutorials?|cookbooks?|playground|archive|old|backup|legacy|deprecated|plugins?|addons)\//.test(
    file,
  );

/** Folders of a repository that hold no part of the product. */
export const isAside = (file: string): boolean => isTest(file) || isExample(file);
