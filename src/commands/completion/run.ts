import type { Command } from "commander";
import { catalog } from "../../diagnostics/catalog.ts";
import { readPast } from "../../logs/past.ts";
import { bashScript } from "../../ui/completion-bash.ts";
import { fishScript } from "../../ui/completion-fish.ts";
import type { Completable } from "../../ui/completion.ts";
import { zshScript } from "../../ui/completion-zsh.ts";
import { readSessionFile } from "../../system/engine/session-file.ts";
import type { CommandContext } from "../shared/context.ts";

export interface CompletionOptions {
  /** `names` is for the scripts themselves: the apps, tasks, groups and services of the project in this folder. */
  shell: "bash" | "zsh" | "fish" | "names";
}

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript };

/** `devpm completion bash|zsh|fish`: a script generated from the commands and flags of this devpm. */
export async function completion(
  context: CommandContext,
  { shell }: CompletionOptions,
  program: Command,
): Promise<number> {
  const text = shell === "names" ? await names(context) : scripts[shell](shapeOf(program));
  context.terminal.out.write(text);
  return 0;
}

async function names(context: CommandContext): Promise<string> {
  const { system } = context;
  const instance = await context.instance();
  const record = await readSessionFile(system.files, instance.sessionFile).catch(() => null);
  const { apps, tasks, groups, services } = readPast(system.logFiles, instance.logs);
  const recorded = record?.apps.map(({ name }) => name) ?? [];
  const all = new Set([...recorded, ...apps, ...tasks, ...Object.keys(groups), ...services.keys()]);
  return [...all].map((name) => `${name}\n`).join("");
}

function shapeOf(command: Command): Completable {
  const help = command.createHelp();
  const [argument] = command.registeredArguments;
  return {
    name: command.name(),
    description: help.subcommandDescription(command),
    options: help.visibleOptions(command).map((option) => ({
      flags: [option.short, option.long].filter((flag) => flag !== undefined),
      description: option.description,
      takesValue: option.required || option.optional,
      values: option.argChoices ?? (/<name/.test(option.flags) ? "apps" : []),
    })),
    // help and version are flags; the rest are what people type
    commands: help
      .visibleCommands(command)
      .filter((sub) => sub.name() !== "help")
      .map(shapeOf),
    takes: argument === undefined ? "nothing" : takes(argument.name(), argument.argChoices),
  };
}

function takes(name: string, choices: string[] | undefined): Completable["takes"] {
  if (choices) return choices;
  if (name === "code") return Object.keys(catalog);
  return /^(apps?|names)$/i.test(name) ? "apps" : "nothing";
}
