import path from "node:path";
import { groupBy } from "../../util/group.ts";
import { shellQuote } from "../../util/shell-quote.ts";
import { writtenValues } from "../../config/env-file.ts";
import type { FoundCommand } from "../commands/found-command.ts";
import type { Composed } from "../compose/choose.ts";
import { COMPOSE_FILE } from "../compose/model.ts";
import {
  isEnvironmentFile,
  isForElsewhere,
  isMarked,
  isSettingsTemplate,
  isTemplate,
} from "../repository/env-files.ts";
import type { Template } from "../model.ts";
import { isAside } from "../python/locate.ts";
import type { Repository } from "../repository/snapshot.ts";

/** Templates of variables whose file is not there yet, each with the command that makes it. */
export function templatesOf(
  repository: Repository,
  commands: readonly FoundCommand[],
  composed: Composed | null,
  folders: readonly string[],
): Template[] {
  const copied = copies(repository, commands);
  const needed = new Set((composed?.stack.services ?? []).flatMap(({ envFiles }) => envFiles));
  // `config/sample.env` beside the `config/dev.env` that Compose reads
  const besideNeeded = new Set(
    [...needed].filter((file) => !repository.has(file)).map((file) => path.posix.dirname(file)),
  );
  const isWanted = (file: string): boolean =>
    (isTemplate(file) && (serves(file, folders) || besideNeeded.has(path.posix.dirname(file)))) ||
    (isMarked(file) && needed.has(usualTarget(file)));
  // `base.env`, which one document copies, is a template in the next app's folder, too
  const alike = new Map(
    [...copied].map(([file, { target }]) => [path.posix.basename(file), path.posix.basename(target)]),
  );
  const isAlike = (file: string): boolean =>
    alike.has(path.posix.basename(file)) && folders.includes(path.posix.dirname(file));
  const named = repository.files
    .filter(
      (file) =>
        (copied.has(file) || isAlike(file) || isWanted(file) || isOpened(file, folders, repository)) && !isAside(file),
    )
    .filter((file) => !isOfOtherStack(file, folders, repository))
    .filter((file) => !isForElsewhere(file) || needed.has(usualTarget(file)))
    .flatMap((template): Template[] => {
      const copy = copied.get(template);
      const like = isTemplate(template) ? undefined : alike.get(path.posix.basename(template));
      const target =
        copy?.target ??
        (like === undefined ? null : path.posix.join(path.posix.dirname(template), like)) ??
        wantedByCompose(template, composed, repository) ??
        wantedByCode(template, repository) ??
        (isEnvironmentFile(path.posix.basename(template)) ? null : settingsTarget(template)) ??
        usualTarget(template);
      if (target === template || repository.has(target)) return [];
      const evidence = copy?.evidence ?? { file: template, line: 1, says: "a template" };
      return [
        {
          template,
          target,
          command: `cp ${shellQuote(template)} ${shellQuote(target)}`,
          empty: isEnvironmentFile(path.posix.basename(template)) ? emptyIn(repository.text(template) ?? "") : [],
          evidence,
        },
      ];
    });
  return [...ofEachTarget(named, [...copied.keys()]), ...aboveTheirPlace(repository, composed)];
}

/** Of several templates for one file the one that is copied first, README before other documents; the others are other ways to run it. */
const ofEachTarget = (named: readonly Template[], copied: readonly string[]): Template[] =>
  [...groupBy(named, ({ target }) => target).values()].flatMap((same) =>
    same.toSorted((a, b) => (copied.indexOf(a.template) >>> 0) - (copied.indexOf(b.template) >>> 0)).slice(0, 1),
  );

