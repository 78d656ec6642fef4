/** The commands that a diagnostic suggests, in its order, as a person reads them from the text. */
export function fixesIn(output: string): string[] {
  const lines = output.split("\n").map((line) => line.trimEnd());
  const start = lines.findIndex((line) => /^ {2}fix /.test(line));
  if (start < 0) throw new Error(`no fix is named in:\n${output}`);
  const end = lines.findIndex((line, index) => index > start && !line.startsWith("    "));
  const block = lines.slice(start, end < 0 ? undefined : end);
  return block.flatMap((line) => {
    const text = line.replace(/^ {2}fix/, "").trim();
    // a label stands before its command, or alone above it
    return text.endsWith(":") ? [] : [text.replace(/^.*?: {2,}/, "")];
  });
}

/** The one to try first. */
export const firstFix = (output: string): string => fixesIn(output)[0] ?? "";
