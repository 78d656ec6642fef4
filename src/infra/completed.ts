import path from "node:path";
import { instanceOf } from "../model/instance.ts";
import type { InfraSystem } from "./context.ts";

type Deps = Pick<InfraSystem, "files" | "environment">;

const fileOf = (root: string, { environment }: Deps): string =>
  path.join(instanceOf(root, environment).cache, "completed.json");

/**
 * Containers that ended by themselves with exit code 0 before they counted as usable. What was stopped, and a worker that
 * gave up, may have ended with 0 as well: only what is remembered here need not be started again.
 */
export function completedContainers(system: Deps, root: string): string[] {
  const read = system.files.readText(fileOf(root, system), MOST_BYTES);
  try {
    const kept = JSON.parse("text" in read ? read.text : "[]") as unknown;
    return Array.isArray(kept) ? kept.filter((id) => typeof id === "string") : [];
  } catch {
    return []; // half a file: at worst a service runs once more
  }
}

/** The last ones are kept: a container of long ago is gone. */
const KEPT = 50;
/** Several times what so many ids take. */
const MOST_BYTES = 65_536;

/** Nothing is awaited between reading and writing: services that complete at the same time are all remembered. */
export async function rememberCompleted(system: Deps, root: string, container: string): Promise<void> {
  const known = completedContainers(system, root);
  if (known.includes(container)) return;
  await system.files.write(fileOf(root, system), JSON.stringify([...known, container].slice(-KEPT)));
}
