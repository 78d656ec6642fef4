/** A token is seldom shorter than three letters of ASCII; any other character may be one or two. */
const MOST_TOKENS = 2_000;

/** One end of a text that has more tokens than an answer may have; whole lines where there are any. */
export function bounded(text: string, keep: "start" | "end"): string {
  if (tokens(text) <= MOST_TOKENS) return text;
  const lines = text.split("\n").map((line) => (tokens(line) > MOST_TOKENS / 4 ? cut(line, MOST_TOKENS / 4) : line));
  const ordered = keep === "start" ? lines : lines.toReversed();
  // room for the sentence about the rest
  let left = MOST_TOKENS - 40;
  const kept: string[] = [];
  for (const line of ordered) {
    left -= tokens(line) + 1;
    if (left < 0) break;
    kept.push(line);
  }
  const rest = `… ${lines.length - kept.length} of ${lines.length} lines are left out`;
  return keep === "start" ? [...kept, rest].join("\n") : [rest, ...kept.toReversed()].join("\n");
}

export function tokens(text: string): number {
  let others = 0;
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x7f) others++;
  return Math.ceil((text.length - others) / 3) + others * 2;
}

function cut(line: string, most: number): string {
  let end = Math.min(line.length, most * 3);
  while (tokens(line.slice(0, end)) > most - 4) end = Math.floor(end * 0.8);
  return `${line.slice(0, end)} …`;
}
