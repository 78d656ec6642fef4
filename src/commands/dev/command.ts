import { InvalidArgumentError, type Command } from "commander";
import type { Environment } from "../../system/environment.ts";
import type { Terminal } from "../../system/terminal/terminal.ts";
import { jsonFlag, type CliDeps, type Run } from "../shared/invoke.ts";
import { seconds } from "../shared/values.ts";

export function defineDev(program: Command, run: Run, deps: CliDeps): void {
  const { signals, script, confirm, lineInput } = deps;
  program
    .command("dev")
    .argument("[names...]", "groups, apps and tasks, as with --only; default: everything that is not off")
    .description("start what is missing, run the apps, show their logs until Ctrl+C")
    .option(
      "-d, --detach",
      "return once everything is ready, and leave it running; where it runs already, wait until it is ready",
    )
    .option("--ui", "serve the web page of the session from the start, and print its address")
    .option("--no-infra", "without the compose services")
    .option("--only <name...>", "only these apps, tasks and groups, and what they depend on")
    .option("--port <app=n...>", "another port for an app in this session", portOf)
    .option("--isolated", "ports and databases of its own, as a linked git worktree has by default")
    .option("--no-isolated", "the ports and databases of the configuration, in a worktree too")
    .option("--free-ports", "ask to end foreign processes on the apps' ports")
    .option("--yes", "with --free-ports: do not ask")
    .option("--plain", "no footer and no keys: the lines alone")
    .option("--timestamps", "the time of day before each line")
    .addOption(jsonFlag())
    .option("--timeout <seconds>", "give up if not everything is ready by then", seconds)
    .action(
      run(async ({ context, config, system }, names, options) => {
        const wish = {
          config,
          ui: options.ui === true,
          infra: options.infra !== false,
          only: [...names, ...((options.only as string[] | undefined) ?? [])],
          ports: (options.port as Record<string, number> | undefined) ?? {},
          isolated: options.isolated as boolean | undefined,
          freePorts: options.freePorts === true,
          yes: options.yes === true,
          confirm,
          lineInput,
          json: options.json === true,
          timeout: (options.timeout as number | undefined) ?? null,
          plain: options.plain === true,
          timestamps: options.timestamps === true,
        };
        const real = await system();
        const { inheritedEngine, detach, engine } = await import("./detached.ts");
        if (inheritedEngine(real.environment)) {
          deps.becomesEngine();
          return engine(real, signals, context, wish);
        }
        // an agent cannot press Ctrl+C, and waits for the command to return
        const detached = options.detach === true || isAgentAlone(real.environment, context.terminal);
        if (detached) return detach(real, signals, context, { ...wish, script });
        if (context.terminal.out.isTTY && !wish.json) {
          const { attachRunning } = await import("./attach-running.ts");
          const attached = await attachRunning(real, signals, context, wish);
          if (attached !== null) return attached;
        }
        deps.becomesEngine();
        const code = await (await import("./run.ts")).dev(real, signals, context, wish);
        return code === "detach" ? detach(real, signals, context, { ...wish, script }) : code;
      }),
    );
}

const isAgentAlone = ({ agent }: Environment, { out, err }: Terminal): boolean =>
  agent !== undefined && !out.isTTY && !err.isTTY;

function portOf(text: string, before: Record<string, number> = {}): Record<string, number> {
  const [, app = "", digits = ""] = /^([^=]+)=(\d+)$/.exec(text) ?? [];
  const port = Number(digits);
  if (app === "" || port < 1 || port > 65_535)
    throw new InvalidArgumentError("expected APP=N with a port from 1 to 65535, such as backend=5051");
  return { ...before, [app]: port };
}
