import path from "node:path";
import { COMPOSE_NAMES } from "../config/file-names.ts";
import type { System } from "../system/system.ts";
import { shellQuote } from "../util/shell-quote.ts";
import type { Definition } from "./definition.ts";

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

/** A line of Compose for a terminal; `root`: the folder where it is typed, whose own compose file need not be named. */
export function composeCommand({ files, as }: Pick<Definition, "files" | "as">, rest: string, root?: string): string {
  const [first = "", ...others] = files;
  const isFound =
    path.dirname(first) === root &&
    COMPOSE_NAMES.includes(path.basename(first)) &&
    others.every((file) => OVERRIDES.includes(path.basename(file)));
  const words = [...(as === undefined ? [] : ["-p", as]), ...(isFound ? [] : files.flatMap((file) => ["-f", file]))];
  return ["docker compose", ...words.map((word) => shellQuote(word)), rest].join(" ");
}
