/** One command as a shell completes it. */
export interface Completable {
  name: string;
  description: string;
  options: CompletableOption[];
  commands: Completable[];
  /** What its arguments are: the project's apps, one of these words, or nothing that can be known. */
  takes: "apps" | "nothing" | readonly string[];
}

export interface CompletableOption {
  /** `-n`, `--lines`. */
  flags: string[];
  description: string;
  takesValue: boolean;
  /** The project's apps, or the only values it takes; empty: any. */
  values: "apps" | readonly string[];
}

/** Every command with the words that lead to it: `[]`, `["infra"]`, `["infra", "up"]`. */
export function* allCommands(command: Completable, path: string[] = []): Generator<[string[], Completable]> {
  yield [path, command];
  for (const sub of command.commands) yield* allCommands(sub, [...path, sub.name]);
}

/** Flags that are followed by a value: the word after them is no command and no app. */
export function valueFlags(command: Completable): string[] {
  return command.options.filter(({ takesValue }) => takesValue).flatMap(({ flags }) => flags);
}

export const singleQuoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
