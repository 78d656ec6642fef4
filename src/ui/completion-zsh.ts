import { allCommands, commandPattern, flagPatterns, singleQuoted, valueFlags, type Completable } from "./completion.ts";

/** For ~/.zshrc: `source <(devpm completion zsh)`, after compinit. */
export function zshScript(program: Completable): string {
  return `#compdef devpm
_devpm() {
  local -a found flags
  local line= word
  integer i
  for ((i = 2; i < CURRENT; i++)); do
    word=$words[i]
    case $word in
      ${valueFlags(program).join("|") || "--"}) ((i++)) ;;
      -*) ;;
      *) line+=" $word" ;;
    esac
  done
  case "$line $words[CURRENT-1]" in
${[...allCommands(program)].flatMap(([path, command]) => valueCases(path, command)).join("\n")}
  esac
  case $line in
${[...allCommands(program)].toReversed().map(commandCase).join("\n")}
  esac
  if [[ $PREFIX == -* ]]; then _describe -o option flags; else _describe word found; fi
}
compdef _devpm devpm
`;
}

const described = (word: string, description: string): string =>
  singleQuoted(`${word}:${description.replaceAll(":", String.raw`\:`)}`);

const NAMES = '${(f)"$(devpm completion names 2>/dev/null)"}';

const valueCases = (path: string[], command: Completable): string[] =>
  flagPatterns(path, command).map(({ pattern, values }) => {
    const found = values.length === 0 ? "_files" : `compadd -- ${valueWords(values)}`;
    return `    ${pattern}) ${found}; return ;;`;
  });

const valueWords = (values: "apps" | readonly string[]): string =>
  values === "apps" ? NAMES : values.map(singleQuoted).join(" ");

function commandCase([path, { options, commands, takes }]: [string[], Completable]): string {
  const flags = options.flatMap((option) => option.flags.map((flag) => described(flag, option.description)));
  const words = [
    ...commands.map(({ name, description }) => described(name, description)),
    ...(typeof takes === "string" ? [] : takes.map(singleQuoted)),
  ];
  const found = takes === "apps" ? `(${NAMES})` : `(${words.join(" ")})`;
  return `    ${commandPattern(path)}) flags=(${flags.join(" ")}); found=${found} ;;`;
}
