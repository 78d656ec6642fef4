import type { Command } from "commander";

/** What the parser of the command line did not take. */
export interface UsageRefusal {
  /** The words that select the command: `infra up`; empty for devpm itself. */
  command: string;
  /** The parser's own sentence. */
  text: string;
}

/** Keeps the parser's complaints instead of printing them; the returned function has the last one. */
export function refusals(program: Command): () => UsageRefusal | null {
  let last: UsageRefusal | null = null;
  const listen = (command: Command, path: readonly string[]): void => {
    command.configureOutput({ outputError: (text) => (last = { command: path.join(" "), text }) });
    for (const inner of command.commands) listen(inner, [...path, inner.name()]);
  };
  listen(program, []);
  return () => last;
}
