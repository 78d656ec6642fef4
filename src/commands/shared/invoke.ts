import path from "node:path";
import { CommanderError, Option, type Command } from "commander";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { LineInput } from "../../system/terminal/line-input.ts";
import type { Signals } from "../../system/signals.ts";
import type { System } from "../../system/system.ts";
import type { Terminal } from "../../system/terminal/terminal.ts";
import { takeBug } from "../../session/store/last-bug.ts";
import { deferred } from "../../util/deferred.ts";
import { shellQuote } from "../../util/shell-quote.ts";
import { createContext, report, type CommandContext, type CommandSystem, type GlobalFlags } from "./context.ts";

/** The dependencies of the commands; created by cli.ts. */
export interface CliDeps {
  version: string;
  /** The whole System; its libraries are loaded with it. */
  system(cwd: string): Promise<System>;
  /** The part of it that reading a session needs. */
  commandSystem(cwd: string): CommandSystem;
  signals: Signals;
  terminal: Terminal;
  /** Asks the user at the terminal; null where no one could answer. */
  confirm: ((question: string) => Promise<boolean>) | null;
  /** What the user types; null where stdin is no terminal. */
  lineInput: LineInput | null;
  cwd: string;
  /** `-C`: changes the folder and returns it. Throws where there is none. */
  enter(folder: string): string;
  /** This process becomes the engine of a session. */
  becomesEngine(): void;
  /** Stores the exit code of the command. */
  exit(code: number): void;
  /** The running devpm: a detached engine is started with the same one. */
  script: string;
  /** The command for this devpm in the user's folder: `npx devpm`. */
  invocation(): string;
}

interface Flags extends GlobalFlags {
  cwd?: string;
}

/** What an action receives besides its own arguments. */
interface Given {
  context: CommandContext;
  /** `--config FILE`, as typed. */
  config: string | undefined;
  system(): Promise<System>;
}

type Action = (given: Given, args: string[], options: Record<string, unknown>) => Promise<number>;

export type Run = (action: Action) => (...args: unknown[]) => Promise<void>;

/** Calls an action with what commander parsed, and stores its exit code. */
export function runner(deps: CliDeps): Run {
  return (action) =>
    async (...args) => {
      const command = args.at(-1) as Command;
      const flags = command.optsWithGlobals<Flags>();
      const given = enter(deps, flags);
      const missing = LOAD_NO_CONFIG.has(command.name()) ? await missingConfig(given) : null;
      if (missing) return deps.exit(await report(given.context, [missing]));
      const words = args
        .slice(0, -2)
        .flat()
        .filter((word) => typeof word === "string");
      const bug = SHOW_LAST_BUG.has(command.name()) ? await shownBug(given.context) : false;
      const fail = failure(given, command.name());
      // thrown where nothing waits for it, and the command may never return
      const uncaught = deferred<number>();
      const over = deps.signals.onBug((thrown) => void fail(thrown).then(uncaught.resolve));
      const code = await Promise.race([action(given, words, command.opts()).catch(fail), uncaught.promise]);
      over();
      // the session that the command looks for ended because of that bug
      deps.exit(bug && code === 1 ? BUG : code);
    };
}

/** Commands that find a project by its session and its history: another one would report a `--config` that is not there. */
const LOAD_NO_CONFIG = new Set("status wait logs errors request requests start stop restart down attach ui".split(" "));

/** It may have been moved or deleted since its session began; one that never ran anything is a typing error. */
async function missingConfig({ context, config }: Given): Promise<Diagnostic | null> {
  if (config === undefined) return null;
  const { environment, files, logFiles } = context.system;
  if ((await files.kind(path.resolve(environment.cwd, config))) === "file") return null;
  const { sessionFile, logs } = await context.instance();
  if ((await files.kind(sessionFile)) !== null || logFiles.names(logs).length > 0) return null;
  const { configNotFound } = await import("../../config/unloadable.ts");
  return configNotFound(config, environment.cwd);
}

/** Commands that look for a session; they first report the bug that ended the last one. */
const SHOW_LAST_BUG = new Set(["dev", "status", "wait", "logs", "restart", "down", "attach", "errors"]);
const BUG = 70;

async function shownBug(context: CommandContext): Promise<boolean> {
  const bug = await takeBug(context.system.files, await context.instance());
  if (bug) await report(context, [bug]);
  return bug !== null;
}

/** Expected failures are values: an exception means an unusable file, or a bug. */
const failure =
  ({ context }: Given, name: string) =>
  async (error: unknown): Promise<number> => {
    const { endingFault, faultOf } = await import("../../diagnostics/fault.ts");
    return report(context, [name === "dev" ? endingFault(error) : faultOf(error)]);
  };

function enter(deps: CliDeps, flags: Flags): Given {
  let cwd = deps.cwd;
  try {
    if (flags.cwd !== undefined) cwd = deps.enter(flags.cwd);
  } catch {
    throw new CommanderError(2, "devpm.noFolder", `there is no folder ${flags.cwd} (-C)`);
  }
  const call = { program: deps.invocation, place: placeOf(flags) };
  const context = createContext(
    deps.commandSystem(cwd),
    deps.terminal,
    { ...flags, verbose: flags.verbose ?? false },
    call,
  );
  return { context, config: flags.config, system: () => deps.system(cwd) };
}

/** A pasted command must select the same project. */
const placeOf = ({ cwd, config }: Flags): string =>
  [
    ...(cwd === undefined ? [] : ["-C", shellQuote(cwd)]),
    ...(config === undefined ? [] : ["--config", shellQuote(config)]),
  ].join(" ");

export const jsonFlag = (): Option => new Option("--json", "print JSON");
