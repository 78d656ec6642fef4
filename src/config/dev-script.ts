import { portFlags, portWords, devServerOf } from "./dev-servers.ts";
import { simpleCommands, type Word } from "./script-words.ts";
import { toolName, unwrapScript } from "./wrappers.ts";
import { shellQuote } from "../util/shell-quote.ts";

/** The parts of a package.json that are read. */
export interface PackageJson {
  scripts: Readonly<Record<string, string>>;
  /** Names, those of development among them. */
  dependencies: readonly string[];
}

/** How a dev script is run so that what it starts listens on the claimed port. */
export type DevScript =
  /** Run directly: the program and its arguments, without those that give the port. */
  | { how: "program"; program: string; args: string[]; flags: readonly string[] }
  /** Unchanged, by the package manager, with `flags` after it. */
  | { how: "script"; script: string; flags: readonly string[] }
  /** Rewritten, with node_modules on the PATH: it named a port of its own, or runs the tool among other commands. */
  | { how: "line"; line: string };

const DEEPEST = 5;

/** null: not JSON. */
export function parsePackage(text: string): PackageJson | null {
  try {
    const json = JSON.parse(text) as Record<string, unknown>;
    const record = (value: unknown): Record<string, unknown> =>
      typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
    const scripts = Object.entries(record(json.scripts)).filter(
      (entry): entry is [string, string] => typeof entry[1] === "string",
    );
    const dependencies = ["dependencies", "devDependencies"].flatMap((key) => Object.keys(record(json[key])));
    return { scripts: Object.fromEntries(scripts), dependencies };
  } catch {
    return null;
  }
}

/**
 * What a script of package.json runs: the tool behind wrappers and other scripts, given its port. A tool that
 * is not known, or that one of several programs hides, runs unchanged: where it listens is detected then.
 */
export function resolveScript(name: string, { scripts, dependencies }: PackageJson): DevScript {
  const written = scripts[name];
  const found = written === undefined ? null : expand(written, scripts, DEEPEST);
  if (found === null) return { how: "script", script: name, flags: [] };
  if (found === "devpm") return instead(dependencies) ?? { how: "script", script: name, flags: [] };
  if (found.bare && found.program === "vite")
    return { how: "program", program: found.program, args: found.args, flags: found.flags };
  if (found.line === null) return { how: "script", script: name, flags: found.flags };
  return { how: "line", line: found.line };
}

/** The script starts devpm: what devpm is to start is the folder's own tool. */
function instead(dependencies: readonly string[]): DevScript | null {
  const tool = devServerOf(dependencies);
  if (!tool) return null;
  const args = tool.verb === null ? [] : [tool.verb];
  const flags = portFlags(tool.program, args) ?? [];
  return tool.program === "vite"
    ? { how: "program", program: "vite", args, flags }
    : { how: "line", line: withFlags([tool.program, ...args].join(" "), flags) };
}

/**
 * A command as typed in the configuration: with the flags that give its tool the port, also where that is behind a script.
 * null where it runs unchanged.
 */
export function typedCommand(line: string, { scripts, dependencies }: PackageJson): string | null {
  const commands = simpleCommands(line);
  const [only] = commands ?? [];
  if (!commands || !only) return null;
  const { before, words, script } = unwrapScript(only, scripts);
  if (commands.length === 1 && script !== null && before.length === 0) {
    const inner = expand(scripts[script] ?? "", scripts, DEEPEST);
    if (inner === "devpm") return asLine(instead(dependencies));
    if (inner?.line) return inner.line;
    if (!inner || inner.flags.length === 0) return null;
    const dashes = only[0]?.value === "npm" && !only.some(({ value }) => value === "--") ? ["--"] : [];
    return [line.trim(), ...(words.length > 0 ? [] : dashes), ...inner.flags].join(" ");
  }
  const found = expand(line, scripts, DEEPEST);
  if (found === null || found === "devpm" || found.flags.length === 0) return null;
  return found.line ?? withFlags(line.trim(), found.flags);
}

