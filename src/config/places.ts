import path from "node:path";
import type { Files } from "../system/files/files.ts";
import { type AppEntry, entriesOf } from "./entries.ts";
import type { Problem } from "./problem.ts";
import { taskEntriesOf } from "./task-entries.ts";
import { devScript } from "./vite.ts";

/** Problems with what the configuration names on the disk: folders, files of variables, a front end's package.json. */
export async function placeProblems(config: unknown, root: string, files: Files): Promise<Problem[]> {
  const problems = await Promise.all([
    ...entriesOf(config).map(async (entry) => {
      const { key, app } = entry;
      const cwd = path.resolve(root, typeof app.cwd === "string" ? app.cwd : ".");
      if ((await files.kind(cwd)) !== "folder") {
        return [{ key: `${key}.cwd`, message: `no such folder: ${cwd}` }];
      }
      return [...(await unreadableFiles(entry, cwd, root, files)), ...(await frontEnd(key, app.preset, cwd, files))];
    }),
    ...taskEntriesOf(config).map(async ({ key, task }) => {
      const cwd = path.resolve(root, typeof task.cwd === "string" ? task.cwd : ".");
      return (await files.kind(cwd)) === "folder" ? [] : [{ key: `${key}.cwd`, message: `no such folder: ${cwd}` }];
    }),
  ]);
  return problems.flat();
}

/** A file that is named must exist; any other need not, but what exists must be readable. */
async function unreadableFiles({ key, app }: AppEntry, cwd: string, root: string, files: Files): Promise<Problem[]> {
  const usual = [...new Set([root, cwd])].map((folder) => ({ file: path.join(folder, ".env"), at: `${key}.cwd` }));
  const named = [app.envFile]
    .flat()
    .filter((file) => typeof file === "string")
    .map((file) => ({ file: path.resolve(root, file), at: `${key}.envFile` }));
  const found = await Promise.all(
    [...usual, ...named].map(async ({ file, at }): Promise<Problem[]> => {
      try {
        const missing = (await files.read(file)) === null && at.endsWith(".envFile");
        return missing ? [{ key: at, message: `no such file: ${file}` }] : [];
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        return [{ key: at, message: `${file} cannot be read: ${why}` }];
      }
    }),
  );
  return found.flat();
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
