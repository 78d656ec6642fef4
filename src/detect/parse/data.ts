import { parse as parseToml } from "smol-toml";
import { parse as parseYaml } from "yaml";
import { isTooDeep } from "./depth.ts";
import { readJsonc } from "./javascript.ts";

/** Data of a file whose shape is not checked. */
export type Data = Record<string, unknown>;

export const isData = (value: unknown): value is Data =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);

/** Each reader answers with null for what it cannot read: a broken file is left out, it never stops detection. */
export const json = reader((source) => JSON.parse(source) as unknown, readJsonc);
export const toml = reader(parseToml, (source) => (isOfTemplate(source) ? parseToml(filledIn(source)) : null));
const readYaml = (source: string): unknown =>
  parseYaml(source, { merge: true, logLevel: "error", uniqueKeys: false, maxAliasCount: 200 });
export const yaml = reader(readYaml, (source) => (isOfTemplate(source) ? readYaml(filledIn(source)) : null));

const isOfTemplate = (source: string): boolean => /\{[{%]/.test(source);

/** A template is YAML once its places are filled in (`{{ project_name }}_data` stands for project_name_data) and its tags are gone. */
const filledIn = (source: string): string =>
  source.replaceAll(/\{\{-?\s*([\w.]+)(?![\w.])[^{}\n]*\}\}/g, "$1").replaceAll(/^[ \t]*\{%[^\n]*%\}[ \t]*$/gm, "");

function reader(...attempts: readonly ((source: string) => unknown)[]): (source: string | null) => Data | null {
  return (source) => {
    if (source === null || isTooDeep(source)) return null;
    for (const attempt of attempts) {
      try {
        return asData(attempt(source));
      } catch {
        // the next way to read it
      }
    }
    return null;
  };
}

/** A value deep in it: `at(data, "tool", "poetry", "scripts")`. */
export function at(data: unknown, ...keys: readonly string[]): unknown {
  let value = data;
  for (const key of keys) value = isData(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return value;
}

export const dataAt = (data: unknown, ...keys: readonly string[]): Data => {
  const value = at(data, ...keys);
  return isData(value) ? value : {};
};

export const textAt = (data: unknown, ...keys: readonly string[]): string | null => {
  const value = at(data, ...keys);
  return typeof value === "string" ? value : null;
};

/** Texts of a list, or the one text; numbers count as text. */
export function textsOf(value: unknown): string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.flatMap((one) => (typeof one === "string" || typeof one === "number" ? [String(one)] : []));
}

function asData(value: unknown): Data | null {
  return isData(value) ? value : null;
}
