import path from "node:path";
import { type Data, isData, json, toml, yaml } from "../../parse/data.ts";
import type { Call, Expression } from "../code/expression.ts";
import type { Repository } from "../../repository/snapshot.ts";
import { type PythonFiles, foldersAbove } from "../code/files.ts";
import type { PythonModule } from "../code/module.ts";

/** What a program takes from something by keys: `config["server"]["port"]`, `load().get("port")`, `cfg.server.port`. */
interface Taken {
  /** The name that holds it, or the function that makes it. */
  root: string;
  keys: string[];
}

const DEPTH = 6;
/** A module that names more files than this loads no settings from the later ones. */
const NAMED = 24;

/** What is written at the keys of a file of settings that the program loads; undefined where it loads none, or no such key. */
export function settingOf(files: PythonFiles, module: PythonModule, value: Expression): unknown {
  const taken = takenFrom(value);
  const loader = taken && loaderOf(files, module, taken.root);
  for (const file of loader ? settingsFiles(files, loader) : []) {
    const data = dataOf(files, file);
    const found = data === null ? undefined : valueAt(data, taken?.keys ?? []);
    if (found !== undefined) return found;
  }
  return undefined;
}

function takenFrom(value: Expression): Taken | null {
  if (value.kind === "item") {
    const before = rootOf(value.inner);
    return before && { ...before, keys: [...before.keys, value.key] };
  }
  if (value.kind === "call") return takenByCall(value);
  const [root = "", ...keys] = value.kind === "name" ? value.name.split(".") : [];
  return keys.length > 0 ? { root, keys } : null;
}

/** `config.get("port", 8000)`, and of configparser `config.getint("server", "port")`. */
function takenByCall({ callee, args: [first, second] }: Call): Taken | null {
  const root = /^(.+)\.get(int)?$/.exec(callee)?.[1];
  if (root === undefined || first?.kind !== "string") return null;
  const keys = callee.endsWith("int") && second?.kind === "string" ? [first.value, second.value] : [first.value];
  return { root, keys };
}

function rootOf(value: Expression): Taken | null {
  if (value.kind === "name") return { root: value.name, keys: [] };
  return value.kind === "call" ? (takenByCall(value) ?? { root: `${value.callee}()`, keys: [] }) : takenFrom(value);
}

const LOADS =
  /\b(safe_load|full_load|yaml\.load|toml\.load|tomllib|tomli|json\.load|OmegaConf|Dynaconf|ConfigParser|yaml_file|toml_file)\b/;

/** The module that reads the file: this one, or that of the object or function the name comes from. */
function loaderOf(files: PythonFiles, module: PythonModule, root: string, depth = 0): PythonModule | null {
  if (depth > DEPTH) return null;
  const name = root.replace(/\(\)$/, "").split(".")[0] ?? "";
  const imported = module.imports.find(
    ({ names, as, module: from }) => names?.some((one) => one.as === name) || (names === null && (as ?? from) === name),
  );
  const from = imported && files.resolve(module.file, imported.module, imported.level);
  const there = from == null || from === module.file ? null : files.module(from);
  if (there) return loaderOf(files, there, imported?.names?.find(({ as }) => as === name)?.name ?? "", depth + 1);
  const made = module.assigns.findLast(({ target, value }) => target === name && value?.kind === "call")?.value;
  const maker = made?.kind === "call" ? made.callee.split(".")[0] : undefined;
  const elsewhere = maker !== undefined && maker !== name ? loaderOf(files, module, maker, depth + 1) : null;
  return elsewhere ?? (LOADS.test(files.repository.text(module.file) ?? "") ? module : null);
}

const cache = new WeakMap<PythonModule, string[]>();

/** The files that a module names, or their templates, looked for once. */
function settingsFiles({ repository }: PythonFiles, module: PythonModule): string[] {
  const known = cache.get(module);
  if (known) return known;
  const found = named(repository, module);
  cache.set(module, found);
  return found;
}

/** Of each name the nearest file. */
function named(repository: Repository, { file }: PythonModule): string[] {
  const text = repository.text(file) ?? "";
  const written = [...text.matchAll(/["'](?:[\w.-]+\/)*([\w.-]+\.(?:ya?ml|toml|json|ini|cfg))["']/g)];
  const above = foldersAbove(file);
  const distance = (one: string): number => above.indexOf(above.find((up) => isWithin(one, up)) ?? ".");
  return [...new Set(written.map(([, name = ""]) => name))].slice(0, NAMED).flatMap((name) => {
    const stem = name.replace(/\.\w+$/, "");
    const spellings = [
      name,
      ...["example", "sample", "template", "dist"].flatMap((kind) => [
        `${name}.${kind}`,
        `${stem}.${kind}${name.slice(stem.length)}`,
      ]),
    ];
    const there = repository.files.filter((one) => spellings.includes(path.posix.basename(one)));
    const rank = (one: string): number => spellings.indexOf(path.posix.basename(one)) * 100 + distance(one);
    return there.toSorted((a, b) => rank(a) - rank(b)).slice(0, 1);
  });
}

const isWithin = (file: string, folder: string): boolean => folder === "." || file.startsWith(`${folder}/`);

function dataOf({ repository }: PythonFiles, file: string): Data | null {
  if (/\.ya?ml(\.|$)/.test(file)) return repository.parsed(file, yaml);
  if (/\.toml(\.|$)/.test(file)) return repository.parsed(file, toml);
  return /\.json(\.|$)/.test(file) ? repository.parsed(file, json) : repository.parsed(file, ini);
}

/** Sections with `name = value`, as configparser reads them. */
function ini(text: string | null): Data | null {
  if (text === null) return null;
  let section = new Map<string, string>();
  const data = new Map([["DEFAULT", section]]);
  for (const line of text.split(/\r?\n/)) {
    const title = /^\[([^\]]+)\]/.exec(line)?.[1];
    if (title !== undefined) data.set(title, (section = data.get(title) ?? new Map<string, string>()));
    const [, name, value] = /^(\w[\w.-]*)\s*[=:](.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) section.set(name, value.trim());
  }
  return Object.fromEntries([...data].map(([title, values]) => [title, Object.fromEntries(values)]));
}

/** Names of the settings of development, below which Dynaconf and others keep them. */
const LAYERS = [[], ["default"], ["development"], ["dev"]];

function valueAt(data: Data, keys: readonly string[]): unknown {
  for (const layer of LAYERS) {
    let value: unknown = data;
    for (const key of [...layer, ...keys]) {
      const own = isData(value) ? Object.keys(value).find((one) => one.toLowerCase() === key.toLowerCase()) : undefined;
      value = own === undefined ? undefined : (value as Data)[own];
    }
    if (value !== undefined) return value;
  }
  return undefined;
}
