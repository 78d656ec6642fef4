import { parse as parseToml } from "smol-toml";
import { parse as parseYaml } from "yaml";
import { readJsonc } from "./javascript.ts";
import type { Plain } from "./javascript-value.ts";

/** Data of a file whose shape nobody vouches for. */
export type Data = Record<string, unknown>;

export const isData = (value: unknown): value is Data =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);

/** Each reader answers with null for what it cannot read: a broken file is left out, it never ends detection. */
export function json(source: string | null): Data | null {
  if (source === null) return null;
  try {
    return asData(JSON.parse(source));
  } catch {
    return jsonc(source);
  }
}

function jsonc(source: string): Data | null {
  try {
    const value: Plain = readJsonc(source);
    return asData(value);
  } catch {
    return null;
  }
}

export function toml(source: string | null): Data | null {
  if (source === null) return null;
  try {
    return asData(parseToml(source));
  } catch {
    return null;
  }
}

export function yaml(source: string | null): Data | null {
  if (source === null) return null;
  try {
    return asData(
      parseYaml(source, { merge: true, logLevel: "silent", uniqueKeys: false, maxAliasCount: 200, strict: false }),
    );
  } catch {
    return null;
  }
}

const asData = (value: unknown): Data | null => (isData(value) ? value : null);

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
