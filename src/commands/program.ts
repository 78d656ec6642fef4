import { Command, CommanderError } from "commander";
import { addExamples } from "./examples.ts";
import { defineAttach } from "./attach/command.ts";
import { defineAgent } from "./agent/command.ts";
import { defineCompletion } from "./completion/command.ts";
import { defineDev } from "./dev/command.ts";
import { defineDoctor } from "./doctor/command.ts";
import { defineDown } from "./down/command.ts";
import { defineErrors } from "./errors/command.ts";
import { defineExplain } from "./explain/command.ts";
import { defineExplainEnv } from "./explain-env/command.ts";
import { defineHelp } from "./help/command.ts";
import { defineInfra } from "./infra/command.ts";
import { defineInit } from "./init/command.ts";
import { defineList } from "./list/command.ts";
import { defineLogs } from "./logs/command.ts";
import { defineMcp } from "./mcp/command.ts";
import { defineRender } from "./render/command.ts";
import { defineRequest } from "./request/command.ts";
import { defineRequests } from "./requests/command.ts";
import { defineRestart } from "./restart/command.ts";
import { defineRun } from "./run/command.ts";
import { defineStart } from "./start/command.ts";
import { defineStatus } from "./status/command.ts";
import { defineStop } from "./stop/command.ts";
import { defineUi } from "./ui/command.ts";
import { defineUnknown } from "./unknown/command.ts";
import { defineWait } from "./wait/command.ts";
import type { RunHere } from "./mcp/run.ts";
import type { CommandSystem } from "./shared/context.ts";
import { runner, type CliDeps, type Run } from "./shared/invoke.ts";
import { refusals } from "./usage/refusals.ts";

/** Does what was typed; its exit code is stored. */
export async function runCommandLine(deps: CliDeps, argv: readonly string[]): Promise<void> {
  const program = createProgram(deps, argv[2]);
  const refused = refusals(program);
  try {
    await program.parseAsync(argv);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // help and the version end here, too
    if (error.exitCode === 0) return deps.exit(0);
    // where the command was left out, its help has been printed: that says it all
    if (error.code === "commander.help") return deps.exit(2);
    const refusal = refused() ?? { command: "", text: error.message };
    const { reportUsage } = await import("./usage/run.ts");
    deps.exit(await reportUsage(deps, refusal, !argv.includes("--no-color")));
  }
}

/** Runs further command lines in this process; one that is no longer wanted leaves its session. */
const within =
  (deps: CliDeps): RunHere =>
  async (words, { terminal, signal, cwd }) => {
    let code = 0;
    const commandSystem = (folder: string): CommandSystem => {
      const system = deps.commandSystem(folder);
      return {
        ...system,
        mayAppear: false,
        async connectEngine(...given) {
          const client = await system.connectEngine(...given);
          // while the session was still to appear
          if (signal.aborted) client?.close();
          else signal.addEventListener("abort", () => client?.close());
          return client;
        },
      };
    };
    const exit = (given: number): void => void (code = given);
    await runCommandLine({ ...deps, cwd, commandSystem, terminal, exit }, ["", "", ...words]);
    return code;
  };

/**
 * The whole command line: names, flags and their help. Each action loads its own module when it is called. Where `word` is the
 * name of a command, no other one is defined: that is what every call of it would wait for.
 */
export function createProgram(deps: CliDeps, word?: string): Command {
  const program = new Command("devpm")
    .description(
      "Runs a Python backend, Vite front ends and their compose services together, and leaves nothing behind.",
    )
    .version(deps.version, "--version", "print the version")
    .helpOption("-h, --help", "print help")
    .option("-C, --cwd <dir>", "run as if started in this folder")
    .option("--config <file>", "the ecosystem file; default: the nearest one from here upwards")
    .option("--no-color", "no colours (as NO_COLOR=1)")
    .option("--verbose", "print more details")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => deps.terminal.out.write(text),
      writeErr: (text) => deps.terminal.err.write(text),
    })
    .showSuggestionAfterError();
  const define = definitions(program, runner(deps), deps);
  const one = word === undefined || LIST_OTHERS.has(word) ? undefined : define.get(word);
  if (one) one();
  else for (const each of define.values()) each();
  addExamples(program, deps.invocation);
  return program;
}

/** These name the other commands. */
const LIST_OTHERS = new Set(["completion", "help", "*"]);

/** By name, in the order of the help. */
function definitions(program: Command, run: Run, deps: CliDeps): ReadonlyMap<string, () => void> {
  return new Map([
    ["dev", () => defineDev(program, run, deps)],
    ["down", () => defineDown(program, run)],
    ["attach", () => defineAttach(program, run, deps)],
    ["logs", () => defineLogs(program, run)],
    ["status", () => defineStatus(program, run)],
    ["ui", () => defineUi(program, run)],
    ["errors", () => defineErrors(program, run)],
    ["request", () => defineRequest(program, run)],
    ["requests", () => defineRequests(program, run)],
    ["restart", () => defineRestart(program, run)],
    ["start", () => defineStart(program, run)],
    ["stop", () => defineStop(program, run)],
    ["run", () => defineRun(program, run, deps)],
    ["wait", () => defineWait(program, run)],
    ["list", () => defineList(program, run)],
    ["infra", () => defineInfra(program, run, deps)],
    ["render", () => defineRender(program, run)],
    ["init", () => defineInit(program, run, deps)],
    ["doctor", () => defineDoctor(program, run)],
    ["explain", () => defineExplain(program, run)],
    ["explain-env", () => defineExplainEnv(program, run)],
    ["mcp", () => defineMcp(program, run, deps, within(deps))],
    ["agent", () => defineAgent(program, run, deps)],
    ["completion", () => defineCompletion(program, run)],
    ["help", () => defineHelp(program)],
    ["*", () => defineUnknown(program, run)],
  ]);
}
