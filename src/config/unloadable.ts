import path from "node:path";
import type { Diagnostic, Fix } from "../diagnostics/diagnostic.ts";
import type { Unloadable } from "../system/loader/load-failure.ts";
import { shellQuote } from "../util/shell-quote.ts";

/** A configuration that could not be run. `source`: the text of the file that holds the line, where it could be read. */
export function unloadable(configFile: string, failure: Unloadable, source: string | null): Diagnostic {
  const name = path.basename(configFile);
  const { at } = failure;
  const { evidence, fixes } = awaits(configFile, failure, source);
  const broken = at ? path.relative(path.dirname(configFile), at.file) || name : name;
  const place = at ? `${broken}:${at.line}` : name;
  return {
    code: "DEVPM_CONFIG_UNREADABLE",
    summary:
      failure.kind === "throw"
        ? `${name} failed while it was loaded`
        : `${broken}${broken === name ? "" : `, which ${name} loads,`} has a syntax error`,
    severity: "error",
    evidence: [["at", place], ["error", failure.message], ...evidence, ...cutAtQuery(configFile, failure)],
    ...(at && source !== null ? { excerpt: excerpt(source, at.line) } : {}),
    state: "Nothing was started.",
    fixes,
  };
}

/** tsx takes what follows a `?` in a path for the query of an address. */
function cutAtQuery(configFile: string, { message }: Unloadable): Diagnostic["evidence"] {
  const [before = "", ...more] = configFile.split("?");
  if (more.length === 0 || !message.startsWith(`Cannot find module '${before}'`)) return [];
  return [["rename", `${path.dirname(configFile)}: tsx runs no file in a folder with ? in its name`]];
}

/** By the compiler, and by Node. */
const TOP_LEVEL_AWAIT = /top-level await|await is only valid in async functions/i;
const AS_MODULE: Readonly<Record<string, string>> = { ".ts": ".mts", ".js": ".mjs" };

/** `await` outside of a function, in a file that counts as CommonJS: as an ES module it may. */
function awaits(
  configFile: string,
  { message, at }: Unloadable,
  source: string | null,
): Pick<Diagnostic, "evidence" | "fixes"> {
  if (source === null || at?.file !== configFile || !TOP_LEVEL_AWAIT.test(message)) return { evidence: [], fixes: [] };
  const ending = AS_MODULE[path.extname(configFile)];
  if (ending === undefined || !/^\s*export\s/m.test(source))
    return { evidence: [["write", "module.exports = (async () => ({ … }))();  a promise is waited for"]], fixes: [] };
  const renamed = configFile.slice(0, -path.extname(configFile).length) + ending;
  const command = `mv ${shellQuote(configFile, renamed)}`;
  return { evidence: [], fixes: [{ label: "make it an ES module, which may await", command }] };
}

/** The line, with one before and one after it. */
function excerpt(source: string, line: number): string[] {
  const lines = source.split("\n");
  const width = String(line + 1).length;
  return [line - 1, line, line + 1]
    .filter((number) => number >= 1 && lines[number - 1] !== undefined)
    .map(
      (number) => `${number === line ? ">" : " "} ${String(number).padStart(width)}  ${lines[number - 1]?.trimEnd()}`,
    );
}

export function configNotFound(named: string, cwd: string): Diagnostic {
  return {
    code: "DEVPM_CONFIG_MISSING",
    summary: `There is no file ${named}`,
    severity: "error",
    evidence: [["looked in", cwd]],
    state: "Nothing was started.",
    fixes: [{ label: "write one from what the repository holds", command: "devpm init" }],
  };
}

const MOST_NOTES = 4;

/** `notes`: what was seen there and is no app; `present`: the ecosystem file that is there all the same. */
export function nothingFound(root: string, notes: readonly string[] = [], present?: string): Diagnostic {
  return {
    code: "DEVPM_CONFIG_MISSING",
    summary: present
      ? `There is nothing to detect beside ${present}`
      : "There is no ecosystem file, and nothing to detect",
    severity: "error",
    evidence: [
      ["looked in", present ? root : `${root} and above, for ecosystem.config.ts (.mts .js .mjs .cjs .json)`],
      [
        "detects",
        "apps of Flask, FastAPI, Django and other Python frameworks, packages with a dev server, compose services beside them",
      ],
      ...notes.slice(0, MOST_NOTES).map((note): [string, string] => ["saw", note]),
    ],
    state: "Nothing was started.",
    fixes: present
      ? [{ label: "run what it has", command: "devpm dev" }]
      : [
          { label: "start elsewhere", command: "devpm -C FOLDER dev" },
          { label: "or name the file", command: "devpm dev --config FILE" },
        ],
  };
}

/** `source`: the text of the file, where it could be read. */
export function notAConfig(configFile: string, exported: unknown, source: string | null): Diagnostic {
  const name = path.basename(configFile);
  const wanted = /\.c?js$/.test(name)
    ? "export default defineConfig({ … }) or module.exports = { … }"
    : "export default defineConfig({ … })";
  return {
    code: "DEVPM_CONFIG_UNREADABLE",
    summary: `${name} exports no configuration`,
    severity: "error",
    evidence: [
      ["expected", wanted],
      ["got", kindOf(exported)],
    ],
    state: "Nothing was started.",
    fixes: typeof exported === "function" ? called(configFile, source ?? "") : [],
  };
}

/** A function as other tools take one: its result is exported instead. The file as it was stays beside it. */
function called(configFile: string, source: string): Fix[] {
  const [written, ...more] = source.match(/^(?:export default |module\.exports = )(?!class\b)/gm) ?? [];
  if (written === undefined || more.length > 0) return [];
  const file = shellQuote(configFile);
  const renamed = `sed -i.bak 's/^${written.replace(".", "\\.")}/const configuration = /' ${file}`;
  return [
    { label: "export what it returns", command: `${renamed} && printf '\\n${written}configuration();\\n' >> ${file}` },
  ];
}

/** A module without exports is an empty object. */
function kindOf(exported: unknown): string {
  if (typeof exported !== "object") return exported === undefined ? "nothing" : `a ${typeof exported}`;
  return exported === null || Object.keys(exported).length === 0 ? "nothing" : "an object without apps";
}
