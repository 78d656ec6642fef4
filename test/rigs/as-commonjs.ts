import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { buildSync } from "esbuild";
import { afterAll } from "vitest";
import { REPOSITORY } from "./devpm.ts";

/** A file of src with what it imports, as one that a plain Node can `require`: for what is tested in a process of its own. */
export function asCommonJs(source: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), "devpm-commonjs-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const outfile = path.join(folder, `${path.basename(source, ".ts")}.cjs`);
  buildSync({
    entryPoints: [path.join(REPOSITORY, "src", source)],
    outfile,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    define: { "import.meta.dirname": "__dirname" },
  });
  return outfile;
}
