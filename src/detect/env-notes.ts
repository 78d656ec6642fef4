import path from "node:path";
import type { Context } from "./context.ts";
import { isEnvironmentFile, isForElsewhere, isTemplate } from "./environment.ts";
import type { Template } from "./model.ts";
import { whereAt, firstOfEach } from "./note-text.ts";

/** Files of variables that documents speak of and that nothing here makes: a developer writes them. */
export function envNotes(context: Context, templates: readonly Template[]): string[] {
  const places = shown(context, templates);
  const names = new Set(places.map(({ name }) => name));
  return [
    ...places.slice(0, 4).map((place) => `${place.name} is not there: ${whereAt(place)} shows what it holds`),
    ...withoutTemplate(context, templates).flatMap(({ from, to, ...place }) =>
      names.has(to) ? [] : [`${to} is to be made of ${from}, which is not there either (${whereAt(place)})`],
    ),
  ];
}

interface Place {
  file: string;
  line: number;
}

type Named = Place & { name: string };

const basename = (file: string): string => path.posix.basename(file);

/** Whether a file of this name is here, or made of a template. */
const isMade = ({ repository }: Context, templates: readonly Template[], name: string): boolean =>
  templates.some(({ target }) => basename(target) === name) ||
  repository.files.some((file) => basename(file) === name && !/(^|\/)(tests?|examples?|docs?)\//.test(file));

/** What README, and what is beside it, says of the first start; a document far below the root is another matter. */
const isRead = (file: string): boolean =>
  /(^|\/)(readme|setup|install\w*|getting[-_]?started|quick[-_]?start)[\w.-]*\.mdx?$/i.test(file) &&
  file.split("/").length <= 2;

/** `.env`, `backend/.env.local`, as a word of its own. */
const NAMED = /(?<![\w.*-])(?:[\w-]+\/)*(\.env(?:\.[\w-]+)?)(?![\w*-]|\.\w)/;
/** A line of such a file. */
const VARIABLE = /^\s*(#.*|(export\s+)?[A-Z][A-Z0-9_]*\s*=.*)?$/;
const ASSIGNED = /^\s*(export\s+)?[A-Z][A-Z0-9_]*\s*=/m;
/** Sentences are shorter. */
const LONGEST_LINE = 500;
/** How far above its block a file may be named. */
const LINES_ABOVE = 3;

/** "Create a `.env` file:" above a block of variables. */
function shown(context: Context, templates: readonly Template[]): Named[] {
  const { repository } = context;
  const found = repository.files.filter(isRead).flatMap((file) => {
    const lines = (repository.text(file) ?? "").split("\n");
    let heading = "";
    return lines.flatMap((line, from) => {
      if (/^#+\s/.test(line)) heading = line;
      if (!/^\s*(```|~~~)/.test(line) || /prod|deploy/i.test(heading)) return [];
      const end = lines.findIndex((one, index) => index > from && /^\s*(```|~~~)\s*$/.test(one));
      const block = lines.slice(from + 1, end === -1 ? from + 1 : end);
      if (!ASSIGNED.test(block.join("\n")) || !block.every((one) => VARIABLE.test(one))) return [];
      const above = lines
        .slice(0, from)
        .filter((one) => one.trim() !== "")
        .slice(-LINES_ABOVE);
      const name = above
        .flatMap((one) => (/prod/i.test(one) ? [] : (NAMED.exec(one.slice(0, LONGEST_LINE))?.[1] ?? [])))
        .at(-1);
      return name === undefined || isTemplate(name) || isForElsewhere(name) ? [] : [{ file, line: from + 1, name }];
    });
  });
  return found.filter(({ name }) => !isMade(context, templates, name));
}

/** `cp .env.example .env`, where no such template is. */
function withoutTemplate(context: Context, templates: readonly Template[]): (Place & { from: string; to: string })[] {
  const named = context.commands.flatMap(({ intent, source, stage, file, line }) => {
    if (intent.kind !== "copy" || source !== "readme" || stage === "test" || !isRead(file)) return [];
    const [from, to] = [basename(intent.from), basename(intent.to)];
    const isAbsent = !context.repository.files.some(
      (one) => basename(one).replace(/^\./, "") === from.replace(/^\./, ""),
    );
    return isTemplate(from) &&
      isEnvironmentFile(to) &&
      !isForElsewhere(to) &&
      isAbsent &&
      !isMade(context, templates, to)
      ? [{ from, to, file, line }]
      : [];
  });
  return firstOfEach(named, ({ from, to }) => `${from} ${to}`);
}
