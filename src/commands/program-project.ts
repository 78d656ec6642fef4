import { Option, type Command } from "commander";
import { json, type Run } from "./program-run.ts";

/** What needs no session. */
export function addInfra(program: Command, run: Run): void {
  const infra = program.command("infra").description("the compose services alone");
  const does = {
    up: "start what is stopped or missing, wait until healthy",
    down: "stop them; data is kept",
    status: "what they are",
  };
  for (const [what, description] of Object.entries(does) as ["up" | "down" | "status", string][]) {
    const command = infra.command(what).description(description).addOption(json());
    if (what === "down") command.option("--volumes", "remove the containers, and with them the data");
    command.action(
      run(async ({ context, flags, system }, _, options) => {
        const { infraCommand } = await import("./infra.ts");
        return infraCommand(await system(), context, what, {
          json: options.json === true,
          volumes: options.volumes === true,
          ...(flags.config === undefined ? {} : { config: flags.config }),
        });
      }),
    );
  }
}

export function addProject(program: Command, run: Run): void {
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
    .command("explain-env")
    .argument("<app>", "an app of the configuration")
    .description("where each variable of an app comes from; values that may be secret are hidden")
    .option("--show [names...]", "show these values, or all")
    .addOption(json())
    .action(
      run(async ({ context, flags, system }, [app = ""], options) => {
        const { explainEnv } = await import("./explain-env.ts");
        return explainEnv(await system(), context, {
          app,
          show: options.show === undefined ? null : options.show === true ? [] : (options.show as string[]),
          json: options.json === true,
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

export function addHelp(program: Command, run: Run): void {
  program
    .command("doctor")
    .description("what dev looks at before it starts anything, and what this machine guarantees")
    .addOption(json())
    .action(
      run(async ({ context, flags, system }, _, options) => {
        const { doctor } = await import("./doctor.ts");
        return doctor(await system(), context, {
          json: options.json === true,
          ...(flags.config === undefined ? {} : { config: flags.config }),
        });
      }),
    );
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
