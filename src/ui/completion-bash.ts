import { allCommands, commandPattern, flagPatterns, singleQuoted, valueFlags, type Completable } from "./completion.ts";

/** For ~/.bashrc: `source <(devpm completion bash)`. */
export function bashScript(program: Completable): string {
  const global = valueFlags(program);
  return `# bash completion for devpm
_devpm() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} path= words= flags= i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      ${global.join("|") || "--"}) ((i++)) ;;
      -*) ;;
      *) path+=" \${COMP_WORDS[i]}" ;;
    esac
  done
  COMPREPLY=()
  case "$path $prev" in
${[...allCommands(program)].flatMap(([path, command]) => valueCases(path, command)).join("\n")}
  esac
  case $path in
${[...allCommands(program)].toReversed().map(commandCase).join("\n")}
  esac
  [[ $cur == -* ]] && words=$flags
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _devpm devpm
`;
}

const NAMES = '"$(devpm completion names 2>/dev/null)"';

/** The values of a flag; a flag that takes anything gets the shell's own completion of files. */
const valueCases = (path: string[], command: Completable): string[] =>
  flagPatterns(path, command).map(({ pattern, values }) => {
    if (values.length === 0) return `    ${pattern}) return ;;`;
    const words = values === "apps" ? NAMES : singleQuoted(values.join(" "));
    return `    ${pattern}) COMPREPLY=($(compgen -W ${words} -- "$cur")); return ;;`;
  });

function commandCase([path, { options, commands, takes }]: [string[], Completable]): string {
  const words =
    takes === "apps"
      ? NAMES
      : singleQuoted([...commands.map(({ name }) => name), ...(takes === "nothing" ? [] : takes)].join(" "));
  const flags = singleQuoted(options.flatMap((option) => option.flags).join(" "));
  return `    ${commandPattern(path)}) flags=${flags}; words=${words} ;;`;
}
