import { groupBy } from "../../util/group.ts";
import { joinWithAnd } from "../../util/text.ts";

/** A place as a note names it. */
export const whereAt = ({ file, line }: { file: string; line: number }): string => `${file}:${line}`;

export const oneLine = (text: string, length = 100): string => {
  const calm = text.replaceAll(/\s+/g, " ").trim();
  return calm.length > length ? `${calm.slice(0, length)}…` : calm;
};

export const inItsFolder = (folder: string): string => (folder === "." ? "" : ` in ${folder}`);

/** The first of each kind, of four kinds at most. */
export const firstOfEach = <T>(values: readonly T[], key: (value: T) => string): T[] =>
  [...groupBy(values, key).values()].slice(0, 4).flatMap(([first]) => first ?? []);

/** `A, B and C`; of more than six the first five. */
export const namesInShort = (names: readonly string[]): string =>
  joinWithAnd(names.length > 6 ? [...names.slice(0, 5), `${names.length - 5} more`] : names);
