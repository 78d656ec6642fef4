import type { SyntaxNode } from "@lezer/common";

/** A JavaScript value that was read, not run. What only a run would show is undefined. */
export type Plain = string | number | boolean | null | undefined | Plain[] | PlainObject | Callable | Environment;

export interface PlainObject {
  [name: string]: Plain;
}

/** A function whose result can be read from its `return`. */
export interface Callable {
  callable: SyntaxNode;
}

/** `process.env` and what `loadEnv` returns. */
export interface Environment {
  environment: true;
}

export const isCallable = (value: Plain): value is Callable =>
  typeof value === "object" && value !== null && "callable" in value;
export const isEnvironment = (value: Plain): value is Environment =>
  typeof value === "object" && value !== null && "environment" in value && value.environment === true;
export const isObject = (value: Plain): value is PlainObject =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !isCallable(value) && !isEnvironment(value);

export const truthy = (value: Plain): boolean => Boolean(value) && !Number.isNaN(value);
export const asText = (value: Plain): string | undefined =>
  typeof value === "string" || typeof value === "number" ? String(value) : undefined;

export function toNumber(value: Plain): number | undefined {
  const number = typeof value === "string" || typeof value === "number" ? Number(value) : Number.NaN;
  return Number.isNaN(number) ? undefined : number;
}

export function unary(operator: string, value: Plain): Plain {
  if (operator === "!") return !truthy(value);
  const number = toNumber(value);
  if (number === undefined) return undefined;
  return operator === "-" ? -number : operator === "+" ? number : undefined;
}

export function sum(first: Plain, second: Plain): Plain {
  if (typeof first === "number" && typeof second === "number") return first + second;
  const [one, two] = [asText(first), asText(second)];
  return one === undefined || two === undefined ? undefined : one + two;
}

/** The second over the first, table by table. */
export function merged(first: PlainObject, second: PlainObject): PlainObject {
  const result: PlainObject = { ...first };
  for (const [key, value] of Object.entries(second)) {
    const before = result[key];
    result[key] = isObject(before) && isObject(value) ? merged(before, value) : value;
  }
  return result;
}
