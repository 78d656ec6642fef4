import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";

/** What a configuration calls `App` and `Task` is what the project that is made of it calls so. */
const PUBLIC = "config/options.ts";

const EXPORT =
  /^export (?:declare )?(?:async )?(?:abstract )?(?:function\*?|const|let|class|interface|type|enum) (\w+)/gm;

/** Names that two files of src export: a reader who looks for one finds two ideas, or one that is there twice. */
export function sharedNames(root: string): string[] {
  const source = path.join(root, "src");
  const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".ts") && !file.endsWith(".d.ts") && file !== PUBLIC,
  );
  const places = new Map<string, string[]>();
  for (const file of files.toSorted())
    for (const name of exportsOf(readFileSync(path.join(source, file), "utf8")))
      places.set(name, [...(places.get(name) ?? []), `src/${file}`]);
  return [...places].filter(([, found]) => found.length > 1).map(([name, found]) => `${name}: ${found.join(", ")}`);
}

/** Each once: a function may have several signatures, and a type the name of its value. */
const exportsOf = (code: string): ReadonlySet<string> =>
  new Set([...code.matchAll(EXPORT)].map(([, name = ""]) => name));
