import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";

/**
 * The rules about which folder may import which, checked by the import lines alone. What a file does with globals such as
 * `process` is for the linter (.oxlintrc.json). test/unit/layers.test.ts shows for both that they can fail.
 */
export function violations(root: string): string[] {
  const files = sourceFiles(path.join(root, "src")).map((file) => read(root, file));
  const sources = new Map(files.map((file) => [file.name, file]));
  return [
    ...files.flatMap((file) => [...outside(file), ...order(file, sources), ...wallClock(file)]),
    ...cycles(sources),
  ];
}

/** A stage knows only itself and the stages before it. */
const STAGES = [
  ["checkout"],
  ["config"],
  ["detect"],
  ["plan"],
  ["preflight"],
  ["infra"],
  ["readiness"],
  ["pm2"],
  ["logs", "reload", "errors"],
  ["requests"],
  ["teardown"],
  ["page"],
  ["session"],
  ["ui"],
  ["live"],
  ["commands"],
];
/**
 * Below the stages, each knowing those before it: `model` has the nouns that every folder uses. Of `system` a stage imports
 * types and pure functions; only a composition root constructs what is behind them.
 */
const GROUND = ["util", "diagnostics", "model", "system"];

/**
 * The rooms of detection, in the order in which it runs: each knows those before it, and those of one line read the repository together.
 * What is beside them (detect.ts, the context) brings them together.
 */
const ROOMS = [
  ["repository", "parse"],
  ["commands", "compose", "front", "python"],
  ["services"],
  ["environment"],
  ["ports"],
  ["apps"],
  ["tasks"],
  ["notes"],
];

/** Processes of their own, parts of another program's, and the CLI: they build the System and read the environment. */
const ROOTS = new Set(["cli.ts", "teardown/sentinel.ts"]);
/** Parts of the daemon program, which run in PM2's own process. */
const PATCHES = /^pm2\/patch-[\w-]+\.ts$/;

const isRoot = (file: string): boolean =>
  ROOTS.has(file) || file.endsWith("-main.ts") || file.endsWith(".cjs") || PATCHES.test(file);

const PURE_BUILTINS = new Set(["path", "crypto", "url", "util", "events", "string_decoder", "assert"]);
const PURE_PACKAGES = new Set([
  ...["zod", "chalk", "commander"],
  ...["@lezer/python", "@lezer/javascript", "smol-toml", "yaml", "ignore"],
  ...["semver/functions/satisfies.js", "semver/ranges/min-version.js"],
]);

interface Import {
  from: string;
  typeOnly: boolean;
}

interface Source {
  /** Relative to src. */
  name: string;
  folder: string;
  imports: Import[];
  /** Where it asks for the time or for chance. */
  wallClock: string[];
}

/** Only src/system touches the outside. */
function outside({ name, folder, imports }: Source): string[] {
  if (folder === "system" || isRoot(name)) return [];
  return imports
    .filter(({ from, typeOnly }) => !from.startsWith(".") && !typeOnly && !harmless(from))
    .map(({ from }) => `src/${name}: imports "${from}": only src/system touches the outside`);
}

function harmless(from: string): boolean {
  if (from.startsWith("node:")) return PURE_BUILTINS.has(from.slice("node:".length));
  return PURE_PACKAGES.has(from);
}

type Sources = ReadonlyMap<string, Source>;

function order(source: Source, sources: Sources): string[] {
  if (isRoot(source.name)) return [];
  return source.imports.flatMap(({ from, typeOnly }) => {
    const target = resolve(source, from);
    if (target === null) return [];
    const why = forbidden(source, target, typeOnly || isPure(target, sources));
    return why === null ? [] : [`src/${source.name}: imports ${target}: ${why}`];
  });
}

/** Why `source` may not know `target`, or null. `weightless`: only types of it, or it touches nothing itself. */
function forbidden({ name, folder }: Source, target: string, weightless: boolean): string | null {
  const to = folderOf(target);
  if (to === folder) return folder === "detect" ? forbiddenRoom(name, target) : null;
  if (isRoot(target)) return "nothing imports a composition root";
  if (to === "") return "the public API is for users";
  if (folder === "") return ["config", "model", "util"].includes(to) ? null : "the public API knows only config";
  const [from, floor] = [GROUND.indexOf(folder), GROUND.indexOf(to)];
  if (from >= 0 && floor < 0) return `${folder} knows no stage`;
  if (from >= 0) return floor < from ? null : `${folder} is below ${to}`;
  if (to === "system") return weightless ? null : "a stage receives the system, and imports its types alone";
  if (floor >= 0) return null;
  return stage(to) < stage(folder) ? null : `${folder} comes before ${to}`;
}

