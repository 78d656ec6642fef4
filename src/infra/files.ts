import path from "node:path";
import { COMPOSE_NAMES } from "../config/file-names.ts";
import type { System } from "../system/system.ts";

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
  if (asked.length !== 1 || only === undefined || !COMPOSE_NAMES.includes(path.basename(only))) return [...asked];
  const folder = path.dirname(only);
  for (const name of OVERRIDES) {
    const override = path.join(folder, name);
    if ((await files.kind(override)) === "file") return [only, override];
  }
  return [only];
}
