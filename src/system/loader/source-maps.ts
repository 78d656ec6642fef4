import { SourceMap, type SourceMapPayload } from "node:module";

/** Positions in generated code → positions in what it was made from. */
export interface SourceMaps {
  /** Lines and columns from 1; null where the map does not know the position, or is none. */
  originalLine(map: unknown, generated: { line: number; column: number }): number | null;
}

export const sourceMaps: SourceMaps = {
  originalLine(map, { line, column }) {
    try {
      const entry = new SourceMap(map as SourceMapPayload).findEntry(line - 1, column - 1);
      return "originalLine" in entry ? entry.originalLine + 1 : null;
    } catch {
      return null;
    }
  },
};
