import { createHash } from "node:crypto";
import path from "node:path";
import type { Compose } from "../system/docker/compose.ts";
import { interpolated, looksLikeCompose, mentions, simpleVariables } from "./inputs.ts";

export interface ComposeInputs {
  files: readonly string[];
  services: readonly string[] | null;
  /** The compose project's name, where Compose is given one. */
  name?: string | null;
  shell: Readonly<Record<string, string>>;
  /** Which Compose is installed. */
  compose: string;
}

/**
 * One hash over everything that decides what Compose makes of these files: the files and all they mention, the variables
 * they could use, COMPOSE_*, and Compose itself. null: it reads from a server, so no hash can cover it.
 */
export function composeFingerprint(inputs: ComposeInputs, read: Compose["read"]): string | null {
  const { files, services, name: as = null, shell, compose } = inputs;
  const hash = createHash("sha256").update(JSON.stringify([files, services, as, compose]));
  const folder = path.dirname(files[0] ?? ".");
  const reader = new Reader(folder, shell);
  for (const name of (shell.COMPOSE_ENV_FILES || ".env").split(",")) reader.want(path.resolve(folder, name));
  for (const file of files) reader.want(file);
  for (const file of reader.queue) {
    const text = read(file);
    if (text === undefined) continue;
    hash.update(JSON.stringify([file, text]));
    if (text !== null) reader.take(file, text, files.includes(file) || looksLikeCompose(text));
  }
  const used = Object.keys(shell).filter((name) => reader.names.has(name) || name.startsWith("COMPOSE_"));
  hash.update(JSON.stringify(used.toSorted((a, b) => (a < b ? -1 : 1)).map((name) => [name, shell[name]])));
  return reader.remote ? null : hash.digest("hex");
}

/** Follows mentions from file to file. The set grows while it is walked. */
class Reader {
  readonly queue = new Set<string>();
  readonly names = new Set<string>();
  remote = false;
  readonly #variables: Record<string, string>;
  /** Relative paths start at the project's folder, at the file's own, or at an include's `project_directory`. */
  readonly #bases = new Set<string>();
  readonly #words = new Set<string>();

  constructor(folder: string, shell: Readonly<Record<string, string>>) {
    this.#variables = { ...shell };
    this.#bases.add(folder);
  }

  want(file: string): void {
    this.queue.add(file);
  }

  take(file: string, text: string, isCompose: boolean): void {
    const found = mentions(text);
    for (const name of found.names) this.names.add(name);
    if (!isCompose) {
      // an env file: its variables may be part of a path
      for (const [name, value] of Object.entries(simpleVariables(text))) this.#variables[name] ??= value;
      return;
    }
    this.remote ||= found.remote;
    const words = found.paths.map((word) => interpolated(word, this.#variables));
    for (const word of words) this.#words.add(word);
    this.#bases.add(path.dirname(file));
    if (text.includes("project_directory")) {
      const known = Array.from(this.#bases); // it grows meanwhile
      for (const base of known) for (const word of words) this.#bases.add(path.resolve(base, word));
    }
    for (const base of this.#bases) {
      this.want(path.join(base, ".env"));
      for (const word of this.#words) this.want(path.resolve(base, word));
    }
  }
}
