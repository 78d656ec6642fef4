import type { Expression } from "../code/expression.ts";
import type { PythonFiles } from "../code/files.ts";
import type { Assign, PythonModule } from "../code/module.ts";

/** A field of a class of settings. */
export interface Field {
  assign: Assign;
  /** Where the class is written. */
  module: PythonModule;
  /** The variables that pydantic fills it from, in upper case. */
  variables: string[];
}

export interface Home {
  module: PythonModule;
  name: string;
}

const DEPTH = 6;
/** Classes that a class extends, directly or not. */
const MOST_BASES = 20;

/** `settings.port`, `get_settings().server.port`, `Config.PORT`: the field of the class that the object is made of. */
export function fieldOf(
  files: PythonFiles,
  module: PythonModule,
  object: string,
  path: readonly string[],
): Field | null {
  const [first = "", ...rest] = path;
  const there = rest.length === 0 ? null : moduleNamed(files, module, object);
  const within = there && fieldOf(files, there, first, rest);
  if (within) return within;
  const root = classBehind(files, module, object, 0);
  let home = root;
  for (const step of path.slice(0, -1)) {
    const found = home && assignedIn(files, home, step);
    home = found ? classOfField(files, found.module, found.assign) : null;
  }
  const field = path.at(-1) ?? "";
  const found = home && assignedIn(files, home, field);
  if (!root || !home || !found) return null;
  const names = [`${prefixOf(home)}${field}`, ...(path.length > 1 ? [`${prefixOf(root)}${path.join("__")}`] : [])];
  return { ...found, variables: names.map((name) => name.toUpperCase()) };
}

/** The class of what a name refers to: itself, its instance, or what a function returns one of. */
function classBehind(files: PythonFiles, module: PythonModule, written: string, depth: number): Home | null {
  const name = written.replace(/\(\)$/, "");
  if (depth > DEPTH || name === "" || name.includes(".")) return null;
  const next = (from: PythonModule, other: string): Home | null => classBehind(files, from, other, depth + 1);
  if (module.classes.some((one) => one.name === name)) return { module, name };
  const made = module.functions.find((one) => one.name === name && one.scope === "");
  if (made) {
    const [returned] = made.returns;
    const behind = returned?.kind === "call" || returned?.kind === "name" ? next(module, nameIn(returned)) : null;
    return behind ?? next(module, made.returnType ?? "");
  }
  const assign = module.assigns.findLast(({ target, value }) => target === name && value !== null);
  if (assign) return classOfField(files, module, assign, depth + 1);
  const from = module.imports.flatMap((one) => {
    const taken = one.names?.find(({ as }) => as === name);
    const file = taken && files.resolve(module.file, one.module, one.level);
    const there = file ? files.module(file) : null;
    return there && taken && there !== module ? [{ there, name: taken.name }] : [];
  })[0];
  return from ? next(from.there, from.name) : null;
}

const nameIn = (value: Expression): string =>
  value.kind === "call" ? value.callee : value.kind === "name" ? value.name : "";

/** `server: Server = Server()`, `server = Field(default_factory=Server)` */
function classOfField(files: PythonFiles, module: PythonModule, { value, annotation }: Assign, depth = 0): Home | null {
  const given = value?.kind === "call" ? (value.named.default_factory ?? value.named.default ?? value) : value;
  const names = [annotation?.replaceAll(/["']/g, "") ?? "", given ? nameIn(given) : ""];
  for (const name of names) {
    const found = classBehind(files, module, name, depth + 1);
    if (found) return found;
  }
  return null;
}

/** In the class or what it extends, `seen` so far; also `self.port = …` of a method. */
function assignedIn(
  files: PythonFiles,
  { module, name }: Home,
  field: string,
  seen = new Set<string>(),
): Pick<Field, "assign" | "module"> | null {
  const home = `${module.file} ${name}`;
  if (seen.has(home) || seen.size > MOST_BASES) return null;
  seen.add(home);
  const isField = ({ target, scope }: Assign): boolean =>
    scope === name
      ? target.toLowerCase() === field.toLowerCase()
      : scope.startsWith(`${name}.`) && target.toLowerCase() === `self.${field}`.toLowerCase();
  const assign = module.assigns.findLast(isField);
  if (assign) return { assign, module };
  for (const base of module.classes.find((one) => one.name === name)?.bases ?? []) {
    const above = classBehind(files, module, base, 0);
    const found = above && assignedIn(files, above, field, seen);
    if (found) return found;
  }
  return null;
}

/** `model_config = SettingsConfigDict(env_prefix="SHOP_")`, or the same in `class Config`. */
export function prefixOf({ module, name }: Home): string {
  const config = module.assigns.findLast(({ target, scope }) => target === "model_config" && scope === name)?.value;
  const given =
    config?.kind === "call"
      ? config.named.env_prefix
      : config?.kind === "dict"
        ? config.entries.env_prefix
        : module.assigns.findLast(({ target, scope }) => target === "env_prefix" && scope === `${name}.Config`)?.value;
  return given?.kind === "string" ? given.value : "";
}

/** `from shop import config`, `import config` */
function moduleNamed(files: PythonFiles, module: PythonModule, name: string): PythonModule | null {
  for (const one of module.imports) {
    const isWhole = one.names === null && (one.as ?? one.module) === name;
    const taken = one.names?.find(({ as }) => as === name);
    const dotted = isWhole ? one.module : taken && [one.module, taken.name].filter((part) => part !== "").join(".");
    const file = dotted === undefined ? null : files.resolve(module.file, dotted, one.level);
    if (file !== null) return files.module(file);
  }
  return null;
}
