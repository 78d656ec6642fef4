/** A parsed command line that runs Python: the runner in front of the interpreter, its flags, and the program. */
export interface PythonCommand {
  /** `uv run` and the like, or empty. */
  before: string[];
  interpreter: string;
  flags: string[];
  /** `[script, …]`, `["-m", module, …]` or `["-c", code, …]`. */
  program: string[];
}

export type Parsed<T> = T | { cannot: string };

const ALONE = /^-(?:[uObBdEIPqsSvxR]+)$/;
const WITH_VALUE = /^-[WX]$/;
const JOINED = /^-[WX]./;

/** `python -X dev -m flask run` → flags `-X dev`, program `-m flask run`. */
export function pythonArguments(words: readonly string[]): Parsed<Pick<PythonCommand, "flags" | "program">> {
  let at = 0;
  while (at < words.length) {
    const word = words[at] ?? "";
    if (word === "-m" || word === "-c") {
      if (words.length < at + 2) return { cannot: `\`${word}\` is followed by nothing` };
      return { flags: words.slice(0, at), program: words.slice(at) };
    }
    if (WITH_VALUE.test(word) || word === "--check-hash-based-pycs") at += 2;
    else if (ALONE.test(word) || JOINED.test(word)) at += 1;
    else if (/^-[mc]./.test(word))
      return { flags: words.slice(0, at), program: [word.slice(0, 2), word.slice(2), ...words.slice(at + 1)] };
    else if (word.startsWith("-")) return { cannot: `Python's flag \`${word}\` needs the real command line` };
    else return { flags: words.slice(0, at), program: words.slice(at) };
  }
  return { cannot: "python is started without a program" };
}
