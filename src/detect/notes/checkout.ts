import { joinWithAnd } from "../../util/text.ts";
import type { Context } from "../context.ts";
import { isSkippedFolder } from "../repository/wanted.ts";

/** Why nothing of a checkout may start before something else is done: it is a template, or a part of it was not cloned. */
export const asItIsCheckedOut = (context: Context): string[] => [...templateNotes(context), ...submodules(context)];

/** Settings of a tool have templates of its own: of a changelog, of a version. Poetry's hold the project's name. */
const OF_TOOLS = /^\[\[?tool\.(?!poetry[\].])[\w.-]+\][^]*?(?=^\[\[?["\w]|$(?![^]))/gm;
/** Texts of several lines: what is in them begins no section. */
const LONG_TEXTS = /"""[^]*?"""|'''[^]*?'''/g;

/** A repository that a project is made from: its files have places to fill in, so nothing of it starts as it is. */
function templateNotes({ repository, backends, fronts }: Context): string[] {
  const started = [...backends.map((one) => one.file), ...fronts.map((one) => one.package.file)];
  const file =
    repository.files.find(
      (one) =>
        /(^|\/)(package\.json|pyproject\.toml|manage\.py)$/.test(one) &&
        /\{\{\s*[\w.]+\s*(\|[^}]*)?\}\}|\{%-?\s*if\b/.test(ownPart(one, repository.text(one) ?? "")),
    ) ?? started.find((one) => /\{\{.*\}\}\//.test(one));
  return file === undefined
    ? []
    : [
        `${file} has placeholders: this is a template, so make a project from it first (copier, cookiecutter, startproject)`,
      ];
}

const ownPart = (file: string, text: string): string =>
  file.endsWith(".toml") ? text.replaceAll(LONG_TEXTS, "").replaceAll(OF_TOOLS, "") : text;

/** Repositories within this one that were not cloned with it: their folders are empty. */
function submodules({ repository }: Context): string[] {
  const named = [...(repository.text(".gitmodules") ?? "").matchAll(/^[ \t]*path[ \t]*=[ \t]*(.+)$/gm)];
  const missing = named
    .map(([, folder = ""]) => folder.trim())
    // `vendor` is not looked into
    .filter((folder) => !folder.split("/").some(isSkippedFolder) && !repository.hasFolder(folder));
  return missing.length === 0
    ? []
    : [`${joinWithAnd(missing)}: not cloned, as git submodules are not by themselves: git submodule update --init`];
}
