import path from "node:path";
import { groupBy } from "../../util/group.ts";
import { shellQuote } from "../../util/shell-quote.ts";
import { type FoundCommand, evidenceOf } from "../commands/found-command.ts";
import type { Composed } from "../compose/composed.ts";
import { COMPOSE_FILE } from "../compose/model.ts";
import type { Context } from "../context.ts";
import type { Template } from "../model.ts";
import { isAside } from "../python/locate.ts";
import {
  isEnvironmentFile,
  isForElsewhere,
  isMarked,
  isSettingsTemplate,
  isTemplate,
} from "../repository/env-files.ts";
import type { Repository } from "../repository/snapshot.ts";
import { emptyIn } from "./placeholder.ts";
import { isInFolder, settingsTarget, fileOfTemplate, usualTarget } from "./template-target.ts";

/** Templates of variables whose file is not there yet, each with the command that makes it. */
export function templatesOf(context: Context): Template[] {
  const { repository, commands, composed } = context;
  const folders = foldersOf(context);
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
        fileOfTemplate(context, template);
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

/** Where files of variables count: beside the apps, their requirements and the compose files. */
const foldersOf = ({ backends, fronts, composed }: Context): string[] => [
  ...backends.flatMap(({ cwd, home }) => [cwd, home]),
  ...fronts.map(({ package: { folder } }) => folder),
  ...(composed?.files ?? []).map((file) => path.posix.dirname(file)),
];

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
        found.set(template, { target, evidence: evidenceOf({ file, line, words }) });
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

/** Settings that a program of the app beside them opens by their name: `config.read("settings.ini")`. */
function isOpened(template: string, folders: readonly string[], repository: Repository): boolean {
  const folder = path.posix.dirname(template);
  const target = settingsTarget(template);
  if (target === null || !folders.includes(folder)) return false;
  const name = path.posix.basename(target);
  const sources = repository.files.filter((file) => file.endsWith(".py") && isInFolder(file, folder) && !isAside(file));
  return sources.some((file) => ['"', "'"].some((quote) => repository.text(file)?.includes(`${quote}${name}${quote}`)));
}
