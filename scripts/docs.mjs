// docs/errors.md from the catalog of diagnostics: written, or with --check only compared. Needs a fresh dist.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { catalog } from "../dist/diagnostics/catalog.js";

const file = path.join(path.dirname(import.meta.dirname), "docs/errors.md");
const wanted = page();

if (!process.argv.includes("--check")) {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, wanted);
} else if (!existsSync(file) || readFileSync(file, "utf8") !== wanted) {
  console.error("docs/errors.md is not what src/diagnostics/catalog.ts says; make it again: npm run docs");
  process.exitCode = 1;
}

function page() {
  const entries = Object.entries(catalog).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const empty = entries.filter(([, { explain }]) => explain.trim() === "").map(([code]) => code);
  if (empty.length > 0) throw new Error(`no page is written for ${empty.join(", ")} in src/diagnostics/catalog.ts`);
  const link = ([code, { title, exit }]) => `| [${code}](#${code.toLowerCase()}) | ${title} | ${exit} |`;
  return `${[
    "# Everything devpm can report",
    "<!-- made by `npm run docs` from src/diagnostics/catalog.ts: edit it there -->",
    "Each page is what `devpm explain CODE` prints. The number is the exit code of a command that ends with it.",
    ["| code | means | exit |", "|---|---|---|", ...entries.map(link)].join("\n"),
    ...entries.map(([code, { title, explain }]) => `## ${code}\n\n${title}.\n\n${explain.trim()}`),
  ].join("\n\n")}\n`;
}
