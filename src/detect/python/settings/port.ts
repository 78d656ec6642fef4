import { textsOf } from "../../parse/data.ts";
import type { Call, Expression } from "../code/expression.ts";
import { type PythonFiles, foldersAbove } from "../code/files.ts";
import type { PythonModule } from "../code/module.ts";
import { fieldOf } from "./settings-class.ts";
import { settingOf } from "./settings-file.ts";

/** A port that code names, and the variable that may replace it. */
export interface CodePort {
  port: number;
  variable: string | null;
  /** An env file of the repository sets that variable, or a file of settings that the program loads the port. */
  set?: boolean;
}

export type Variables = Readonly<Record<string, string>>;

const DEPTH = 8;
/** A setting may name another one: each is looked for in several files. */
const CONFIG_DEPTH = 3;
const MOST_IMPORTS = 12;

/** Where an expression stands, and how many others have led to it. */
interface Place {
  files: PythonFiles;
  module: PythonModule;
  variables: Variables;
  depth: number;
}

/** The number an expression evaluates to when its variables are unset, or as in the repository's own env files. */
export const portOfExpression = (
  files: PythonFiles,
  module: PythonModule,
  value: Expression | undefined,
  variables: Variables,
): CodePort | null => portIn({ files, module, variables, depth: 0 }, value);

/** Of an expression that another one leads to, in this module or in the one that it is from. */
const portBehind = (place: Place, value: Expression | undefined, module = place.module): CodePort | null =>
  portIn({ ...place, module, depth: place.depth + 1 }, value);

function portIn(place: Place, value: Expression | undefined): CodePort | null {
  const { module, variables } = place;
  if (!value || place.depth > DEPTH) return null;
  const inner = (one: Expression | undefined): CodePort | null => portBehind(place, one);
  switch (value.kind) {
    case "number":
      return asPort(value.value, null);
    case "string":
      return asPort(Number(value.value), null);
    case "or":
      return value.sides.reduce<CodePort | null>((found, side) => found ?? inner(side), null);
    case "conditional": {
      const met = inner(value.met);
      const otherwise = inner(value.otherwise);
      // 80 is for production
      return met && (met.set === true || (otherwise?.port ?? 80) < 1024) ? met : otherwise;
    }
    case "item":
      // of another mapping only what is named as a port: `CONFIG["API_PORT"]` of a file of variables
      return (
        (value.of.endsWith("environ") || value.key.endsWith("PORT")
          ? fromVariable(value.key, null, variables)
          : null) ??
        fromSettings(place, value) ??
        (/(^|\.)config$/.test(value.of) ? configured(place, value.key) : null) ??
        inner(entryOf(module, value.inner, value.key)) ??
        inner(value.fallback ?? undefined)
      );
    case "name":
      return portNamed(place, value.name);
    case "call":
      return portOfCall(place, value);
    default:
      return null;
  }
}

/** `CONFIG["port"]` of a table in the module. */
function entryOf({ assigns }: PythonModule, of: Expression, key: string): Expression | undefined {
  const table = of.kind === "name" ? assigns.findLast(({ target }) => target === of.name)?.value : of;
  return table?.kind === "dict" ? table.entries[key] : undefined;
}

function asPort(number: number, variable: string | null): CodePort | null {
  return Number.isInteger(number) && number >= 80 && number <= 65_535 ? { port: number, variable } : null;
}

function fromVariable(name: string, fallback: CodePort | null, variables: Variables): CodePort | null {
  const set = asPort(Number(variables[name] ?? ""), name);
  return set ? { ...set, set: true } : fallback ? { ...fallback, variable: name } : null;
}

function fromSettings({ files, module }: Place, value: Expression): CodePort | null {
  const [text] = textsOf(settingOf(files, module, value));
  const found = asPort(Number(text), null);
  return found && { ...found, set: true };
}

const READS = /(^|\.)(getenv|environ\.get|config|env|env\.(int|str|get)|decouple\.config|get_env|getenv_int)$/;

function portOfCall(place: Place, call: Call): CodePort | null {
  const { variables } = place;
  const inner = (one: Expression | undefined): CodePort | null => portBehind(place, one);
  const [first, second] = call.args;
  if (/^(int|str|float|eval)$/.test(call.callee)) return inner(first);
  if (READS.test(call.callee) && first?.kind === "string")
    return fromVariable(first.value, inner(second ?? call.named.default), variables);
  if (/\.get(int)?$/.test(call.callee))
    return (
      fromSettings(place, call) ??
      (call.callee.endsWith("config.get") && first?.kind === "string" ? configured(place, first.value) : null) ??
      inner(second)
    );
  if (/(^|\.)(Field|field|Option|Argument)$/.test(call.callee)) return ofField(call, inner, variables);
  return null;
}

