import { createHash } from "node:crypto";
import path from "node:path";
import { types } from "node:util";
import { instanceOf } from "../model/instance.ts";
import type { System } from "../system/system.ts";
import { Opaque, type Problem } from "./problem.ts";

/**
 * Problems of the shape. Importing the schema takes longer than everything else a start does with the configuration
 * (60–120 ms), so a configuration that was found well-formed is remembered, and not checked again until it changes.
 */
export async function knownShape(
  { files, environment }: Pick<System, "files" | "environment">,
  config: unknown,
  root: string,
): Promise<Problem[]> {
  const { folder, cache } = instanceOf(root, environment);
  const remembered = path.join(cache, "config-shape");
  const digest = createHash("sha256")
    .update(await rules(files))
    .update(outline(config))
    .digest("hex");
  if ((await files.read(remembered)) === digest) return [];
  const { shapeProblems } = await import("./validate.ts");
  const problems = shapeProblems(config);
  // a state folder that cannot be written, or is not this user's, is reported by the session, which needs it
  const isOwn = (await files.privacyOf(folder)).state === "private";
  if (problems.length === 0 && isOwn) await files.write(remembered, digest).catch(() => {});
  return problems;
}

/** Put in by the bundler: a digest of what holds the rules, so that another devpm checks again. */
declare const BUILT_RULES: string | undefined;

async function rules(files: System["files"]): Promise<string> {
  if (typeof BUILT_RULES === "string") return BUILT_RULES;
  const texts = await Promise.all(RULES.map(async (file) => (await files.read(file)) ?? ""));
  return texts.join();
}

const OWN = import.meta.filename;
const RULES = ["shape", "schema", "validate", "pm2-options", "pm2-schema"].map((name) =>
  path.join(path.dirname(OWN), `${name}${path.extname(OWN)}`),
);

/**
 * The configuration as text; of functions and regular expressions only that they exist. Nothing of the user's is called: JSON
 * would call a `toJSON`.
 */
export function outline(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function" || types.isRegExp(value)) return `a ${typeof value}`;
  if (typeof value !== "object" || value === null || value instanceof Opaque) return `${typeof value} ${String(value)}`;
  if (Array.isArray(value)) return `[${value.map(outline).join()}]`;
  return `{${Object.entries(value)
    .map(([key, one]) => `${JSON.stringify(key)}:${outline(one)}`)
    .join()}}`;
}
