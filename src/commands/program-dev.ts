import { InvalidArgumentError, type Command } from "commander";
import { json, type Doors, type Run } from "./program-run.ts";
import { seconds } from "./program-values.ts";

/** `dev` and `down`: what begins and ends a session. */
export function addDev(program: Command, run: Run, { signals, script, confirm }: Doors): void {
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

export function addDown(program: Command, run: Run): void {
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

function portOf(text: string, before: Record<string, number>): Record<string, number> {
  const [, app = "", digits = ""] = /^([^=]+)=(\d+)$/.exec(text) ?? [];
  const port = Number(digits);
  if (app === "" || port < 1 || port > 65_535)
    throw new InvalidArgumentError("expected APP=N with a port from 1 to 65535, such as backend=5051");
  return { ...before, [app]: port };
}
