import type { Plain } from "../parse/javascript-value.ts";

/** A value of a configuration as a port; null: it is none that an app can have. */
export function asPort(value: Plain): number | null {
  const port = typeof value === "number" || typeof value === "string" ? Number(value) : Number.NaN;
  return Number.isInteger(port) && port >= 80 && port <= 65_535 ? port : null;
}