/** `Field(8000, env="API_PORT")`, `Field(default=8000, validation_alias=AliasChoices("PORT", "API_PORT"))` */
function ofField(
  { args, named }: Call,
  inner: (one: Expression | undefined) => CodePort | null,
  variables: Variables,
): CodePort | null {
  const given = [named.env, named.validation_alias, named.alias].flatMap((one) =>
    one?.kind === "call" ? one.args : one?.kind === "list" ? one.items : (one ?? []),
  );
  const names = given.flatMap((one) => (one.kind === "string" ? [one.value] : []));
  const name = names.find((one) => variables[one] !== undefined) ?? names[0];
  const usual = inner(named.default ?? named.default_factory ?? args[0]);
  return name === undefined ? usual : fromVariable(name, usual, variables);
}

/** `app.config["PORT"]`: of Flask's settings, which are a class or a module of the project. */
function configured(place: Place, key: string): CodePort | null {
  const { files, module } = place;
  if (place.depth > CONFIG_DEPTH) return null;
  const near = foldersAbove(module.file).flatMap((folder) =>
    ["config", "settings"].flatMap((name) => files.fileIn(folder, name) ?? []),
  );
  const imported = module.imports
    .slice(0, MOST_IMPORTS)
    .flatMap((one) => files.resolve(module.file, one.module, one.level) ?? []);
  for (const file of new Set([module.file, ...imported, ...near])) {
    const source = files.module(file);
    const assigned = source?.assigns.find(({ target, value }) => target === key && value !== null)?.value;
    const found = source && assigned ? portBehind(place, assigned, source) : null;
    if (found) return found;
  }
  return null;
}

function portNamed(place: Place, name: string): CodePort | null {
  const { module } = place;
  const last = name.split(".").at(-1) ?? name;
  if (!name.includes(".")) {
    const assigned = module.assigns.findLast(({ target, value }) => target === name && value !== null);
    const found = assigned?.value ? portBehind(place, assigned.value) : null;
    if (found) return found;
  }
  const given = name.includes(".") ? null : module.functions.findLast(({ defaults }) => name in defaults);
  return (
    optionDefault(place, last) ??
    (given ? portBehind(place, given.defaults[name]) : null) ??
    fieldNamed(place, name) ??
    fromSettings(place, { kind: "name", name })
  );
}

/** `parser.add_argument("--port", default=8000)`, `@click.option("--port", default=8000)`, Tornado's `define("port", default=8000)`. */
function optionDefault(place: Place, name: string): CodePort | null {
  const option = place.module.calls.find(
    ({ callee, args }) =>
      /(add_argument|option|^define|\.define)$/.test(callee) &&
      args.some((arg) => arg.kind === "string" && arg.value.replace(/^-+/, "").replaceAll("-", "_") === name),
  );
  return option ? portBehind(place, option.named.default) : null;
}

/** `settings.port`: a field of a class in this module or in the one that the object is imported from. */
function fieldNamed(place: Place, name: string): CodePort | null {
  const { files, module, variables } = place;
  const [written = "", ...path] = name.split(".");
  const field = path.at(-1) ?? written;
  const own = path.length > 0 ? fieldOf(files, module, written, path) : null;
  if (own) {
    const set = own.variables.find((one) => variables[one] !== undefined) ?? own.variables[0] ?? "";
    const usual = portBehind(place, own.assign.value ?? undefined, own.module);
    return usual?.variable != null ? usual : fromVariable(set, usual, variables);
  }
  for (const source of sourcesOf(files, module, written, path.length > 0)) {
    const assigned = source.assigns.findLast(
      ({ target, value, scope }) =>
        value !== null && target.toLowerCase() === field.toLowerCase() && (scope !== "" || path.length <= 1),
    );
    if (!assigned?.value) continue;
    const found = portBehind(place, assigned.value, source);
    if (found)
      return assigned.scope === "" || found.variable !== null
        ? found
        : fromVariable(field.toUpperCase(), found, variables);
  }
  return null;
}

/** Where the fields of an object are written: this module, the one it is imported from, and those that one is composed of. */
export function sourcesOf(
  files: PythonFiles,
  module: PythonModule,
  written: string,
  isObject: boolean,
): PythonModule[] {
  // `settings = get_settings()`, `get_settings().port`: where the function or class is from
  const made = module.assigns.findLast(({ target, value }) => target === written && value?.kind === "call")?.value;
  const object = (made?.kind === "call" && isObject ? made.callee : written).replace(/\(\)$/, "");
  const imported = module.imports.find(
    ({ names, as, module: from }) =>
      names?.some((one) => one.as === object) || (names === null && (as ?? from) === object),
  );
  const from = imported
    ? (files.resolve(module.file, imported.module, imported.level) ??
      files.resolve(module.file, [imported.module, object].filter((part) => part !== "").join("."), imported.level))
    : null;
  return [module, ...(from === null ? [] : [files.module(from), ...nextOf(files, from)])].filter((one) => one !== null);
}

/** The project's modules that a settings module is composed of. */
function nextOf(files: PythonFiles, file: string): (PythonModule | null)[] {
  const module = files.module(file);
  return (module?.imports ?? [])
    .slice(0, MOST_IMPORTS)
    .flatMap((one) => files.resolve(file, one.module, one.level) ?? [])
    .map((next) => files.module(next));
}
