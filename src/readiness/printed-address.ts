import { stripVTControlCharacters } from "node:util";

const URLS = /https?:\/\/[^\s/:]*(?:\[[^\]]*\])?:(\d{2,5})\b/gi;
const WORDS =
  /\b(?:port:?\s+|(?:listening|running|serving|started|ready|available)\b(?:[^\d:]|\d{1,3}[.:]){0,40}?(?:(?<=:)|:|\b(?:on|port)\s+))(\d{2,5})\b(?!\.\d|\s*m?s\b)/gi;
/** Lines about something beside the app. */
const BESIDE = /debug|inspect|hmr|metrics|prometheus|wss?:\/\//i;

/** The ports that lines of output name as a place to look at: `http://localhost:3000`, "listening on port 3000". */
export function printedPorts(lines: readonly string[]): number[] {
  return lines.flatMap((line) => {
    const text = stripVTControlCharacters(line);
    if (BESIDE.test(text)) return [];
    return [...text.matchAll(URLS), ...text.matchAll(WORDS)].map((found) => Number(found[1]));
  });
}

/** Whether a line gives the port's address as `https://`. */
export const printedAsHttps = (lines: readonly string[], port: number): boolean =>
  lines.some((line) => new RegExp(`https://[^\\s/]*:${port}\\b`, "i").test(stripVTControlCharacters(line)));
