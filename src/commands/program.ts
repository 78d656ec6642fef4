import { Command, InvalidArgumentError, Option } from "commander";
import type { Signals } from "../system/signals.ts";
import type { System } from "../system/system.ts";
import type { Terminal } from "../system/terminal.ts";
import { createContext, type CommandContext, type CommandSystem, type GlobalFlags } from "./context.ts";

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
  /** The devpm that runs: a detached engine is started with the same. */
  script: string;
}

interface Flags extends GlobalFlags {
  cwd?: string;
}

/** What an action is given besides its own arguments. */
interface Given {
  context: CommandContext;
  flags: Flags;
  system(): Promise<System>;
}

type Action = (given: Given, args: string[], options: Record<string, unknown>) => Promise<number>;

/** The whole command line: names, flags and their help. Each action loads its own module when it is called. */
export function createProgram(doors: Doors): Command {
  const program = new Command("devpm")
    .description(
      "Runs a Python backend, Vite front ends and their compose services together, and leaves nothing behind.",
    )
    .version(doors.version, "--version", "print the version")
    .helpOption("-h, --help", "print help")
    .option("-C, --cwd <dir>", "run as if started in this folder")
    .option("--config <file>", "the ecosystem file; default: the nearest one from here upwards")
    .option("--no-color", "no colours (as NO_COLOR=1)")
    .option("--verbose", "say more of what happens")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => doors.terminal.out.write(text),
      writeErr: (text) => doors.terminal.err.write(text),
    })
    .showSuggestionAfterError();
  const run = runner(doors);
  addDev(program, run, doors);
  addDown(program, run);
  addLogs(program, run);
  addSession(program, run);
  addInfra(program, run);
  addProject(program, run);
  addHelp(program, run);
  return program;
}

type Run = (action: Action) => (...args: unknown[]) => Promise<void>;

/** Calls an action with what commander parsed, and keeps its exit code. */
function runner(doors: Doors): Run {
  return (action) =>
    async (...args) => {
      const command = args.at(-1) as Command;
      const flags = command.optsWithGlobals<Flags>();
      const given = enter(doors, flags);
      const words = args
        .slice(0, -2)
        .flat()
        .filter((word) => typeof word === "string");
      process.exitCode = given === null ? 2 : await action(given, words, command.opts());
    };
}

function enter(doors: Doors, flags: Flags): Given | null {
  let cwd = doors.cwd;
  try {
    if (flags.cwd !== undefined) cwd = doors.enter(flags.cwd);
  } catch {
    doors.terminal.err.write(`error: there is no folder ${flags.cwd} (-C)\n`);
    return null;
  }
  const context = createContext(doors.looking(cwd), doors.terminal, { ...flags, verbose: flags.verbose ?? false });
  return { context, flags, system: () => doors.system(cwd) };
}

const json = (): Option => new Option("--json", "print JSON");

function addDev(program: Command, run: Run, { signals, script, confirm }: Doors): void {
  program
    .command("dev")
    .description("start what is missing, run the apps, show their logs until Ctrl+C")
    .option("-d, --detach", "return once everything is ready, and leave it running")
    .option("--no-infra", "without the compose services")
    .option("--only <name...>", "only these apps, and what they depend on")
    .option("--port <app=n...>", "another port for an app in this session", portOf, {})
    .option("--free-ports", "ask to end foreign processes on the apps' ports")
    .option("--yes", "with --free-ports: do not ask")
    .addOption(json())
    .option("--timeout <seconds>", "give up where not everything is ready by then", seconds)
    .action(
      run(async ({ context, flags, system }, _, options) => {
        const wish = {
          ...(flags.config === undefined ? {} : { config: flags.config }),
          infra: options.infra !== false,
          only: (options.only as string[] | undefined) ?? [],
          ports: options.port as Record<string, number>,
          freePorts: options.freePorts === true,
          yes: options.yes === true,
          confirm,
          json: options.json === true,
          timeout: (options.timeout as number | undefined) ?? null,
        };
        const real = await system();
        const { inheritedEngine, detach, engine } = await import("./detach.ts");
        if (inheritedEngine(real.environment)) return engine(real, signals, context, wish);
        if (options.detach === true) return detach(real, signals, context, wish, script);
        return (await import("./dev.ts")).dev(real, signals, context, wish);
      }),
    );
}

function addDown(program: Command, run: Run): void {
  program
    .command("down")
    .description("end this project's session, whoever started it, and what a crashed one left")
    .option("--infra", "stop the compose services too (their data is kept)")
    .option("--force", "no grace: kill at once")
    .addOption(json())
    .action(
      run(async ({ context, flags, system }, _, options) => {
        const real = await system();
        const { down } = await import("./down.ts");
        return down(real, context, {
          force: options.force === true,
          json: options.json === true,
          infra: options.infra === true,
          ...(flags.config === undefined ? {} : { config: flags.config }),
        });
      }),
    );
}

