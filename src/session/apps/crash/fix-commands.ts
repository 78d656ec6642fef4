import type { App } from "../../../model/project.ts";
import { pathFrom } from "../../../util/paths.ts";
import { shellQuote } from "../../../util/shell-quote.ts";
import type { CrashFacts, Listing } from "./facts.ts";

/** A path as it is typed in the user's folder. */
export const shown = (file: string, { cwd }: Pick<CrashFacts, "cwd">): string => pathFrom(cwd, file);

/** A command for another folder, which does not change the shell's own. */
export function inFolder(folder: string, command: string, facts: Pick<CrashFacts, "cwd">): string {
  const where = shown(folder, facts);
  return where === "." ? command : `(cd ${shellQuote(where)} && ${command})`;
}

/** Runs it again: a task is started. */
export const restarted = ({ name, kind }: Pick<App, "name" | "kind">): string =>
  `devpm ${kind === "task" ? "start" : "restart"} ${shellQuote(name)}`;

/** Appends lines, also to a file whose last line has no line end. */
export function addLine({ file, text }: Listing, lines: string, facts: Pick<CrashFacts, "cwd">): string {
  const start = text === "" || text.endsWith("\n") ? "" : String.raw`\n`;
  const format = `'${start}${"%s\\n".repeat(lines.split("\n").length)}'`;
  const plain = start === "" && !lines.includes("\n");
  const words = lines
    .split("\n")
    .map((line) => shellQuote(line))
    .join(" ");
  return `${plain ? `echo ${words}` : `printf ${format} ${words}`} >> ${shellQuote(shown(file, facts))}`;
}
