/** Whether a file is a Python interpreter, by its name. */
export const isPython = (file: string): boolean => /^(python|pypy)[\d.]*t?$/.test(executableName(file));

export const executableName = (file: string): string => file.split("/").at(-1) ?? "";

/** The interpreter of an installed script, from its first lines; null for anything but a Python script. */
export function interpreterOf(script: string, text: string): string[] | null {
  const [first = "", second = ""] = text.split("\n", 2);
  if (!first.startsWith("#!")) return null;
  const words = first.slice(2).trim().split(/\s+/);
  if (executableName(words[0] ?? "") === "env") return isPython(words[1] ?? "") ? words.slice(1) : null;
  if (isPython(words[0] ?? "")) return words;
  return executableName(words[0] ?? "") === "sh" ? longPathInterpreter(script, second) : null;
}

/** pip and uv write `'''exec' "/a path/python" "$0" "$@"` where the path is too long or has spaces, or may move. */
function longPathInterpreter(script: string, line: string): string[] | null {
  if (!line.startsWith("'''exec'")) return null;
  if (line.includes("dirname")) return [`${script.slice(0, script.lastIndexOf("/"))}/python`];
  const quoted = /^'''exec' (?:"([^"]+)"|'([^']+)'|(\S+)) "\$0"/.exec(line);
  const interpreter = quoted?.[1] ?? quoted?.[2] ?? quoted?.[3];
  return interpreter && isPython(interpreter) ? [interpreter] : null;
}