const asLine = (script: DevScript | null): string | null => {
  if (script === null || script.how === "script") return null;
  return script.how === "line" ? script.line : withFlags([script.program, ...script.args].join(" "), script.flags);
};

interface Found {
  program: string;
  args: string[];
  flags: readonly string[];
  /** The program alone: no variables, wrappers or commands before it. */
  bare: boolean;
  /** The line to run instead; null where the flags only have to be appended to what is written. */
  line: string | null;
}

function expand(line: string, scripts: PackageJson["scripts"], depth: number): Found | "devpm" | null {
  const commands = depth > 0 ? simpleCommands(line) : null;
  const last = commands?.at(-1);
  if (!commands || !last) return null;
  const { before, words, script } = unwrapScript(last, scripts);
  const earlier = commands.slice(0, -1).map(joined);
  if (script !== null) {
    const inner = scripts[script] ?? "";
    // in another folder the scripts differ
    if (
      earlier.some((text) => /^(cd|pushd)\b/.test(text)) ||
      (before.length > 0 && (simpleCommands(inner)?.length ?? 0) !== 1)
    )
      return null;
    const text = [...before.map(({ raw }) => raw), inner, ...words.map(({ raw }) => raw)].join(" ");
    const found = expand([...earlier, text].join(" && "), scripts, depth - 1);
    if (found === null || found === "devpm") return found;
    return { ...found, line: found.line ?? withFlags([...earlier, text].join(" && "), found.flags) };
  }
  const program = toolName(words[0]?.value ?? "");
  if (program === "devpm") return "devpm";
  if (program === "concurrently") return withinConcurrently(before, words, earlier, scripts, depth);
  return served({ program, before, words, earlier });
}

function served({
  program,
  before,
  words,
  earlier,
}: {
  program: string;
  before: Word[];
  words: Word[];
  earlier: string[];
}): Found | null {
  const args = words.slice(1).map(({ value }) => value);
  const flags = portFlags(program, args);
  if (flags === null) return null;
  const own = portWords(program, args);
  // what reads PORT must not get another one
  const variables = flags.length === 0 ? before.filter(({ raw }) => !/^PORT=\d+$/.test(raw)) : before;
  const bare = before.length === 0 && earlier.length === 0 && words.every(({ raw }) => !raw.includes("$"));
  const kept = words.slice(1).filter((_, at) => !own.has(at));
  const text = [...variables, words[0]!, ...kept].map(({ raw }) => raw).join(" ");
  return {
    program,
    args: kept.map(({ value }) => value),
    flags,
    bare,
    line:
      own.size === 0 && variables.length === before.length ? null : withFlags([...earlier, text].join(" && "), flags),
  };
}

/** `concurrently "vite" "node mock.js"`: the one development server among its commands gets the flags. */
function withinConcurrently(
  before: readonly Word[],
  words: readonly Word[],
  earlier: readonly string[],
  scripts: PackageJson["scripts"],
  depth: number,
): Found | "devpm" | null {
  const lines = words.map(({ value }, at) => {
    const named = /^(?:npm|pnpm|yarn|bun):([^*]+)$/.exec(value)?.[1];
    const line = named === undefined ? value : Object.hasOwn(scripts, named) ? scripts[named] : undefined;
    return at === 0 || line === undefined || value.startsWith("-")
      ? null
      : { line, found: expand(line, scripts, depth - 1) };
  });
  if (lines.some((one) => one?.found === "devpm")) return "devpm";
  const tools = lines.filter((one) => one?.found);
  if (tools.length !== 1) return null;
  const rewritten = words.map((word, at) => {
    const one = lines[at];
    if (!one?.found || one.found === "devpm") return word.raw;
    return shellQuote(one.found.line ?? withFlags(one.line, one.found.flags));
  });
  const { program, args, flags } = tools[0]!.found as Found;
  const line = [...earlier, [...before.map(({ raw }) => raw), ...rewritten].join(" ")].join(" && ");
  return { program, args, flags, bare: false, line };
}

const joined = (words: readonly Word[]): string => words.map(({ raw }) => raw).join(" ");

const withFlags = (line: string, flags: readonly string[]): string => [line, ...flags].join(" ");
