import type { SyntaxNode } from "@lezer/common";

/** A JavaScript value that was read, not run. What only a run would show is undefined. */
export type Plain = string | number | boolean | null | undefined | Plain[] | PlainObject | Callable | EnvironmentValue;

export interface PlainObject {
  [name: string]: Plain;
}

/** A function whose result can be read from its `return`. A class: no table of a config file can be taken for one. */
export class Callable {
  readonly node: SyntaxNode;

  constructor(node: SyntaxNode) {
    this.node = node;
  }
}

/** `process.env` and what `loadEnv` returns. */
export class EnvironmentValue {
  readonly kind = "environment";
}

export const isCallable = (value: Plain): value is Callable => value instanceof Callable;
export const isEnvironment = (value: Plain): value is EnvironmentValue => value instanceof EnvironmentValue;
export const isObjectValue = (value: Plain): value is PlainObject =>
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
    result[key] = isObjectValue(before) && isObjectValue(value) ? merged(before, value) : value;
  }
  return result;
}
