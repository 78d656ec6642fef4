import path from "node:path";
import { isObject } from "../../util/guard.ts";
import type { SetupStep } from "../../model/project.ts";
import type { Files } from "../../system/files/files.ts";

/**
 * Packages that npm's lock file names and that node_modules lacks, or has in another version: npm notes there what it
 * installed. Other package managers keep no such note in a form that can be compared without them.
 */
export async function outdatedByLock({ inputs, declares }: SetupStep, files: Pick<Files, "read">): Promise<string[]> {
  const lock = inputs.find((input) => path.basename(input) === "package-lock.json");
  if (lock === undefined || !declares) return [];
  const installed = await packagesIn(path.join(declares.installedIn, ".package-lock.json"), files);
  const locked = await packagesIn(lock, files);
  if (installed === null || locked === null) return [];
  return Object.entries(locked).flatMap(([place, wanted]) => {
    // the project itself, members of its workspace, and what another platform needs
    if (!place.includes("node_modules/") || !isObject(wanted) || MAY_LACK.some((key) => wanted[key] === true))
      return [];
    const there = installed[place];
    const name = place.replace(/^.*node_modules\//, "");
    if (isObject(there) && there.version === wanted.version) return [];
    return [typeof wanted.version === "string" && isObject(there) ? `${name}@${wanted.version}` : name];
  });
}

const MAY_LACK = ["optional", "devOptional", "peer", "link", "extraneous"];

async function packagesIn(file: string, files: Pick<Files, "read">): Promise<Record<string, unknown> | null> {
  try {
    const json = JSON.parse((await files.read(file)) ?? "null") as unknown;
    return isObject(json) && isObject(json.packages) ? json.packages : null;
  } catch {
    return null;
  }
}
