import path from "node:path";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { Instance } from "../../model/instance.ts";
import type { Files } from "../../system/files/files.ts";

/** Left by a detached session that ended by a bug of ours, for the next command to show. */
const fileOf = ({ folder }: Instance): string => path.join(folder, "bug.json");

export async function keepBug(files: Files, instance: Instance, bug: Diagnostic): Promise<void> {
  await files.write(fileOf(instance), `${JSON.stringify(bug)}\n`).catch(() => {});
}

/** Returned once; null where there is none. */
export async function takeBug(files: Files, instance: Instance): Promise<Diagnostic | null> {
  const text = await files.read(fileOf(instance)).catch(() => null);
  if (text === null) return null;
  await files.remove(fileOf(instance)).catch(() => {});
  try {
    const bug = JSON.parse(text) as Diagnostic;
    return bug.code === "DEVPM_BUG" && Array.isArray(bug.evidence) && Array.isArray(bug.fixes)
      ? { ...bug, state: "It ended a detached session of this project; what that had started was ended with it." }
      : null;
  } catch {
    return null;
  }
}
