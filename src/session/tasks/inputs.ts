import { createHash } from "node:crypto";
import path from "node:path";
import type { Task } from "../../model/project.ts";
import { folderAbove, isGlob, isNeverSaved, matcher } from "../../model/save-rules.ts";
import type { Files } from "../../system/files/files.ts";

/** The current inputs. */
export interface Inputs {
  /** Changes with the content, the name or the absence of any of them. */
  digest: string;
  /** Folders in which an input may change, appear or disappear. */
  folders: string[];
}

export async function readInputs(files: Files, { inputs }: Pick<Task, "inputs">): Promise<Inputs> {
  const found = (await Promise.all(inputs.map((input) => filesOf(files, input)))).flat();
  const names = [...new Set(found)].toSorted();
  const contents = await Promise.all(names.map((name) => files.read(name)));
  const digest = createHash("sha256");
  for (const [index, name] of names.entries()) digest.update(JSON.stringify([name, contents[index] ?? null]));
  const folders = [...inputs.map(baseOf), ...names.map((name) => path.dirname(name))];
  return { digest: digest.digest("hex"), folders: [...new Set(folders)] };
}

/** A file counts, existing or not; a folder with all its files; a glob with its matches below its fixed part. */
async function filesOf(files: Files, input: string): Promise<string[]> {
  if (!isGlob(input)) return (await files.kind(input)) === "folder" ? below(files, input) : [input];
  const matches = matcher("/", [input]);
  return (await below(files, folderAbove(input))).filter((file) => matches(file));
}

const baseOf = (input: string): string => (isGlob(input) ? folderAbove(input) : path.dirname(input));

/** Without files that programs write: neither reading nor running a task may change its inputs. */
async function below(files: Files, folder: string): Promise<string[]> {
  const names = (await files.list(folder)).filter((name) => !isNeverSaved(name));
  const found = await Promise.all(
    names.map(async (name) => {
      const file = path.join(folder, name);
      const kind = await files.kind(file);
      return kind === "folder" ? below(files, file) : kind === "file" ? [file] : [];
    }),
  );
  return found.flat();
}
