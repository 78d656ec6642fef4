import path from "node:path";
import { withoutComments } from "../config/vite-config.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { App } from "../model/project.ts";
import type { Files } from "../system/files/files.ts";
import { shellQuote } from "../util/shell-quote.ts";
import { plural } from "../util/text.ts";
import { movedAddresses } from "./moved-addresses.ts";

/** An address of a moved port in code that runs where devpm reaches nothing: in a browser, or in Python. */
export interface FixedAddress {
  file: string;
  line: number;
  url: string;
  app: string;
}

type Reads = Pick<Files, "entries" | "readText">;

const CODE = /\.(?:[cm]?[jt]sx?|vue|svelte|astro|html|py)$/;
/** Node reads these, and its connections are redirected; tests start what they need themselves. */
const REDIRECTED = /\.config\.[cm]?[jt]s$|\.(?:test|spec)\.[cm]?[jt]sx?$|^(?:test_.*|conftest|.*_test)\.py$/;
const SKIPPED = new Set(
  `node_modules dist build out coverage venv env __pycache__ tests test __tests__ e2e cypress playwright migrations
  site-packages vendor public`.split(/\s+/),
);
const LARGEST = 1 << 18;
/** Files and folders. */
const MOST = 3_000;

/** Looks at a few thousand files at the most, none of them large, so that a start is not held up. Never throws. */
export function fixedAddresses(
  files: Reads,
  { cwd, movedPorts = [] }: App,
  known: ReadonlySet<string>,
): FixedAddress[] {
  const found: FixedAddress[] = [];
  let left = MOST;
  const walk = (folder: string): void => {
    const entries = files.entries(folder);
    if ("error" in entries || entries.some(({ name }) => name === "pyvenv.cfg")) return;
    for (const { name, kind } of entries) {
      if (left <= 0 || name.startsWith(".")) continue;
      if (kind === "folder" && !SKIPPED.has(name)) {
        left--;
        walk(path.join(folder, name));
      }
      if (kind !== "file" || !CODE.test(name) || REDIRECTED.test(name) || name.startsWith("ecosystem.")) continue;
      left--;
      found.push(...inFile(files, path.join(folder, name), movedPorts, known));
    }
  };
  walk(cwd);
  return found;
}

function inFile(files: Reads, file: string, movedPorts: NonNullable<App["movedPorts"]>, known: ReadonlySet<string>) {
  const read = files.readText(file, LARGEST);
  if ("error" in read || !read.text.includes(":")) return [];
  const text = file.endsWith(".py") ? read.text.replaceAll(/^\s*#.*$/gm, "") : withoutComments(read.text);
  const lines = text.split("\n");
  return movedAddresses(text, movedPorts)
    .filter(({ line }) => !isFallback(lines[line - 1] ?? "", known))
    .map((one) => ({ ...one, file }));
}

/** `process.env.DEVPM_URL_BACKEND ?? "http://localhost:5050"`: used only where the variable is not set. */
const isFallback = (line: string, known: ReadonlySet<string>): boolean =>
  [...line.matchAll(/\b[A-Z][A-Z0-9_]{2,}\b/g)].some(([name]) => known.has(name));

const SHOWN = 7;

/** One warning for an app; null: nothing of it stays behind. */
export function fixedAddressWarning(app: App, root: string, found: readonly FixedAddress[]): Diagnostic | null {
  if (found.length === 0) return null;
  const shown = found.slice(0, SHOWN);
  const more = found.length - shown.length;
  return {
    code: "DEVPM_ADDRESS_FIXED",
    severity: "warning",
    summary: `${app.name} names addresses of the main checkout in its code, which do not follow`,
    evidence: [
      ...shown.map(
        ({ file, line, url, app: of }) => [`${path.relative(root, file)}:${line}`, `${url} (${of})`] as const,
      ),
      ...(more > 0 ? [["and", plural(more, "more place")] as const] : []),
    ],
    state:
      "What runs there reaches the main checkout, or nothing. Take the address from a variable, or from the page's own.",
    fixes: [{ label: "see where each variable comes from", command: `devpm explain-env ${shellQuote(app.name)}` }],
  };
}