function addLogs(program: Command, run: Run): void {
  program
    .command("logs")
    .argument("[apps...]", "apps and compose services; default: all apps")
    .description("what apps printed, and what they print now")
    .option("-n, --lines <n>", "how many past lines (default 100; all with --since)", count)
    .option("-f, --follow", "stay and show new lines (default while a session runs)")
    .option("--no-follow", "only what is there")
    .option("--since <when>", "5m, last-save, or an ISO time")
    .option("--grep <regex>", "only lines that match")
    .addOption(new Option("--level <level>", "only lines of this level").choices(["error"]))
    .addOption(json())
    .action(
      run(async ({ context, system }, apps, options) => {
        const { logs } = await import("./logs.ts");
        const { lines, since, grep, level } = options as {
          lines?: number;
          since?: string;
          grep?: string;
          level?: string;
        };
        return logs(context, {
          apps,
          follow: options.follow !== false,
          json: options.json === true,
          ...(lines === undefined ? {} : { lines }),
          ...(since === undefined ? {} : { since }),
          ...(grep === undefined ? {} : { grep }),
          ...(level === undefined ? {} : { level }),
          containers: async () => (await import("./container-logs.ts")).containerLogs(await system()),
        });
      }),
    );
}

function addSession(program: Command, run: Run): void {
  program
    .command("status")
    .description("apps, infra, ports, the last reload")
    .addOption(json())
    .action(
      run(async ({ context }, _, options) =>
        (await import("./status.ts")).status(context, { json: options.json === true }),
      ),
    );
  program
    .command("restart")
    .argument("<apps...>", "apps to restart")
    .description("new processes for these apps; returns when they are ready")
    .action(run(async ({ context }, apps) => (await import("./restart.ts")).restart(context, { apps })));
  program
    .command("wait")
    .argument("[apps...]", "apps to wait for; default: all")
    .description("return when the apps are ready, or when the newest save is what answers")
    .addOption(new Option("--for <what>", "what to wait for").choices(["ready", "reload"]).default("ready"))
    .option("--timeout <seconds>", "how long", seconds, 60)
    .addOption(json())
    .action(
      run(async ({ context }, apps, options) =>
        (await import("./wait.ts")).wait(context, {
          apps,
          for: options.for as "ready" | "reload",
          timeoutMs: (options.timeout as number) * 1_000,
          json: options.json === true,
        }),
      ),
    );
  program
    .command("list")
    .description("every session of this user on this machine")
    .addOption(json())
    .action(
      run(async ({ context }, _, options) =>
        (await import("./list.ts")).list(context, { json: options.json === true }),
      ),
    );
}

function addInfra(program: Command, run: Run): void {
  const infra = program.command("infra").description("the compose services alone");
  const does = {
    up: "start what is stopped or missing, wait until healthy",
    down: "stop them; data is kept",
    status: "what they are",
  };
  for (const [what, description] of Object.entries(does) as ["up" | "down" | "status", string][])
    infra
      .command(what)
      .description(description)
      .addOption(json())
      .action(
        run(async ({ context, flags, system }, _, options) => {
          const { infraCommand } = await import("./infra.ts");
          return infraCommand(await system(), context, what, {
            json: options.json === true,
            ...(flags.config === undefined ? {} : { config: flags.config }),
          });
        }),
      );
}

function addProject(program: Command, run: Run): void {
  program
    .command("render")
    .description("print the plain PM2 ecosystem; `pm2 start` of it runs without devpm")
    .addOption(new Option("--format <format>", "as x.json or x.config.cjs").choices(["json", "cjs"]).default("json"))
    .action(
      run(async ({ context, flags, system }, _, options) => {
        const { render } = await import("./render.ts");
        return render(await system(), context, {
          format: options.format as "json" | "cjs",
          ...(flags.config === undefined ? {} : { config: flags.config }),
        });
      }),
    );
  program
    .command("init")
    .description("write a typed ecosystem.config.ts from what the repository holds")
    .option("--dry-run", "print it instead")
    .addOption(json())
    .action(
      run(async ({ context }, _, options) =>
        (await import("./init.ts")).init(context, { dryRun: options.dryRun === true, json: options.json === true }),
      ),
    );
}

function addHelp(program: Command, run: Run): void {
  program
    .command("explain")
    .argument("<code>", "such as DEVPM_PORT_HELD")
    .description("the page of one diagnostic")
    .action(run(async ({ context }, [code = ""]) => (await import("./explain.ts")).explain(context, { code })));
  program
    .command("completion")
    .addArgument(program.createArgument("<shell>", "your shell").choices(["bash", "zsh", "fish", "names"]))
    .description("a completion script")
    .action(
      run(async ({ context }, [shell]) =>
        (await import("./completion.ts")).completion(
          context,
          { shell: shell as "bash" | "zsh" | "fish" | "names" },
          program,
        ),
      ),
    );
}

function count(text: string): number {
  const n = Number(text);
  if (!Number.isInteger(n) || n < 0) throw new InvalidArgumentError("expected a whole number");
  return n;
}

function seconds(text: string): number {
  const n = Number(text);
  if (!Number.isFinite(n) || n <= 0) throw new InvalidArgumentError("expected a number of seconds");
  return n;
}

function portOf(text: string, before: Record<string, number>): Record<string, number> {
  const [, app = "", digits = ""] = /^([^=]+)=(\d+)$/.exec(text) ?? [];
  const port = Number(digits);
  if (app === "" || port < 1 || port > 65_535)
    throw new InvalidArgumentError("expected APP=N with a port from 1 to 65535, such as backend=5051");
  return { ...before, [app]: port };
}
