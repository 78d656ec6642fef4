import path from "node:path";
import { expect, test } from "vitest";
import { sharedNames } from "../rigs/exported-names.ts";
import { sourceTree } from "../rigs/source-tree.ts";

const REPOSITORY = path.resolve(import.meta.dirname, "../..");

test("what src exports has a name of its own", () => {
  expect(sharedNames(REPOSITORY)).toEqual([]);
});

test.each([
  ["export interface Place {}", "export type Place = string;"],
  ["export const placeOf = 1;", "export async function placeOf() {}"],
  ["export class Place {}", "export function Place(): void {}"],
])("a name that stands for two things is found: %s", (one, other) => {
  const name = /placeOf|Place/.exec(one)?.[0];
  const root = sourceTree({ "infra/a.ts": one, "session/b.ts": other });
  expect(sharedNames(root)).toEqual([`${name}: src/infra/a.ts, src/session/b.ts`]);
});

test("what one file exports twice, keeps to itself, or hands on is no second meaning", () => {
  const root = sourceTree({
    "a.ts":
      "export function flask(a: string): void;\nexport function flask(): void {}\nexport const Kind = 1;\nexport type Kind = 1;",
    "b.ts": 'const flask = 1;\nexport { Kind } from "./a.ts";\n',
    "config/options.ts": "export interface App {}",
    "model/project.ts": "export interface App {}",
  });
  expect(sharedNames(root)).toEqual([]);
});
