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

export const singleQuoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
