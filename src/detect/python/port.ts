import { textsOf } from "../parse/data.ts";
import type { Call, Expression } from "./expression.ts";
import type { PythonFiles } from "./index.ts";
import type { PythonModule } from "./module.ts";
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

/** The number an expression evaluates to when its variables are unset, or as in the repository's own env files. */
export function portOfExpression(
  files: PythonFiles,
  module: PythonModule,
  value: Expression | undefined,
  variables: Variables,
  depth = 0,
): CodePort | null {
  if (!value || depth > DEPTH) return null;
  const inner = (one: Expression | undefined): CodePort | null =>
    portOfExpression(files, module, one, variables, depth + 1);
  switch (value.kind) {
    case "number":
      return asPort(value.value, null);
    case "string":
      return asPort(Number(value.value), null);
    case "or":
      return value.sides.reduce<CodePort | null>((found, side) => found ?? inner(side), null);
    case "conditional":
      return inner(value.otherwise) ?? inner(value.met);
    case "item":
      // of another mapping only what is named as a port: `CONFIG["API_PORT"]` of a file of variables
      return (
        (value.of.endsWith("environ") || value.key.endsWith("PORT")
          ? fromVariable(value.key, null, variables)
          : null) ??
        fromSettings(files, module, value) ??
        inner(value.fallback ?? undefined)
      );
    case "name":
      return portNamed(files, module, value.name, variables, depth);
    case "call":
      return portOfCall(files, module, value, variables, depth);
    default:
      return null;
  }
}

function asPort(number: number, variable: string | null): CodePort | null {
  return Number.isInteger(number) && number >= 80 && number <= 65_535 ? { port: number, variable } : null;
}

function fromVariable(name: string, fallback: CodePort | null, variables: Variables): CodePort | null {
  const set = asPort(Number(variables[name] ?? ""), name);
  return set ? { ...set, set: true } : fallback ? { ...fallback, variable: name } : null;
}

function fromSettings(files: PythonFiles, module: PythonModule, value: Expression): CodePort | null {
  const [text] = textsOf(settingOf(files, module, value));
  const found = asPort(Number(text), null);
  return found && { ...found, set: true };
}

const READS = /(^|\.)(getenv|environ\.get|config|env|env\.(int|str|get)|decouple\.config|get_env|getenv_int)$/;

function portOfCall(
  files: PythonFiles,
  module: PythonModule,
  call: Call,
  variables: Variables,
  depth: number,
): CodePort | null {
  const inner = (one: Expression | undefined): CodePort | null =>
    portOfExpression(files, module, one, variables, depth + 1);
  const [first, second] = call.args;
  if (/^(int|str|float|eval)$/.test(call.callee)) return inner(first);
  if (READS.test(call.callee) && first?.kind === "string")
    return fromVariable(first.value, inner(second ?? call.named.default), variables);
  if (/\.get(int)?$/.test(call.callee)) return fromSettings(files, module, call) ?? inner(second);
  if (/(^|\.)Field$|(^|\.)Option$|(^|\.)Argument$/.test(call.callee)) return inner(call.named.default ?? first);
  return null;
}

function portNamed(
  files: PythonFiles,
  module: PythonModule,
  name: string,
  variables: Variables,
  depth: number,
): CodePort | null {
  const last = name.split(".").at(-1) ?? name;
  if (!name.includes(".")) {
    const assigned = module.assigns.findLast(({ target, value }) => target === name && value !== null);
    const found = assigned?.value ? portOfExpression(files, module, assigned.value, variables, depth + 1) : null;
    if (found) return found;
  }
  return (
    optionDefault(files, module, last, variables, depth) ??
    fieldNamed(files, module, name, variables, depth) ??
    fromSettings(files, module, { kind: "name", name })
  );
}

/** `parser.add_argument("--port", default=8000)`, `@click.option("--port", default=8000)`. */
function optionDefault(
  files: PythonFiles,
  module: PythonModule,
  name: string,
  variables: Variables,
  depth: number,
): CodePort | null {
  const option = module.calls.find(
    ({ callee, args }) =>
      /add_argument$|option$/.test(callee) &&
      args.some((arg) => arg.kind === "string" && arg.value.replace(/^-+/, "").replaceAll("-", "_") === name),
  );
  return option ? portOfExpression(files, module, option.named.default, variables, depth + 1) : null;
}

/** `settings.port`: a field of a class in this module or in the one that the object is imported from. */
function fieldNamed(
  files: PythonFiles,
  module: PythonModule,
  name: string,
  variables: Variables,
  depth: number,
): CodePort | null {
  const [written = "", ...path] = name.split(".");
  const field = path.at(-1) ?? written;
  for (const source of sourcesOf(files, module, written, path.length > 0)) {
    const assigned = source.assigns.findLast(
      ({ target, value, scope }) =>
        value !== null && target.toLowerCase() === field.toLowerCase() && (scope !== "" || path.length <= 1),
    );
    if (!assigned?.value) continue;
    const found = portOfExpression(files, source, assigned.value, variables, depth + 1);
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
    .slice(0, 12)
    .flatMap((one) => files.resolve(file, one.module, one.level) ?? [])
    .map((next) => files.module(next));
}