function forbiddenRoom(name: string, target: string): string | null {
  const [own, other] = [name, target].map((file) => folderOf(file.slice("detect/".length)));
  if (!own || !other || own === other) return null;
  return room(other) <= room(own) ? null : `${own} comes before ${other}`;
}

const room = (folder: string): number => {
  const found = ROOMS.findIndex((folders) => folders.includes(folder));
  if (found < 0) throw new Error(`src/detect/${folder} is no known room: give it its place in test/rigs/layers.ts`);
  return found;
};

function isPure(name: string, sources: Sources, seen = new Set<string>()): boolean {
  if (seen.has(name)) return true;
  seen.add(name);
  const source = sources.get(name);
  if (!source || source.wallClock.length > 0) return false;
  return source.imports
    .filter(({ typeOnly }) => !typeOnly)
    .every(({ from }) => {
      const target = resolve(source, from);
      return target === null ? harmless(from) : isPure(target, sources, seen);
    });
}

const stage = (folder: string): number => {
  const found = STAGES.findIndex((folders) => folders.includes(folder));
  if (found < 0) throw new Error(`src/${folder} is no known folder: give it its place in test/rigs/layers.ts`);
  return found;
};

/** Reading a date that is written somewhere is pure; asking what time it is now is not. */
const WALL_CLOCK = /\bDate\.now\b|\bnew Date\(\s*\)|\bMath\.random\b/g;

function wallClock({ name, folder, wallClock: found }: Source): string[] {
  if (folder === "system" || isRoot(name)) return [];
  return found.map((what) => `src/${name}: ${what}: time and chance come from the system`);
}

/** Of types too: two files that need each other's types are one idea, or lack a third that both know. */
function cycles(sources: Sources): string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (name: string, trail: readonly string[]): void => {
    const again = trail.indexOf(name);
    if (again >= 0) found.push(`import cycle: ${[...trail.slice(again), name].join(" → ")}`);
    if (again >= 0 || done.has(name)) return;
    const source = sources.get(name);
    for (const { from } of source?.imports ?? []) {
      const target = source && resolve(source, from);
      if (target) visit(target, [...trail, name]);
    }
    done.add(name);
  };
  for (const name of sources.keys()) visit(name, []);
  return found;
}

const resolve = ({ name }: Source, from: string): string | null =>
  from.startsWith(".") ? path.posix.join(path.posix.dirname(name), from) : null;

const folderOf = (name: string): string => (name.includes("/") ? (name.split("/")[0] ?? "") : "");

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
    (file) => /\.(ts|cjs|mjs)$/.test(file) && !file.endsWith(".d.ts"),
  );
}

function read(root: string, name: string): Source {
  const code = withoutComments(readFileSync(path.join(root, "src", name), "utf8"));
  return { name, folder: folderOf(name), imports: importsOf(code), wallClock: code.match(WALL_CLOCK) ?? [] };
}

/** Strings are kept (an import's is one), so a comment sign within one must not begin a comment. */
const withoutComments = (code: string): string =>
  code.replaceAll(
    /("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)|\/\*[^]*?\*\/|(?<![:\\])\/\/[^\n]*/g,
    (_, text?: string) => text ?? "",
  );

const STATEMENT = /^\s*(?:import|export)\s+(type\s)?(?:[\w*{}\s,$]+?\sfrom\s+)?["']([^"']+)["']/gm;
const CALL = /\b(?:import|require|require\.resolve)\(\s*["']([^"']+)["']/g;

function importsOf(code: string): Import[] {
  const statements = [...code.matchAll(STATEMENT)].map(([, type, from = ""]) => ({
    from,
    typeOnly: type !== undefined,
  }));
  const calls = [...code.matchAll(CALL)].map(([, from = ""]) => ({ from, typeOnly: false }));
  return [...statements, ...calls];
}
