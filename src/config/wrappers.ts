import type { Word } from "./script-words.ts";

/** A simple command once everything before its program is removed. */
export interface UnwrappedScript {
  /** Everything before the program, as written: variables, `dotenv -e x --`, `npx`. */
  before: Word[];
  /** The program and its arguments. */
  words: Word[];
  /** The script of the same package.json that it runs, where it is a package manager that runs one. */
  script: string | null;
}

/** Programs that run another one, and which of their options take a value. */
const RUNNERS: Readonly<Record<string, readonly string[]>> = {
  "cross-env": [],
  env: [],
  exec: [],
  time: [],
  npx: ["-p", "--package"],
  bunx: ["-p", "--package"],
  pnpx: [],
  "env-cmd": ["-f", "--file", "-e", "--environments", "-r", "--rc-file"],
  dotenv: ["-e", "-c", "-v", "-p"],
  "dotenv-cli": ["-e", "-c", "-v", "-p"],
  node: ["-r", "--require", "--import", "--loader", "--env-file", "--conditions", "-C"],
};

/** Programs that take a sub-command and options of their own, then `--`, then the program. */
const AFTER_DASHES = /^(doppler|infisical|op|railway|varlock|dotenvx|chamber|aws-vault|teller|vault)$/;

const MANAGERS = /^(npm|pnpm|yarn|bun)$/;
/** A package manager's sub-command for a program of node_modules. */
const EXECUTES = new Set(["exec", "x", "dlx"]);
/** Package managers' own sub-commands, which are no programs. */
const OWN = new Set([
  "install",
  "i",
  "add",
  "ci",
  "test",
  "build",
  "create",
  "init",
  "workspace",
  "workspaces",
  "--filter",
]);

/** Removes what only wraps the program: variables, environment loaders, package managers that run a program. */
export function unwrapScript(command: readonly Word[], scripts: Readonly<Record<string, string>>): UnwrappedScript {
  const before: Word[] = [];
  let words = [...command];
  const drop = (count: number): void => {
    before.push(...words.slice(0, count));
    words = words.slice(count);
  };
  for (;;) {
    const name = toolName(words[0]?.value ?? "");
    if (/^\w+=/.test(words[0]?.value ?? "")) drop(1);
    else if (AFTER_DASHES.test(name)) {
      const dashes = words.findIndex(({ value }) => value === "--");
      if (dashes === -1) return { before, words, script: null };
      drop(dashes + 1);
    } else if (Object.hasOwn(RUNNERS, name)) {
      if (words.length === 1) return { before, words, script: null };
      drop(1 + optionsIn(words.slice(1), RUNNERS[name] ?? []));
      // the former env-cmd took its file without an option
      if (name === "env-cmd" && /^\.?\/?\.env/.test(words[0]?.value ?? "")) drop(1);
    } else if (MANAGERS.test(name)) {
      const run = managed(words, scripts);
      if (run === null) return { before, words, script: null };
      if (run.script !== null) return { before, words: words.slice(run.at), script: run.script };
      drop(run.at);
    } else return { before, words, script: null };
  }
}

/** The program's name: of `./node_modules/.bin/vite`, `node_modules/vite/bin/vite.js` and `vite@latest` it is vite. */
export const toolName = (file: string): string =>
  /node_modules\/(?!\.bin)((?:@[^/]+\/)?[^/]+)\/bin\//.exec(file)?.[1] ??
  file.slice(file.lastIndexOf("/") + 1).replace(/(?<=.)@[^@]*$/, "");

/** How many words the options at the start take, `--` among them. */
function optionsIn(words: readonly Word[], withValue: readonly string[]): number {
  let at = 0;
  while (words[at]?.value.startsWith("-")) {
    const { value } = words[at]!;
    if (value === "--") return at + 1;
    at += withValue.includes(value) ? 2 : 1;
  }
  return at;
}

/** Where what a package manager runs begins; null where it runs neither a script of this package nor a program. */
function managed(
  words: readonly Word[],
  scripts: Readonly<Record<string, string>>,
): { at: number; script: string | null } | null {
  const manager = toolName(words[0]?.value ?? "");
  let at = 1;
  const quiet = (): void => {
    while (/^(-s|--silent|--bun|--yes|-y|--if-present)$/.test(words[at]?.value ?? "")) at++;
  };
  quiet();
  let verb = words[at]?.value ?? "";
  if (EXECUTES.has(verb)) {
    at++;
    quiet();
    if (words[at]?.value === "--") return { at: at + 1, script: null };
    // npm takes options that are meant for the program, unless dashes separate them
    return manager === "npm" || words[at] === undefined ? null : { at, script: null };
  }
  const runs = verb === "run" || verb === "run-script";
  if (runs) {
    at++;
    quiet();
    verb = words[at]?.value ?? "";
  }
  const isScript = Object.hasOwn(scripts, verb) && (runs || manager !== "npm" || verb === "start");
  if (isScript) return { at: words[at + 1]?.value === "--" ? at + 2 : at + 1, script: verb };
  if (manager === "npm" || verb === "" || verb.startsWith("-") || OWN.has(verb)) return null;
  return { at, script: null };
}
