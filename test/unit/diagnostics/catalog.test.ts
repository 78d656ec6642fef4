import { expect, it } from "vitest";
import { catalog } from "../../../src/diagnostics/catalog.ts";

it("has a title and a page of its own for every code", () => {
  const entries = Object.entries(catalog);
  for (const [code, { title, explain }] of entries) {
    expect(code).toMatch(/^DEVPM_[A-Z0-9_]+$/);
    expect(title, code).not.toMatch(/\.$/);
    expect(explain.length, code).toBeGreaterThan(80);
  }
  expect(new Set(entries.map(([, { explain }]) => explain)).size).toBe(entries.length);
});
