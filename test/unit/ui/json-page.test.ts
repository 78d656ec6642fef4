import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { z } from "zod";
import * as shapes from "../../rigs/contract.ts";
import { EVERY_EVENT } from "./every-event.ts";

const page = readFileSync(new URL("../../../docs/json.md", import.meta.url), "utf8");
/** What stands in code, in words: `{ pid, app }` has two. */
const written = new Set([...page.matchAll(/`([^`]+)`/g)].flatMap(([, code = ""]) => code.split(/[^\w.]+/)));

/** Every key and every value of an enumeration, at any depth. */
function namesIn(schema: unknown): string[] {
  if (schema === null || typeof schema !== "object") return [];
  if (Array.isArray(schema)) return schema.flatMap(namesIn);
  const { properties = {}, enum: values = [], ...rest } = schema as { properties?: object; enum?: string[] };
  return [
    ...Object.keys(properties),
    ...values,
    ...[properties, rest].flatMap((one) => Object.values(one)).flatMap(namesIn),
  ];
}

test.for(Object.entries(shapes).filter(([name]) => name.endsWith("Shape")))(
  "docs/json.md has every key and value of %s",
  ([, shape]) => {
    const names = namesIn(z.toJSONSchema(shape as z.ZodType));
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !written.has(name))).toEqual([]);
  },
);

test("docs/json.md has every event with its keys", () => {
  const names = Object.values(EVERY_EVENT).flatMap((event) => [event.event, ...Object.keys(event)]);
  expect([...new Set(names)].filter((name) => !written.has(name) && name !== "n")).toEqual([]);
});
