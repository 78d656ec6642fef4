/** The most severe first. `--level` takes all but the last, which would select everything. */
export const LEVELS = ["error", "warn", "info", "debug"] as const;
export type Level = (typeof LEVELS)[number];

/** The level names of loggers, in lower case. */
const WORDS: Readonly<Record<Level, string>> = {
  error: "err error err! critical crit fatal severe panic dpanic alert emergency emerg",
  warn: "warn warning",
  info: "info information notice default log",
  debug: "debug trace verbose fine",
};

const BY_WORD = new Map(LEVELS.flatMap((level) => WORDS[level].split(" ").map((word) => [word, level] as const)));

/** The level that a logger's word stands for; null where it is no level. */
export const levelNamed = (word: string): Level | null => BY_WORD.get(word.toLowerCase()) ?? null;