/** `env_file: .envs/local/db.env` where only `.envs/db.env` is committed: each developer has a copy in a folder of his own. */
function aboveTheirPlace(repository: Repository, composed: Composed | null): Template[] {
  const needed = new Map(
    (composed?.stack.services ?? []).flatMap(({ envFiles, file, line }) =>
      envFiles.map((one) => [one, { file, line }] as const),
    ),
  );
  return [...needed].flatMap(([target, at]): Template[] => {
    const folder = path.posix.dirname(target);
    const home = path.posix.dirname(folder);
    const template = path.posix.join(home, path.posix.basename(target));
    if (!/^\.?envs?$/.test(path.posix.basename(home)) || repository.has(target) || !repository.has(template)) return [];
    const make = repository.hasFolder(folder) ? "" : `mkdir -p ${shellQuote(folder)} && `;
    return [
      {
        template,
        target,
        command: `${make}cp ${shellQuote(template)} ${shellQuote(target)}`,
        empty: emptyIn(repository.text(template) ?? ""),
        evidence: { ...at, says: `env_file: ${target}` },
      },
    ];
  });
}

/** What README, Makefile or a script copies. */
function copies(
  repository: Repository,
  commands: readonly FoundCommand[],
): Map<string, { target: string; evidence: Template["evidence"] }> {
  const found = new Map<string, { target: string; evidence: Template["evidence"] }>();
  // of two documents that copy it to different names, README counts
  const late = ({ source, file }: FoundCommand): number =>
    source === "readme" && !/^readme/i.test(path.posix.basename(file)) ? 1 : 0;
  for (const { intent, folders, file, line, words, source, stage } of commands.toSorted((a, b) => late(a) - late(b))) {
    if (intent.kind !== "copy" || /^(ci|docker|compose)$/.test(source) || stage === "test") continue;
    for (const folder of folders) {
      // "`api/.env` (copy from `.env.example`)" means the one beside it, where there is one
      const beside = path.posix.join(folder, path.posix.dirname(intent.to), intent.from);
      const isBare = !intent.from.includes("/") && repository.has(beside);
      const template = present(
        repository,
        path.posix.normalize(isBare ? beside : path.posix.join(folder, intent.from)),
      );
      // `.env.api` is no template by its name, but what is copied into place is one
      const counts = isEnvironmentFile(path.posix.basename(template)) || isSettingsTemplate(template);
      if (!repository.has(template) || !counts) continue;
      const to = path.posix.normalize(path.posix.join(folder, intent.to));
      const target = repository.hasFolder(to) ? path.posix.join(to, path.posix.basename(usualTarget(template))) : to;
      if (!found.has(template) && !target.startsWith(".."))
        found.set(template, { target, evidence: { file, line, says: words.join(" ") } });
      break;
    }
  }
  return found;
}

/** The file as it is written, else the one of that name with or without a dot before it: people forget it. */
function present(repository: Repository, file: string): string {
  const name = path.posix.basename(file);
  const other = path.posix.join(path.posix.dirname(file), name.startsWith(".") ? name.slice(1) : `.${name}`);
  return !repository.has(file) && repository.has(other) && isTemplate(other) ? other : file;
}

/** In the root, in the folder of an app or above it, or beside its settings. */
const serves = (file: string, folders: readonly string[]): boolean => {
  const folder = path.posix.dirname(file);
  return folders.some(
    (one) =>
      folder === "." ||
      one === folder ||
      one.startsWith(`${folder}/`) ||
      (one !== "." && folder.startsWith(`${one}/`) && !/node_modules/.test(folder)),
  );
};

/** Variables of a stack that is not started: of the compose file beside them, in a folder of its own. */
function isOfOtherStack(file: string, folders: readonly string[], repository: Repository): boolean {
  const folder = path.posix.dirname(file);
  const isAppsOwn = folder === "." || folders.some((one) => `${one}/`.startsWith(`${folder}/`));
  return !isAppsOwn && repository.names(folder).some((name) => COMPOSE_FILE.test(name));
}

