import path from "node:path";
import { COMPOSE_NAMES } from "../../config/file-names.ts";
import type { FoundCommand } from "../commands/found-command.ts";
import { at, dataAt, yaml } from "../parse/data.ts";
import { variablesOf } from "../repository/env-files.ts";
import type { Repository } from "../repository/snapshot.ts";
import { type Composed, composedOf } from "./composed.ts";
import { isElsewhere } from "./elsewhere.ts";
import { COMPOSE_FILE } from "./model.ts";

/** What is started, and the other compose files of developers that have services, in the order in which they would be taken. */
export interface ChosenCompose extends Composed {
  others: Composed[];
}

/** The folders of the apps say whether a stack in `template` is the project's own. */
export function chooseCompose(
  repository: Repository,
  commands: readonly FoundCommand[],
  apps: readonly string[] = [],
): ChosenCompose | null {
  const isAside = (file: string): boolean => {
    const found = ASIDE.exec(file);
    const folder = found === null ? "" : file.slice(0, found.index + found[0].length);
    return found !== null && !apps.some((app) => `${app}/`.startsWith(folder));
  };
  const candidates = repository.files.filter(
    (file) => COMPOSE_FILE.test(file) && isStack(repository, file) && !isAside(file),
  );
  const asNamed = eachOnce(withoutParts(repository, named(repository, commands, candidates)));
  const ranked = eachOnce([...asNamed, ...unnamed(repository, candidates)]);
  const composed = ranked.slice(0, 8).map((files) => composedOf(repository, files, commands));
  const first = composed.find(({ infra }) => infra.length > 0) ?? composed[0] ?? null;
  const isNamed = composed.indexOf(first!) < asNamed.length;
  const taken = (first && !isNamed ? reachableInstead(first, composed) : null) ?? first;
  return taken && { ...taken, others: composed.filter((one) => one !== taken && one.infra.length > 0) };
}

const eachOnce = (all: readonly string[][]): string[][] => [
  ...new Map(all.map((files) => [files.join("\n"), files])).values(),
];

const ASIDE = /(^|\/)(tests?|examples?|node_modules|templates?|archives?|archived)\//;

/**
 * `-f stores.yml -f app.yml`: files that one command uses together, none of which changes a service of another, are one stack. Where
 * other commands use some of them, those are parts of it; a file that Compose finds by itself is none.
 */
function withoutParts(repository: Repository, all: readonly string[][]): string[][] {
  const isWhole = (files: readonly string[]): boolean => {
    const names = files.flatMap((file) => Object.keys(dataAt(repository.parsed(file, yaml), "services")));
    return new Set(names).size === names.length && !files.some((file) => isElsewhere(path.posix.basename(file)));
  };
  const wholes = all.filter(isWhole).toSorted((a, b) => b.length - a.length);
  const isPart = (file: string): boolean => !COMPOSE_NAMES.includes(path.posix.basename(file));
  return all.map((files) =>
    files.every(isPart) ? (wholes.find((whole) => files.every((file) => whole.includes(file))) ?? files) : files,
  );
}

const isForDevelopment = (file: string): boolean => /dev|local/i.test(path.posix.basename(file));
const publishes = ({ infra }: Composed): boolean => infra.some(({ ports }) => ports.length > 0);

/** The file for development beside one whose services a program on the host does not reach. */
function reachableInstead(first: Composed, others: readonly Composed[]): Composed | null {
  if (publishes(first)) return null;
  const [folder] = first.files.map((file) => path.posix.dirname(file));
  const isBeside = (file: string): boolean => isForDevelopment(file) && path.posix.dirname(file) === folder;
  return others.find((one) => one.files.some(isBeside) && publishes(one)) ?? null;
}

function isStack(repository: Repository, file: string): boolean {
  const data = repository.parsed(file, yaml);
  if (at(data, "include") !== undefined) return true;
  // settings may be called local.yml, and have services, too
  const isNamedSo = path.posix.basename(file).includes("compose");
  const isMade = (service: unknown): boolean => ["image", "build"].some((key) => at(service, key) !== undefined);
  return isNamedSo ? at(data, "services") !== undefined : Object.values(dataAt(data, "services")).some(isMade);
}

/**
 * `COMPOSE_FILE`; then files that a command for development names, the most often named first; then those of a folder in which one is
 * started without a name. What only documents far below the root name may be another project's, kept beside this one.
 */
