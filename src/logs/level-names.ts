/** From the gravest. `--level` takes all but the last, which would be everything. */
export const LEVELS = ["error", "warn", "info", "debug"] as const;
export type Level = (typeof LEVELS)[number];

/** The words of the loggers, in small letters. */
const WORDS: Readonly<Record<Level, string>> = {
  error: "err error err! critical crit fatal severe panic dpanic alert emergency emerg",
  warn: "warn warning",
  info: "info information notice default log",
  debug: "debug trace verbose fine",
};

const BY_WORD = new Map(LEVELS.flatMap((level) => WORDS[level].split(" ").map((word) => [word, level] as const)));

/** What a logger's word for a level means; null where it is none. */
export const levelNamed = (word: string): Level | null => BY_WORD.get(word.toLowerCase()) ?? null;