/** `env_file: .env.dev` beside a lone `.env.example`. */
function wantedByCompose(template: string, composed: Composed | null, repository: Repository): string | null {
  const folder = path.posix.dirname(template);
  const wanted = [...new Set((composed?.stack.services ?? []).flatMap(({ envFiles }) => envFiles))].filter(
    (file) => path.posix.dirname(file) === folder && !repository.has(file),
  );
  const [only] = wanted;
  return only !== undefined &&
    wanted.length === 1 &&
    usualTarget(template) === path.posix.join(folder, ".env") &&
    !wanted.includes(usualTarget(template))
    ? only
    : null;
}

const LOADED =
  /\b(?:env_file\s*=\s*|(?:load_dotenv|dotenv_values|read_env)\(\s*(?:dotenv_path\s*=\s*)?)["']((?:[\w.-]+\/)*\.env[\w.-]*)["']/g;

/** `load_dotenv(".env.local")` beside a `.env.example`, where the code loads no file of another name there. */
function wantedByCode(template: string, repository: Repository): string | null {
  const folder = path.posix.dirname(template);
  if (usualTarget(template) !== path.posix.join(folder, ".env")) return null;
  const sources = repository.files.filter((file) => file.endsWith(".py") && isBelow(file, folder) && !isAside(file));
  const loaded = new Set(
    sources.flatMap((file) =>
      [...(repository.text(file) ?? "").matchAll(LOADED)].map(([, name = ""]) => path.posix.join(folder, name)),
    ),
  );
  const [only] = loaded;
  const isThere = only !== undefined && path.posix.dirname(only) === folder && !isForElsewhere(only);
  return isThere && loaded.size === 1 ? only : null;
}

/** `settings.ini.example` → `settings.ini`, `config.sample.yaml` → `config.yaml`; null: its name has no such mark. */
function settingsTarget(template: string): string | null {
  const name = path.posix.basename(template);
  const bare = name.replace(/[._-](example|sample|template|dist)(?=$|\.)/i, "");
  return isSettingsTemplate(template) && bare !== name ? path.posix.join(path.posix.dirname(template), bare) : null;
}

/** Settings that a program of the app beside them opens by their name: `config.read("settings.ini")`. */
function isOpened(template: string, folders: readonly string[], repository: Repository): boolean {
  const folder = path.posix.dirname(template);
  const target = settingsTarget(template);
  if (target === null || !folders.includes(folder)) return false;
  const name = path.posix.basename(target);
  const sources = repository.files.filter((file) => file.endsWith(".py") && isBelow(file, folder) && !isAside(file));
  return sources.some((file) => ['"', "'"].some((quote) => repository.text(file)?.includes(`${quote}${name}${quote}`)));
}

const isBelow = (file: string, folder: string): boolean => folder === "." || file.startsWith(`${folder}/`);

/** `.env.example` → `.env`, `.env.local.example` → `.env.local`, `sample.env` → `.env`. */
export function usualTarget(template: string): string {
  const name = path.posix.basename(template);
  const bare = name
    .replace(/\.txt$/i, "")
    .replace(/^(example|sample|template)(?=\.([\w-]+\.)?env(\.|$))/i, "")
    .replace(/^dotenv/, ".env")
    .replaceAll(
      /[._-](example|sample|template|dist|default|tmpl|tpl|skeleton|placeholder|blank|copy|exemple|exemplo|ejemplo)(?=$|[._-])/gi,
      "",
    );
  return path.posix.join(
    path.posix.dirname(template),
    bare.startsWith(".") || bare.includes(".env") ? bare : `.${bare}`,
  );
}

const PLACEHOLDER =
  /^$|^<.*>$|^(your|change|replace|todo|xxx|fill|insert|put)[-_ ]?|change[-_]?(me|this)|\byour[-_]|_here$/i;

/** Whether a value stands for one that the developer has to fill in. */
export const isPlaceholder = (value: string): boolean => PLACEHOLDER.test(value);

/** Variables that the developer has to fill in. */
function emptyIn(text: string): string[] {
  return Object.entries(writtenValues(text)).flatMap(([name, value]) => (isPlaceholder(value) ? [name] : []));
}