function named(repository: Repository, commands: readonly FoundCommand[], candidates: readonly string[]): string[][] {
  const counted = {
    named: new Map<string, number>(),
    plain: new Map<string, number>(),
    far: new Map<string, number>(),
  };
  for (const command of commands) {
    const files = filesOf(repository, command, candidates);
    if (files === null) continue;
    const { intent, file } = command;
    const verb = intent.kind === "compose" ? intent.verb : "";
    const isPlain = intent.kind === "compose" && intent.files.length === 0;
    const of = file.split("/").length > FAR ? counted.far : isPlain ? counted.plain : counted.named;
    const key = files.join("\n");
    of.set(key, (of.get(key) ?? 0) + (/\bup\b|\bstart\b/.test(verb) ? 2 : 1));
  }
  const set = variablesOf(repository, ".").COMPOSE_FILE;
  const files =
    set
      ?.split(/[:;]/)
      .map(path.posix.normalize)
      .filter((file) => repository.has(file)) ?? [];
  const mostFirst = (of: ReadonlyMap<string, number>): string[][] =>
    [...of].toSorted((a, b) => b[1] - a[1]).map(([key]) => key.split("\n"));
  return [...(files.length > 0 ? [files] : []), ...Object.values(counted).flatMap(mostFirst)];
}

/** `docker/other/README.md` is one folder further than what a project's own documents are in. */
const FAR = 3;

/** The compose files that a command of a developer uses; null: none that is here. */
function filesOf(
  repository: Repository,
  { intent, folders, source, stage }: FoundCommand,
  candidates: readonly string[],
): string[] | null {
  if (intent.kind !== "compose" || source === "ci" || stage === "prod" || stage === "test") return null;
  if (intent.files.length === 0) return plainFile(repository, folders[0] ?? ".", intent.verb, candidates);
  const files = intent.files.map((file) =>
    folders
      .map((folder) => path.posix.normalize(path.posix.join(folder, file)))
      .find((one) => candidates.includes(one)),
  );
  const there = files.filter((file) => file !== undefined);
  return there.length < files.length || there.every((file) => isElsewhere(path.posix.basename(file))) ? null : there;
}

/** `cd docker && docker compose up`; in the root, or beside a file there, the usual order decides. */
function plainFile(
  repository: Repository,
  folder: string,
  verb: string,
  candidates: readonly string[],
): string[] | null {
  if (folder === "." || verb !== "up" || COMPOSE_NAMES.some((name) => repository.has(name))) return null;
  const file = COMPOSE_NAMES.map((name) => path.posix.join(folder, name)).find((one) => candidates.includes(one));
  return file === undefined || isElsewhere(file) ? null : [file, ...override(repository, file)];
}

/** In the root by the names that Compose looks for, then those for development, then the same further down. */
function unnamed(repository: Repository, candidates: readonly string[]): string[][] {
  const rank = (file: string): number => {
    const name = path.posix.basename(file);
    const depth = file.split("/").length - 1;
    const kind = COMPOSE_NAMES.includes(name) ? 0 : /dev|local/i.test(name) ? 1 : 2;
    const aside = /(^|\/)\.devcontainer\//.test(file) ? 50 : 0;
    return depth * 10 + kind * 3 + aside;
  };
  return candidates
    .filter((file) => !isElsewhere(file) && !/override/.test(path.posix.basename(file)))
    .toSorted((a, b) => rank(a) - rank(b))
    .flatMap((file) => {
      const overlays = candidates.filter((other) => isOverlay(repository, file, other));
      const plain = [file, ...override(repository, file)];
      return [...overlays.map((other) => [file, other]), plain];
    });
}

/** `docker-compose.dev.yml` beside the file of the standard name, which alone is no stack: it adds to services of that one. */
function isOverlay(repository: Repository, file: string, other: string): boolean {
  if (!COMPOSE_NAMES.includes(path.posix.basename(file)) || path.posix.dirname(file) !== path.posix.dirname(other))
    return false;
  if (other === file || !isForDevelopment(other) || isElsewhere(other)) return false;
  const base = dataAt(repository.parsed(file, yaml), "services");
  return Object.entries(dataAt(repository.parsed(other, yaml), "services")).some(
    ([name, service]) =>
      Object.hasOwn(base, name) && ["image", "build", "extends"].every((key) => at(service, key) === undefined),
  );
}

/** The override file that Compose itself adds to a file of a standard name. */
function override(repository: Repository, file: string): string[] {
  const folder = path.posix.dirname(file);
  const name = path.posix.basename(file);
  if (!COMPOSE_NAMES.includes(name)) return [];
  const stem = name.replace(/\.ya?ml$/, "");
  return [`${stem}.override.yaml`, `${stem}.override.yml`]
    .map((one) => path.posix.join(folder, one))
    .filter((one) => repository.has(one))
    .slice(0, 1);
}
