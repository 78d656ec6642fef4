import path from "node:path";
import { globSource } from "../model/glob.ts";
import { whyCostly } from "../model/glob-cost.ts";
import type { Files } from "../system/files/files.ts";
import { isObject } from "../util/guard.ts";

type Reader = Pick<Files, "read">;

/** Whether `root` is the root of a workspace of npm, pnpm, yarn or bun that counts `folder` among its members. */
export async function isNodeMember(root: string, folder: string, files: Reader): Promise<boolean> {
  const packageJson = await record(json, await files.read(path.join(root, "package.json")));
  const pnpm = await record(yaml, await files.read(path.join(root, "pnpm-workspace.yaml")));
  const { workspaces } = packageJson;
  const patterns = [...strings(isObject(workspaces) ? workspaces.packages : workspaces), ...strings(pnpm.packages)];
  return isTaken(root, folder, patterns);
}

/** Whether `root` is the root of a uv workspace that counts `folder` among its members. */
export async function isUvMember(root: string, folder: string, files: Reader): Promise<boolean> {
  const workspace = tableIn(await readToml(path.join(root, "pyproject.toml"), files), "tool", "uv", "workspace");
  if (!workspace) return false;
  const excluded = strings(workspace.exclude).map((pattern) => `!${pattern}`);
  return isTaken(root, folder, [...strings(workspace.members), ...excluded]);
}

export async function readToml(file: string, files: Reader): Promise<Record<string, unknown>> {
  return record(toml, await files.read(file));
}

/** Loaded only where there is such a file: yaml alone takes 40 ms, which every start would pay. */
type Parser = (text: string) => Promise<unknown>;
const json: Parser = (text) => Promise.resolve(JSON.parse(text) as unknown);
const yaml: Parser = async (text) => (await import("yaml")).parse(text) as unknown;
const toml: Parser = async (text) => (await import("smol-toml")).parse(text);

/** A table inside of tables; undefined where one of them is missing. */
export function tableIn(
  from: Record<string, unknown>,
  ...keys: readonly string[]
): Record<string, unknown> | undefined {
  let at: unknown = from;
  for (const key of keys) at = isObject(at) ? at[key] : undefined;
  return isObject(at) ? at : undefined;
}

export const strings = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];

/** What cannot be read counts as empty: the tool it belongs to reports why better than devpm could. */
async function record(parse: Parser, text: string | null): Promise<Record<string, unknown>> {
  if (text === null) return {};
  try {
    const value = await parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

/** Whether the patterns of a workspace's members take a folder of it. What one excludes (`!apps/old`) no other includes. */
export function isTaken(root: string, folder: string, patterns: readonly string[]): boolean {
  const relative = path.relative(root, folder);
  if (relative === "" || relative.startsWith("..")) return false;
  const matches = (pattern: string): boolean => alternatives(pattern).some((one) => globOf(one)?.test(relative));
  const excluded = patterns.filter((one) => one.startsWith("!")).map((one) => one.slice(1));
  return patterns.some((one) => !one.startsWith("!") && matches(one)) && !excluded.some(matches);
}

/** null: it would take too long to match, so it takes nothing. */
function globOf(pattern: string): RegExp | null {
  const plain = pattern.replace(/^\.\//, "").replace(/\/$/, "");
  return whyCostly(plain) === null ? new RegExp(`^${globSource(plain)}$`) : null;
}

const MOST_ALTERNATIVES = 64;

/** `{apps,packages}/*`: both. Nothing where there are more than a person writes. */
const alternatives = (pattern: string): string[] =>
  pattern.split(/\{([^{}]*)\}/).reduce(
    (before, part, at) => {
      const ways = at % 2 === 1 ? part.split(",") : [part];
      return before.length * ways.length > MOST_ALTERNATIVES
        ? []
        : before.flatMap((one) => ways.map((way) => one + way));
    },
    [""],
  );
