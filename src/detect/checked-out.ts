import { joinWithAnd } from "../util/text.ts";
import type { Context } from "./context.ts";

/** Why nothing of a checkout may start before something else is done: it is a template, or a part of it was not cloned. */
export const asItIsCheckedOut = (context: Context): string[] => [...templateNotes(context), ...submodules(context)];

/** Settings of git-cliff and its like, whose own templates a project has for its changelog. */
const CHANGELOG =
  /^\[tool\.(git-cliff|towncrier|semantic_release|commitizen|bumpversion)\b[^]*?(?=^\[\[?["\w]|$(?![^]))/gm;

/** A repository that a project is made from: its files have places to fill in, so nothing of it starts as it is. */
function templateNotes({ repository }: Context): string[] {
  const file = repository.files.find(
    (one) =>
      /(^|\/)(package\.json|pyproject\.toml|manage\.py)$/.test(one) &&
      /\{\{\s*[\w.]+\s*(\|[^}]*)?\}\}|\{%-?\s*if\b/.test((repository.text(one) ?? "").replaceAll(CHANGELOG, "")),
  );
  return file === undefined
    ? []
    : [
        `${file} has placeholders: this is a template, so make a project from it first (copier, cookiecutter, startproject)`,
      ];
}

/** Repositories within this one that were not cloned with it: their folders are empty. */
function submodules({ repository }: Context): string[] {
  const named = [...(repository.text(".gitmodules") ?? "").matchAll(/^[ \t]*path[ \t]*=[ \t]*(.+)$/gm)];
  const missing = named.map(([, folder = ""]) => folder.trim()).filter((folder) => !repository.hasFolder(folder));
  return missing.length === 0
    ? []
    : [`${joinWithAnd(missing)}: not cloned, as git submodules are not by themselves: git submodule update --init`];
}
