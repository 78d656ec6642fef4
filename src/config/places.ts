import path from "node:path";
import type { Files } from "../system/files.ts";
import { entriesOf } from "./entries.ts";
import type { Problem } from "./problem.ts";
import { taskEntriesOf } from "./task-entries.ts";
import { devScript } from "./vite.ts";

/** Problems with what the configuration names on the disk: folders, files of variables, a front end's package.json. */
export async function placeProblems(config: unknown, root: string, files: Files): Promise<Problem[]> {
  const problems = await Promise.all([
    ...entriesOf(config).map(async ({ key, app }) => {
      const cwd = path.resolve(root, typeof app.cwd === "string" ? app.cwd : ".");
      if ((await files.kind(cwd)) !== "folder") {
        return [{ key: `${key}.cwd`, message: `no such folder: ${cwd}` }];
      }
      return [...(await missingFiles(key, app.envFile, root, files)), ...(await frontEnd(key, app.preset, cwd, files))];
    }),
    ...taskEntriesOf(config).map(async ({ key, task }) => {
      const cwd = path.resolve(root, typeof task.cwd === "string" ? task.cwd : ".");
      return (await files.kind(cwd)) === "folder" ? [] : [{ key: `${key}.cwd`, message: `no such folder: ${cwd}` }];
    }),
  ]);
  return problems.flat();
}

async function missingFiles(key: string, envFile: unknown, root: string, files: Files): Promise<Problem[]> {
  const named = [envFile].flat().filter((file) => typeof file === "string");
  const kinds = await Promise.all(named.map((file) => files.kind(path.resolve(root, file))));
  return named
    .filter((_, index) => kinds[index] !== "file")
    .map((file) => ({ key: `${key}.envFile`, message: `no such file: ${path.resolve(root, file)}` }));
}

async function frontEnd(key: string, preset: unknown, cwd: string, files: Files): Promise<Problem[]> {
  if (preset !== "vite") return [];
  const packageJson = await files.read(path.join(cwd, "package.json"));
  if (packageJson === null) return [{ key: `${key}.cwd`, message: `no package.json in ${cwd}` }];
  if (devScript(packageJson) === null) {
    return [{ key: `${key}.cwd`, message: `no "dev" script in ${path.join(cwd, "package.json")}` }];
  }
  return [];
}
