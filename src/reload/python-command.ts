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

const PYTHON = /^(python|pypy)[\d.]*t?$/;
const ALONE = /^-(?:[uObBdEIPqsSvxR]+)$/;
const WITH_VALUE = /^-[WX]$/;
const JOINED = /^-[WX]./;

export const isPython = (file: string): boolean => PYTHON.test(nameOf(file));

export const nameOf = (file: string): string => file.split("/").at(-1) ?? "";

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

/** The interpreter of an installed script, from its first lines; null for anything but a Python script. */
export function interpreterOf(script: string, text: string): string[] | null {
  const [first = "", second = ""] = text.split("\n", 2);
  if (!first.startsWith("#!")) return null;
  const words = first.slice(2).trim().split(/\s+/);
  if (nameOf(words[0] ?? "") === "env") return isPython(words[1] ?? "") ? words.slice(1) : null;
  if (isPython(words[0] ?? "")) return words;
  return nameOf(words[0] ?? "") === "sh" ? longPathInterpreter(script, second) : null;
}

/** pip and uv write `'''exec' "/a path/python" "$0" "$@"` where the path is too long or has spaces, or may move. */
function longPathInterpreter(script: string, line: string): string[] | null {
  if (!line.startsWith("'''exec'")) return null;
  if (line.includes("dirname")) return [`${script.slice(0, script.lastIndexOf("/"))}/python`];
  const quoted = /^'''exec' (?:"([^"]+)"|'([^']+)'|(\S+)) "\$0"/.exec(line);
  const interpreter = quoted?.[1] ?? quoted?.[2] ?? quoted?.[3];
  return interpreter && isPython(interpreter) ? [interpreter] : null;
}
