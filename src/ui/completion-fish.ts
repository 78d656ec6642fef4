import { allCommands, type Completable, type CompletableOption } from "./completion.ts";

/** For fish: `devpm completion fish | source`. */
export function fishScript(program: Completable): string {
  const lines = [...allCommands(program)].flatMap(([path, command]) => commandLines(path, command));
  return `# fish completion for devpm
complete -c devpm -f
${lines.join("\n")}
`;
}

// inside fish's single quotes only the quote and the backslash are special
const fishQuote = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", String.raw`\'`)}'`;

const NAMES = "'(devpm completion names 2>/dev/null)'";

function commandLines(path: string[], { options, commands, takes }: Completable): string[] {
  const here = condition(path, commands);
  return [
    ...commands.map(({ name, description }) => `complete -c devpm -n ${here} -a ${name} -d ${fishQuote(description)}`),
    ...options.map((option) => `complete -c devpm -n ${here} ${flagOf(option)} -d ${fishQuote(option.description)}`),
    ...(takes === "apps" ? [`complete -c devpm -n ${here} -a ${NAMES}`] : []),
    ...(typeof takes === "string" ? [] : [`complete -c devpm -n ${here} -a ${fishQuote(takes.join(" "))}`]),
  ];
}

function condition(path: string[], commands: readonly Completable[]): string {
  const seen = path.map((word) => `__fish_seen_subcommand_from ${word}`);
  const notYet =
    commands.length > 0 ? [`not __fish_seen_subcommand_from ${commands.map(({ name }) => name).join(" ")}`] : [];
  return fishQuote([...seen, ...notYet].join("; and ") || "true");
}

function flagOf({ flags, takesValue, values }: CompletableOption): string {
  const names = flags.map((flag) => (flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  if (!takesValue) return names.join(" ");
  if (values === "apps") return `${names.join(" ")} -x -a ${NAMES}`;
  return `${names.join(" ")} ${values.length > 0 ? `-x -a ${fishQuote(values.join(" "))}` : "-r -F"}`;
}
