import type { Diagnostic, Fix } from "../../diagnostics/diagnostic.ts";
import { shellQuote } from "../../util/shell-quote.ts";
import { didYouMean } from "../../util/similar.ts";
import { report, type CommandContext } from "../shared/context.ts";

/** Commands of other tools, with their counterparts here. */
const HABITS: Readonly<Record<string, (rest: string) => Fix[]>> = {
  up: () => [START, { label: "the compose services alone", command: "devpm infra up" }],
  serve: () => [START],
  watch: () => [{ label: "run everything, reload on save", command: "devpm dev" }],
  ps: () => LOOK,
  ls: () => LOOK,
  top: () => LOOK,
  kill: () => END,
  exec: (rest) => [
    { label: "in a container", command: `docker compose exec ${rest === "" ? "SERVICE COMMAND" : rest}` },
    { label: "or as an app sees it", command: "devpm run APP -- COMMAND" },
    { label: "what is there", command: "devpm status" },
  ],
  build: (rest) => [
    { label: "build the images of services", command: `docker compose build${rest === "" ? "" : ` ${rest}`}` },
    { label: "then start what changed", command: "devpm dev" },
  ],
  pull: (rest) => [{ label: "newer images", command: `docker compose pull${rest === "" ? "" : ` ${rest}`}` }],
  config: () => [{ label: "what would run", command: "devpm render" }],
};

const START: Fix = { label: "start everything", command: "devpm dev" };
const LOOK: Fix[] = [
  { label: "what runs here", command: "devpm status" },
  { label: "what runs anywhere", command: "devpm list" },
];
const END: Fix[] = [
  { label: "end this project's session", command: "devpm down" },
  { label: "its containers too", command: "devpm down --infra" },
];

export interface UnknownOptions {
  /** What was typed, the unknown word first. */
  words: string[];
  /** The existing commands. */
  names: string[];
}

export function unknownCommand(context: CommandContext, { words, names }: UnknownOptions): Promise<number> {
  const [word = "", ...rest] = words;
  return report(context, [notACommand(word, rest, names)]);
}

function notACommand(word: string, rest: string[], names: readonly string[]): Diagnostic {
  const near = didYouMean(word, names);
  const meant = near === null ? [] : [{ label: "did you mean", command: shellQuote("devpm", near, ...rest) }];
  const fixes = (Object.hasOwn(HABITS, word) ? HABITS[word]?.(shellQuote(...rest)) : undefined) ?? meant;
  return {
    code: "DEVPM_USAGE",
    severity: "error",
    summary: `devpm has no command "${word}"`,
    evidence: [["commands", names.join(", ")]],
    state: "Nothing was started.",
    fixes: fixes.length > 0 ? fixes : [{ label: "what each does", command: "devpm --help" }],
  };
}
