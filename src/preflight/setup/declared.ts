import path from "node:path";
import { isObject } from "../../util/guard.ts";
import { readToml, strings, tableIn } from "../../config/workspace.ts";
import type { Files } from "../../system/files/files.ts";

type Reader = Pick<Files, "read">;

/** A package that a file asks for; `version` where it asks for exactly one. */
export interface Declared {
  name: string;
  version: string | null;
}

/** The packages that these files ask for; null where they do not list them in a comparable form. */
export async function declaredIn(all: readonly string[], files: Reader): Promise<Declared[] | null> {
  const found: Declared[] = [];
  let read = false;
  for (const file of all) {
    const packages = await declaredBy(file, files, []);
    if (packages === "unclear") return null;
    if (packages === null) continue;
    read = true;
    found.push(...packages);
  }
  return read ? found : null;
}

/** null: a lock file, or one that is not there; the other files ask for what it holds. */
async function declaredBy(
  file: string,
  files: Reader,
  seen: readonly string[],
): Promise<Declared[] | "unclear" | null> {
  if (file.endsWith(".txt")) return requirementsIn(file, files, seen);
  switch (path.basename(file)) {
    case "pyproject.toml":
      return byProject(await readToml(file, files));
    case "Pipfile": {
      const pipfile = await readToml(file, files);
      return [pipfile.packages, pipfile["dev-packages"]].flatMap(names);
    }
    case "package.json":
      return packageJson(await files.read(file));
    default:
      return null;
  }
}

function byProject(pyproject: Record<string, unknown>): Declared[] {
  const groups = tableIn(pyproject, "dependency-groups");
  const poetry = tableIn(pyproject, "tool", "poetry");
  const lines = [...strings(tableIn(pyproject, "project")?.dependencies), ...strings(groups?.dev)];
  const dev = tableIn(pyproject, "tool", "poetry", "group", "dev");
  return [
    ...lines.flatMap((line) => requirement(line) ?? []),
    ...[poetry?.dependencies, dev?.dependencies].flatMap(names),
  ];
}

/** Keys of a table; what is optional, or bound to a platform or a Python, need not be there. */
function names(of: unknown): Declared[] {
  if (!isObject(of)) return [];
  return Object.entries(of).flatMap(([name, wanted]) =>
    name === "python" ||
    Array.isArray(wanted) ||
    (isObject(wanted) && (wanted.optional || wanted.markers || wanted.python))
      ? []
      : [{ name, version: null }],
  );
}

async function requirementsIn(file: string, files: Reader, seen: readonly string[]): Promise<Declared[] | "unclear"> {
  if (seen.includes(file)) return [];
  const text = await files.read(file);
  if (text === null) return "unclear";
  const found: Declared[] = [];
  for (const raw of text.replaceAll(/\\\r?\n/g, " ").split("\n")) {
    const line = raw.replace(/(^|\s)#.*$/, "").trim();
    if (line === "") continue;
    const more = /^(?:-r|--requirement)[\s=]*(\S+)$/.exec(line)?.[1];
    if (more !== undefined) {
      const included = await requirementsIn(path.resolve(path.dirname(file), more), files, [...seen, file]);
      if (included === "unclear") return included;
      found.push(...included);
    } else if (/^(-e|--editable|[./]|\w+\+?\w*:)/.test(line)) return "unclear";
    else if (!line.startsWith("-")) found.push(...(requirement(line) ?? []));
  }
  return found;
}

/** `Flask[async]==3.0.1 --hash=…`; null where a marker may rule it out here. */
function requirement(line: string): Declared[] | null {
  const [, name, rest = ""] = /^([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*(.*)$/.exec(line) ?? [];
  if (name === undefined || rest.includes(";")) return null;
  return [{ name, version: /^\(?===?\s*([\w.!+-]+)\)?(?:\s|$)/.exec(rest)?.[1] ?? null }];
}

function packageJson(text: string | null): Declared[] | "unclear" {
  try {
    const json = JSON.parse(text ?? "") as Record<string, unknown>;
    const wanted = [json.dependencies, json.devDependencies].flatMap((of) => (isObject(of) ? Object.keys(of) : []));
    return wanted.map((name) => ({ name, version: null }));
  } catch {
    return "unclear";
  }
}
