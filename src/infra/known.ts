import path from "node:path";
import type { Instance } from "../model/instance.ts";
import type { Files } from "../system/files/files.ts";

/** Which compose project an instance last managed: enough to stop it when the configuration is broken or gone. */
export interface Known {
  project: string;
  services: string[];
}

const fileOf = ({ cache }: Pick<Instance, "cache">): string => path.join(cache, "infra.json");

/** Written only when it changed: a check of a healthy stack writes nothing. */
export async function remember(files: Files, instance: Pick<Instance, "cache">, known: Known): Promise<void> {
  const text = JSON.stringify(known);
  const file = fileOf(instance);
  if ((await files.read(file)) !== text) await files.write(file, text);
}

export async function recall(files: Files, instance: Pick<Instance, "cache">): Promise<Known | null> {
  try {
    const known = JSON.parse((await files.read(fileOf(instance))) ?? "null") as Partial<Known> | null;
    return known?.project && Array.isArray(known.services) ? (known as Known) : null;
  } catch {
    return null; // half a file of another version
  }
}
