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
  for (const override of overridesOf(asked)) if ((await files.kind(override)) === "file") return [...asked, override];
  return [...asked];
}

/** Where an override file counts, whether one is there or not. */
export function overridesOf(asked: readonly string[]): string[] {
  const [only] = asked;
  if (asked.length !== 1 || only === undefined || !COMPOSE_NAMES.includes(path.basename(only))) return [];
  return OVERRIDES.map((name) => path.join(path.dirname(only), name));
}

/** The files of a call as they are now: an override file may have come or gone. What devpm added to them stays, and stays last. */
export async function composeFilesNow(
  asked: readonly string[],
  used: readonly string[],
  files: System["files"],
): Promise<string[]> {
  const overrides = overridesOf(asked);
  const added = used.filter((file) => !asked.includes(file) && !overrides.includes(file));
  return [...(await composeFiles(asked, files)), ...added];
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
