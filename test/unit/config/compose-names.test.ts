import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { composeServices } from "../../../src/config/compose-names.ts";

test("the demo's own compose file", () => {
  const text = readFileSync(path.resolve(import.meta.dirname, "../../../compose.yml"), "utf8");
  expect(composeServices(text).map(({ name, built }) => [name, built])).toEqual([
    ["postgres", false],
    ["neo4j", false],
    ["kafka", false],
  ]);
});

test("services apart from what is built, and from everything that only looks like one", () => {
  const text = `
name: shop
x-common: &common
  restart: always
services: # the stack
    db:
        image: "postgres:17" # pinned
        environment:
            image: not-an-image
    # web: commented out
    "api":
        build:
            context: .
    cache: { image: redis }
volumes:
    data:
`;
  expect(composeServices(text)).toEqual([
    { name: "db", image: "postgres:17", built: false },
    { name: "api", image: null, built: true },
    { name: "cache", image: "redis", built: false },
  ]);
  expect(composeServices("volumes:\n  x:\n")).toEqual([]);
});
