import path from "node:path";
import type { Decided } from "../context.ts";
import { isEnvironmentFile, isForElsewhere, isTemplate } from "../repository/env-files.ts";
import { whereAt, firstOfEach } from "./text.ts";

/** Files of variables that are not there: Compose needs them, or documents speak of them, and nothing here makes them. */
export function envNotes(decided: Decided): string[] {
  const places = firstOfEach(shown(decided), ({ file, name }) => path.posix.join(path.posix.dirname(file), name));
  const copies = withoutTemplate(decided);
  const needed = neededByCompose(decided);
  const told = new Set([...needed, ...places.map(({ name }) => name)].map(basename));
  return [
    ...needed.map((file) => {
      const place = places.find(({ name }) => name === basename(file));
      const copy = copies.find(({ to }) => to === basename(file));
      const more = place
        ? `: ${whereAt(place)} shows what goes in it`
        : copy
          ? `, and neither is ${copy.from}, which it is copied from (${whereAt(copy)})`
          : "";
      return `${decided.composed?.files.join(", ") ?? ""} needs ${file}, which is not there${more}`;
    }),
    ...places
      .filter(({ name }) => !needed.some((file) => basename(file) === name))
      .map((place) => `${place.name} is not there: ${whereAt(place)} shows what goes in it`),
    ...copies.flatMap(({ from, to, ...place }) =>
      told.has(to) ? [] : [`${to} is not there, and neither is ${from}, which it is copied from (${whereAt(place)})`],
    ),
  ];
}

/** Files that Compose needs before it can be read at all, and that no template makes. */
function neededByCompose({ repository, composed, templates }: Decided): string[] {
  const made = new Set(templates.map(({ target }) => target));
  const needed = new Set((composed?.stack.services ?? []).flatMap(({ envFiles }) => envFiles));
  return [...needed].filter((file) => !repository.has(file) && !repository.hasFolder(file) && !made.has(file));
}

interface Place {
  file: string;
  line: number;
}

type Named = Place & { name: string };

const basename = (file: string): string => path.posix.basename(file);

/** Whether a file of this name is here, or made of a template. */
const isMade = ({ repository, templates }: Decided, name: string): boolean =>
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

const FENCE = /^\s*(```|~~~)/;
const END = /^\s*(```|~~~)\s*$/;

/** "Create a `.env` file:" above a block of variables. */
const shown = (decided: Decided): Named[] =>
  decided.repository.files
    .filter(isRead)
    .flatMap((file) => shownIn(decided.repository.text(file) ?? "").map((one) => ({ ...one, file })))
    .filter(({ name }) => !isTemplate(name) && !isForElsewhere(name) && !isMade(decided, name));

/** In one pass: a document may have any number of blocks. */
function shownIn(text: string): Omit<Named, "file">[] {
  const found: Omit<Named, "file">[] = [];
  let heading = "";
  const above: string[] = [];
  let block: { line: number; name: string | undefined; lines: string[] } | null = null;
  for (const [index, line] of text.split("\n").entries()) {
    if (block && END.test(line)) {
      const { lines, name } = block;
      const isOfVariables = ASSIGNED.test(lines.join("\n")) && lines.every((one) => VARIABLE.test(one));
      if (name !== undefined && isOfVariables) found.push({ line: block.line, name });
      block = null;
    } else if (block) block.lines.push(line);
    else if (FENCE.test(line))
      block = { line: index + 1, name: /prod|deploy/i.test(heading) ? undefined : namedIn(above), lines: [] };
    else if (/^#+\s/.test(line)) heading = line;
    if (line.trim() !== "") above.push(line);
    if (above.length > LINES_ABOVE) above.shift();
  }
  return found;
}

/** The file that the last of some lines names. */
const namedIn = (lines: readonly string[]): string | undefined =>
  lines.flatMap((one) => (/prod/i.test(one) ? [] : (NAMED.exec(one.slice(0, LONGEST_LINE))?.[1] ?? []))).at(-1);

/** `cp .env.example .env`, where no such template is. */
function withoutTemplate(decided: Decided): (Place & { from: string; to: string })[] {
  const named = decided.commands.flatMap(({ intent, source, stage, file, line }) => {
    if (intent.kind !== "copy" || source !== "readme" || stage === "test" || !isRead(file)) return [];
    const [from, to] = [basename(intent.from), basename(intent.to)];
    const isAbsent = !decided.repository.files.some(
      (one) => basename(one).replace(/^\./, "") === from.replace(/^\./, ""),
    );
    return isTemplate(from) && isEnvironmentFile(to) && !isForElsewhere(to) && isAbsent && !isMade(decided, to)
      ? [{ from, to, file, line }]
      : [];
  });
  return firstOfEach(named, ({ from, to }) => `${from} ${to}`);
}
