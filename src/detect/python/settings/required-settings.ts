import path from "node:path";
import type { Backend } from "../backend.ts";
import type { Call, Expression } from "../code/expression.ts";
import type { PythonFiles } from "../code/files.ts";
import { isAside } from "../locate.ts";
import type { Assign, PythonModule } from "../code/module.ts";
import { type Home, prefixOf } from "./settings-class.ts";

/** A variable without which a class of pydantic's settings cannot be made. */
export interface RequiredSetting {
  /** The variable; in the order in which pydantic looks for them, where it takes several. */
  names: string[];
  file: string;
  line: number;
}

/** The variables that a backend's settings need: fields without a default of classes that its code makes an object of. */
export function requiredSettings(
  files: PythonFiles,
  { cwd, file: program }: Pick<Backend, "cwd" | "file">,
  others: readonly Pick<Backend, "cwd">[],
): RequiredSetting[] {
  const isBelow = (file: string, folder: string): boolean => folder === "." || file.startsWith(`${folder}/`);
  const inner = others.filter((one) => one.cwd !== cwd && isBelow(`${one.cwd}/`, cwd));
  const own = files.repository.files.filter(
    (file) =>
      file.endsWith(".py") && isBelow(file, cwd) && !inner.some((one) => isBelow(file, one.cwd)) && !isAside(file),
  );
  const text = (file: string): string => files.repository.text(file) ?? "";
  const isImported = (file: string): boolean => {
    const stem = path.posix.basename(
      path.posix.basename(file) === "__init__.py" ? path.posix.dirname(file) : file,
      ".py",
    );
    // what is no name of Python cannot be imported: `settings (old).py`
    if (!/^\w+$/.test(stem)) return file === program;
    const imports = new RegExp(`^[ \\t]*(from|import)\\b[^\\n]*\\b${stem}\\b`, "m");
    return file === program || own.some((one) => one !== file && text(one).includes(stem) && imports.test(text(one)));
  };
  return own
    .filter((file) => text(file).includes("BaseSettings") && isImported(file))
    .flatMap((file) => files.module(file) ?? [])
    .flatMap((module) =>
      madeClasses(module).flatMap((home) =>
        fieldsOf(home, text(module.file)).map((found) => ({ ...found, file: module.file })),
      ),
    );
}

/** Values that come from elsewhere than the environment, and variables whose names are not written out. */
const OTHER_SOURCES =
  /settings_customise_sources|secrets_dir|(yaml|toml|json)_file|env_prefix["']?\s*[=:]\s*(?!["'])\S/;

/** The classes of settings of which a module makes an object; one that is handed values is given them by the code. */
function madeClasses(module: PythonModule): Home[] {
  const values = [...module.assigns.flatMap(({ value }) => value ?? []), ...module.functions.flatMap((f) => f.returns)];
  const made = new Set(
    values.flatMap((value) => (value.kind === "call" && !isHandedValues(value) ? [value.callee] : [])),
  );
  return module.classes
    .filter(({ name }) => made.has(name) && extendsSettings(module, name))
    .map(({ name }) => ({ module, name }));
}

const isHandedValues = ({ args, named, spread }: Call): boolean =>
  args.length + spread.length > 0 || Object.keys(named).some((name) => !name.startsWith("_"));

function extendsSettings(module: PythonModule, name: string, depth = 0): boolean {
  const bases = module.classes.find((one) => one.name === name)?.bases ?? [];
  return (
    depth < 5 && bases.some((base) => /(^|\.)BaseSettings$/.test(base) || extendsSettings(module, base, depth + 1))
  );
}

/** What one variable holds; not the class of a group of settings, and not what may be left out. */
const PLAIN =
  /^(str|int|float|bool|bytes|Decimal|Path|FilePath|DirectoryPath|SecretStr|SecretBytes|EmailStr|[A-Z]\w*(Dsn|DSN|Url|URL)|(list|List|set|Set|dict|Dict|tuple|Tuple|Literal)\b[^]*)$/;

function fieldsOf({ module, name }: Home, text: string): Omit<RequiredSetting, "file">[] {
  if (OTHER_SOURCES.test(text)) return [];
  const bases = module.classes.find((one) => one.name === name)?.bases ?? [];
  const prefix = prefixOf({ module, name });
  const own = module.assigns.filter(({ scope }) => scope === name);
  const above = module.assigns.filter(({ scope }) => bases.includes(scope));
  const isSetAgain = ({ target }: Assign): boolean => own.some((one) => one.target === target);
  return [...above.filter((one) => !isSetAgain(one)), ...own].flatMap((assign) => {
    const { target, annotation, line } = assign;
    if (!PLAIN.test(annotation?.trim() ?? "") || target.startsWith("_") || !isRequired(assign, text)) return [];
    const aliases = aliasesOf(assign.value);
    return [{ names: (aliases.length > 0 ? aliases : [`${prefix}${target}`]).map((one) => one.toUpperCase()), line }];
  });
}

/** `name: str`, `name: str = Field(...)`, `name: str = Field(alias="NAME")` */
function isRequired({ value, line }: Assign, text: string): boolean {
  if (value === null) return true;
  if (value.kind !== "call" || !/(^|\.)Field$/.test(value.callee)) return false;
  if (value.named.default !== undefined || value.named.default_factory !== undefined) return false;
  const written = text
    .split("\n", line + 2)
    .slice(line - 1)
    .join(" ");
  return value.args.length === 0 ? value.spread.length === 0 : /Field\(\s*\.\.\./.test(written);
}

/** `Field(validation_alias=AliasChoices("PORT", "SERVER_PORT"))`, `Field(env="PORT")` */
function aliasesOf(value: Expression | null): string[] {
  if (value?.kind !== "call") return [];
  const given = value.named.validation_alias ?? value.named.alias ?? value.named.env;
  const sides = given?.kind === "call" ? given.args : given?.kind === "list" ? given.items : given ? [given] : [];
  return sides.flatMap((side) => (side.kind === "string" ? [side.value] : []));
}
