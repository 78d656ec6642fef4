import type { Backend } from "../backend.ts";
import type { Repository } from "../../repository/snapshot.ts";

/** Whether the code of a backend reads a variable: from its environment, or as a field of its settings. */
export function readsVariable(repository: Repository, { home, cwd }: Backend, name: string): boolean {
  // a key of a file of variables may be any text
  if (!/^\w+$/.test(name)) return false;
  const folders = [home, cwd].filter((folder) => folder !== ".");
  const spellings = [name, name.toLowerCase()];
  const read = new RegExp(
    `(getenv|environ(\\.get)?|config|env(\\.\\w+)?|get_env\\w*|alias=|validation_alias=)\\s*(?:[[(]\\s*)?["']${name}["']|^[ \\t]+(${name}|${name.toLowerCase()})[ \\t]*:`,
    "m",
  );
  return repository.files.some(
    (file) =>
      file.endsWith(".py") &&
      (folders.length === 0 || folders.some((folder) => file.startsWith(`${folder}/`))) &&
      // most files do not hold the name at all: the pattern is slow
      spellings.some((one) => repository.text(file)?.includes(one)) &&
      read.test(repository.text(file) ?? ""),
  );
}
