import { readFileSync } from "node:fs";
import path from "node:path";

const FIXTURES = path.resolve(import.meta.dirname, "../fixtures");

/** The text of a file in test/fixtures, each of the given words in it replaced. */
export function fixture(file: string, values: Readonly<Record<string, string | number>> = {}): string {
  const text = readFileSync(path.join(FIXTURES, file), "utf8");
  return Object.entries(values).reduce((filled, [word, value]) => {
    if (!filled.includes(word)) throw new Error(`${file} has no ${word}`);
    return filled.replaceAll(word, () => String(value));
  }, text);
}
