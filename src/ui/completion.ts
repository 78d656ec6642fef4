/** One command, for shell completion. */
export interface Completable {
  name: string;
  description: string;
  options: CompletableOption[];
  commands: Completable[];
  /** Its possible arguments: the project's apps, one of these words, or unknown. */
  takes: "apps" | "nothing" | readonly string[];
}

export interface CompletableOption {
  /** `-n`, `--lines`. */
  flags: string[];
  description: string;
  takesValue: boolean;
  /** The project's apps, or the only valid values; empty: any. */
  values: "apps" | readonly string[];
}

/** Every command with its path: `[]`, `["infra"]`, `["infra", "up"]`. */
export function* allCommands(command: Completable, path: string[] = []): Generator<[string[], Completable]> {
  yield [path, command];
  for (const sub of command.commands) yield* allCommands(sub, [...path, sub.name]);
}

/** Flags with a value: the word after them is no command and no app. */
export function valueFlags(command: Completable): string[] {
  return command.options.filter(({ takesValue }) => takesValue).flatMap(({ flags }) => flags);
}

/** What a script of bash or zsh compares the typed words with, for a command. */
export const commandPattern = (path: readonly string[]): string => (path.length === 0 ? "*" : `"${typed(path)}"*`);

/** The same for each flag of it that takes a value, where it was typed last. */
export const flagPatterns = (
  path: readonly string[],
  { options }: Completable,
): { pattern: string; values: CompletableOption["values"] }[] =>
  options
    .filter(({ takesValue }) => takesValue)
    .map(({ flags, values }) => ({
      pattern: flags.map((flag) => `"${typed(path)}"*" ${flag}"`).join("|"),
      values,
    }));

const typed = (path: readonly string[]): string => path.map((word) => ` ${word}`).join("");

export const singleQuoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
