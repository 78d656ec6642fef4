import path from "node:path";
import type { Files } from "../system/files.ts";
import { isObject } from "../util/guard.ts";

type Reader = Pick<Files, "read">;

/** Whether `root` is the root of a workspace of npm, pnpm, yarn or bun that counts `folder` among its members. */
export async function isNodeMember(root: string, folder: string, files: Reader): Promise<boolean> {
  const packageJson = await record(json, await files.read(path.join(root, "package.json")));
  const pnpm = await record(yaml, await files.read(path.join(root, "pnpm-workspace.yaml")));
  const { workspaces } = packageJson;
  const patterns = [...strings(isObject(workspaces) ? workspaces.packages : workspaces), ...strings(pnpm.packages)];
  return matches(patterns, path.relative(root, folder));
}

/** Whether `root` is the root of a uv workspace that counts `folder` among its members. */
export async function isUvMember(root: string, folder: string, files: Reader): Promise<boolean> {
  const workspace = tableIn(await readToml(path.join(root, "pyproject.toml"), files), "tool", "uv", "workspace");
  if (!workspace) return false;
  const excluded = strings(workspace.exclude).map((pattern) => `!${pattern}`);
  return matches([...strings(workspace.members), ...excluded], path.relative(root, folder));
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

/** The last pattern that matches decides, as in `.gitignore`. */
function matches(patterns: readonly string[], relative: string): boolean {
  let member = false;
  for (const pattern of patterns) {
    const negative = pattern.startsWith("!");
    if (globOf(negative ? pattern.slice(1) : pattern).test(relative)) member = !negative;
  }
  return member;
}

function globOf(pattern: string): RegExp {
  const plain = pattern.replace(/^\.\//, "").replace(/\/$/, "");
  const words = plain.split("/").map((word) =>
    word === "**"
      ? "**"
      : word
          .replaceAll(/[.+^$(){}|[\]\\]/g, String.raw`\$&`)
          .replaceAll("*", "[^/]*")
          .replaceAll("?", "[^/]"),
  );
  return new RegExp(`^${words.join("/").replaceAll("**/", "(?:[^/]+/)*").replaceAll("**", ".*")}$`);
}
