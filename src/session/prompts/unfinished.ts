import { stripVTControlCharacters } from "node:util";
import { asksForSecret, type Prompt } from "../../model/prompt.ts";

/** What a program that waits for an answer ends its unfinished line with; "Loading..." and "42 %" do not. */
const QUESTION = /[:?>)\]$#»❯][ \t]*$/;
/** A progress bar ends so, too: tqdm's `[00:01<00:09, 9.1it/s]`, and what is drawn of signs in brackets. */
const PROGRESS = /\[(?:\d+:\d\d(?::\d\d)?[^\]]*|[-=#*.~>█▓▒░━▰▱■□ ]{3,})\][ \t]*$/;
/** The prompts of Python's debuggers, alone on their line. */
const DEBUGGER = /^(?:\(+[Pp]db\)+|i?pdb>|debug>) $/;

export const isDebugger = (unfinished: string): boolean => DEBUGGER.test(stripVTControlCharacters(unfinished));

/** How it ends shows that a program which reports nothing waits for an answer. `known`: one that reports for itself. */
export function isPrompt(unfinished: string, known: boolean): boolean {
  const text = stripVTControlCharacters(unfinished);
  return known ? isDebugger(text) : text.trim() !== "" && QUESTION.test(text) && !PROGRESS.test(text);
}

/** pdb's line before its prompt: `> /srv/app.py(12)index()`. */
const STOPPED_AT = /^> (.+)\((\d+)\)[^(]*(?:\(.*\))?(?:->.*)?$/;

/** Where a debugger stands that asks so, from its own words; the last of them counts. */
export function placeInWords(
  unfinished: string,
  lines: readonly string[],
  root: string,
): Pick<Prompt, "file" | "line"> {
  for (const line of isDebugger(unfinished) ? lines.toReversed() : []) {
    const [, file, number] = STOPPED_AT.exec(stripVTControlCharacters(line)) ?? [];
    if (file === undefined) continue;
    const folder = `${root}/`;
    return { file: file.startsWith(folder) ? file.slice(folder.length) : file, line: Number(number) };
  }
  return { file: null, line: null };
}

/** What the log shows of an answer, behind the prompt: what a terminal would have. */
export function echoOf(prompt: string, what: string, text: string): string {
  if (what === "interrupt") return "^C";
  if (what === "end") return "^D";
  return what === "give up" || asksForSecret(prompt) ? "" : text;
}
