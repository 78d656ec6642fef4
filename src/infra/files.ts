import path from "node:path";
import type { System } from "../system/system.ts";

/** The names Compose looks for, first found first. */
const DEFAULTS = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];
const OVERRIDES = [
  "compose.override.yml",
  "compose.override.yaml",
  "docker-compose.override.yml",
  "docker-compose.override.yaml",
];

/**
 * The files Compose is to be called with. One file under a default name means what `docker compose up` in its folder
 * means, so the override file beside it counts; several files, or another name, mean exactly themselves.
 */
export async function composeFiles(asked: readonly string[], files: System["files"]): Promise<string[]> {
  const [only] = asked;
  if (asked.length !== 1 || only === undefined || !DEFAULTS.includes(path.basename(only))) return [...asked];
  const folder = path.dirname(only);
  for (const name of OVERRIDES) {
    const override = path.join(folder, name);
    if ((await files.kind(override)) === "file") return [only, override];
  }
  return [only];
}
