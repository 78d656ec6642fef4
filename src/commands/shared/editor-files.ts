import { loadProject } from "../../config/project-loader.ts";
import { detection } from "../../detect/detection.ts";
import type { System } from "../../system/system.ts";
import { isObject } from "../../util/guard.ts";

/** A file that is to be written, and what it adds; or why it is left alone. */
export type Change = { file: string; text: string; adds: string } | { file: string; leftAlone: string };

/** An app that an editor's debugger can attach to. */
export interface Attachable {
  name: string;
  toolchain: "python" | "node" | "none";
  port: number;
}

/** The apps with `debug`. A configuration that cannot be loaded has none. */
export async function attachable(system: System, configFile: string | undefined): Promise<Attachable[]> {
  const loaded = await loadProject(system, { cwd: system.environment.cwd, configFile }, detection(system));
  return (loaded.ok ? loaded.value.apps : []).flatMap(({ name, toolchain, debugger: found }) =>
    found && "port" in found ? [{ name, toolchain, port: found.port }] : [],
  );
}

/** `restart`: the editor attaches again after each save. */
export const attachEntry = ({ name, toolchain, port }: Attachable) => ({
  name: `devpm: attach to ${name}`,
  request: "attach",
  restart: true,
  ...(toolchain === "node"
    ? { type: "node", address: "127.0.0.1", port }
    : { type: "debugpy", connect: { host: "127.0.0.1", port }, justMyCode: true }),
});

/** Those whose names are not there yet: an entry that is there is the user's. */
export function launchEntries(file: string, text: string | null, values: readonly { name: string }[]): Change | null {
  const json = plainJson(text);
  if (json === null)
    return {
      file,
      leftAlone: `it is not plain JSON; add to "configurations": ${values.map((value) => JSON.stringify(value)).join(", ")}`,
    };
  const known: unknown = json.configurations ?? [];
  if (!Array.isArray(known)) return { file, leftAlone: '"configurations" in it is no list' };
  const added = values.filter(({ name }) => !known.some((one) => isObject(one) && one.name === name));
  if (added.length === 0) return null;
  const configurations = [...(known as unknown[]), ...added];
  return jsonChange(file, text, { version: "0.2.0", ...json, configurations }, added.length === 1 ? added[0]! : added);
}

/** Indented, and with the ends of lines, as the user's own text was; null: there was none. */
export function jsonChange(file: string, before: string | null, json: object, adds: object): Change {
  const indent = /^([ \t]+)"/m.exec(before ?? "")?.[1] ?? 2;
  const text = JSON.stringify(json, null, indent) + (before === null || /\n\s*$/.test(before) ? "\n" : "");
  return { file, text: withEndsOf(before, text), adds: JSON.stringify(adds, null, 2) };
}

/** `text` with the ends of lines that `before` has. */
export const withEndsOf = (before: string | null, text: string): string =>
  before?.includes("\r\n") ? text.replaceAll(/\r?\n/g, "\r\n") : text;

/** null: no JSON object, or one with comments, which would be lost. */
export function plainJson(text: string | null): Record<string, unknown> | null {
  if (text === null || text.trim() === "") return {};
  try {
    const json: unknown = JSON.parse(text);
    return isObject(json) ? json : null;
  } catch {
    return null;
  }
}
