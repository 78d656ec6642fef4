/** A program of an app waits for a line of its terminal: a debugger, or `input()`. */
export interface Prompt {
  /** The unfinished line that it printed, "(Pdb) "; empty where it printed none. */
  text: string;
  /** Where in the project's code it waits, relative to the app's folder; null where that is not known. */
  file: string | null;
  line: number | null;
}

/** A key of a terminal that is no text: Ctrl+C, and Ctrl+D at the beginning of a line. */
export type PromptKey = "interrupt" | "end";

/** What is sent to a program that waits. `give up`: nobody came; `text` is what its request is answered with. */
export interface Input {
  what: "line" | PromptKey | "give up";
  /** A line without its end; empty for a key. */
  text: string;
}

/** What the program printed after a line that was sent to it, up to where it waits again. */
export interface Evaluated {
  lines: string[];
  /** null: it has gone on. */
  prompt: Prompt | null;
}

/** "app.py:12"; "" where the place is not known. */
export const promptPlace = ({ file, line }: Pick<Prompt, "file" | "line">): string =>
  file === null ? "" : line === null ? file : `${file}:${line}`;

/** The history keeps no answer to these, and the page shows none. */
const SECRET = /pass(?:word|phrase|code|wd|wort)|kennwort|mot de passe|contrase(?:ñ|n)a|secret|token|\bpin\b/i;

export const asksForSecret = (prompt: string): boolean => SECRET.test(prompt);
