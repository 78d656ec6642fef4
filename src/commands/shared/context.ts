import path from "node:path";
import { CONFIG_NAMES } from "../../config/file-names.ts";
import { createAsTyped, type AsTyped, type Invocation } from "../../diagnostics/as-typed.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { instanceOf, type Instance } from "../../model/instance.ts";
import type { BoundedPattern } from "../../system/bounded-pattern.ts";
import type { OpenBrowser } from "../../system/browser.ts";
import type { EngineClient } from "../../system/engine/engine-client.ts";
import type { Files } from "../../system/files/files.ts";
import type { LogFiles } from "../../system/logs/log-files.ts";
import type { Network } from "../../system/network.ts";
import type { Processes } from "../../system/processes/types.ts";
import type { System } from "../../system/system.ts";
import type { Output, Terminal } from "../../system/terminal/terminal.ts";
import type { StartThread } from "../../system/thread.ts";
import { upwards } from "../../util/paths.ts";
import { visibleInColor } from "../../util/text.ts";
import type { ColorOptions, Colors } from "../../ui/colors.ts";

/** The part of the system for commands that only read a session or send it requests: it loads in milliseconds. */
export interface CommandSystem extends Pick<System, "environment" | "files" | "clock"> {
  logFiles: LogFiles;
  processes: Pick<Processes, "alive" | "isStopped" | "carrying">;
  /** Loaded when it is needed: most commands send no request. */
  network(): Promise<Network>;
  /** As `network`. */
  browser(): Promise<OpenBrowser>;
  /** null: no session serves this instance. `timeoutMs`: how long it may take to answer; default 1 000. */
  connectEngine(instance: Instance, timeoutMs?: number): Promise<EngineClient | null>;
  /** As `network`. */
  startThread: StartThread;
  /** A session may be about to appear that nothing tells of yet, as in `devpm dev & devpm wait`. */
  mayAppear: boolean;
  /** A regular expression of the user's, with a limit to its time. */
  pattern(expression: RegExp): BoundedPattern;
}

export interface CommandContext {
  system: CommandSystem;
  terminal: Terminal;
  color: ColorOptions;
  verbose: boolean;
  asTyped: AsTyped;
  /** The selected project instance, found without loading a configuration. */
  instance(): Promise<Instance>;
}

/** The flags every command has. */
export interface GlobalFlags {
  /** `--config FILE`, as typed. */
  config?: string;
  /** false: `--no-color`. */
  color: boolean;
  verbose: boolean;
}

export function createContext(
  system: CommandSystem,
  terminal: Terminal,
  flags: GlobalFlags,
  call: Invocation,
): CommandContext {
  let found: Promise<Instance> | null = null;
  return {
    system,
    terminal,
    color: { shell: system.environment.shell, never: !flags.color },
    verbose: flags.verbose,
    asTyped: createAsTyped(call),
    instance: () => (found ??= findInstance(system, flags.config)),
  };
}

/** Whatever the lines quote: colours stay, and nothing else that a terminal acts on. */
export const print = (output: Output, lines: readonly string[]): void =>
  output.write(`${visibleInColor(lines.join("\n"))}\n`);

export const printJson = (context: CommandContext, value: unknown): void =>
  context.terminal.out.write(`${JSON.stringify(value, null, 2)}\n`);

export async function colorsFor(context: CommandContext, stream: "out" | "err"): Promise<Colors> {
  const { colorsOf } = await import("../../ui/colors.ts");
  return colorsOf(context.terminal, stream, context.color);
}

/** Prints the problems on stderr, if there are any; the exit code is that of the most severe. */
export async function report(context: CommandContext, diagnostics: readonly Diagnostic[]): Promise<number> {
  if (diagnostics.length === 0) return 0;
  const { printDiagnostics } = await import("../../diagnostics/print.ts");
  const { err } = context.terminal;
  const colors = await colorsFor(context, "err");
  err.write(`${printDiagnostics(diagnostics, { columns: err.columns, colors, asTyped: context.asTyped })}\n`);
  return exitCodeFor(diagnostics);
}

/** The exit code of the most severe. */
export async function exitCodeFor(diagnostics: readonly Diagnostic[]): Promise<number> {
  const { catalog } = await import("../../diagnostics/catalog.ts");
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  return Math.max(0, ...errors.map(({ code }) => catalog[code].exit));
}

/** Apps that share a file also share its problems. */
export const distinct = (diagnostics: readonly Diagnostic[]): Diagnostic[] => [
  ...new Map(diagnostics.map((one) => [JSON.stringify(one), one])).values(),
];

/**
 * The folder of `--config`, else the nearest folder upwards with an ecosystem file or a session; a session's own folder
 * counts because its configuration may be broken, moved or deleted. Then the nearest one with logs, then this folder.
 */
async function findInstance(system: CommandSystem, config: string | undefined): Promise<Instance> {
  const { environment, files, logFiles } = system;
  const start = config === undefined ? environment.cwd : path.dirname(path.resolve(environment.cwd, config));
  const real = (await files.realpath(start)) ?? start;
  if (config !== undefined) return instanceOf(real, environment);
  let withLogs: Instance | null = null;
  for (const folder of upwards(real)) {
    const instance = instanceOf(folder, environment);
    if (await isProject(files, instance)) return instance;
    if (withLogs === null && logFiles.names(instance.logs).length > 0) withLogs = instance;
  }
  return withLogs ?? instanceOf(real, environment);
}

async function isProject(files: Files, { root, sessionFile }: Instance): Promise<boolean> {
  const names: string[] = await files.list(root).catch(() => []);
  return CONFIG_NAMES.some((name) => names.includes(name)) || (await files.kind(sessionFile)) === "file";
}
