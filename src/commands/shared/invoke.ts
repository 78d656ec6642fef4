import { Option, type Command } from "commander";
import type { Signals } from "../../system/signals.ts";
import type { System } from "../../system/system.ts";
import type { Terminal } from "../../system/terminal.ts";
import { shellQuote } from "../../util/shell-quote.ts";
import { createContext, report, type CommandContext, type CommandSystem, type GlobalFlags } from "./context.ts";

/** What the commands are built on; made by cli.ts. */
export interface Doors {
  version: string;
  /** The whole System; its libraries are loaded with it. */
  system(cwd: string): Promise<System>;
  /** The part of it that looking at a session takes. */
  looking(cwd: string): CommandSystem;
  signals: Signals;
  terminal: Terminal;
  /** Asks the person at the terminal; null where nobody could answer. */
  confirm: ((question: string) => Promise<boolean>) | null;
  cwd: string;
  /** `-C`: changes the folder and returns it. Throws where there is none. */
  enter(folder: string): string;
  /** Keeps the exit code of the command. */
  exit(code: number): void;
  /** The devpm that runs: a detached engine is started with the same. */
  script: string;
  /** What runs this devpm in the person's folder: `npx devpm`. */
  invocation(): string;
}

interface Flags extends GlobalFlags {
  cwd?: string;
}

/** What an action is given besides its own arguments. */
interface Given {
  context: CommandContext;
  /** `--config FILE`, as typed. */
  config: string | undefined;
  system(): Promise<System>;
}

type Action = (given: Given, args: string[], options: Record<string, unknown>) => Promise<number>;

export type Run = (action: Action) => (...args: unknown[]) => Promise<void>;

/** Calls an action with what commander parsed, and keeps its exit code. */
export function runner(doors: Doors): Run {
  return (action) =>
    async (...args) => {
      const command = args.at(-1) as Command;
      const flags = command.optsWithGlobals<Flags>();
      const given = enter(doors, flags);
      const words = args
        .slice(0, -2)
        .flat()
        .filter((word) => typeof word === "string");
      doors.exit(given === null ? 2 : await action(given, words, command.opts()).catch(failure(given)));
    };
}

/** Expected failures are values: what is thrown is a file that cannot be used, or a bug. */
const failure =
  ({ context }: Given) =>
  async (error: unknown): Promise<number> => {
    const { faultOf } = await import("../../diagnostics/fault.ts");
    return report(context, [faultOf(error)]);
  };

function enter(doors: Doors, flags: Flags): Given | null {
  let cwd = doors.cwd;
  try {
    if (flags.cwd !== undefined) cwd = doors.enter(flags.cwd);
  } catch {
    doors.terminal.err.write(`error: there is no folder ${flags.cwd} (-C)\n`);
    return null;
  }
  const call = { program: doors.invocation, place: placeOf(flags) };
  const context = createContext(
    doors.looking(cwd),
    doors.terminal,
    { ...flags, verbose: flags.verbose ?? false },
    call,
  );
  return { context, config: flags.config, system: () => doors.system(cwd) };
}

/** What is pasted must mean the same project. */
const placeOf = ({ cwd, config }: Flags): string =>
  [
    ...(cwd === undefined ? [] : ["-C", shellQuote(cwd)]),
    ...(config === undefined ? [] : ["--config", shellQuote(config)]),
  ].join(" ");

export const json = (): Option => new Option("--json", "print JSON");
