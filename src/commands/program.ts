import { Command } from "commander";
import { addDev, addDown } from "./program-dev.ts";
import { addHelp, addInfra, addProject } from "./program-project.ts";
import { runner, type Doors } from "./program-run.ts";
import { addLogs, addSession } from "./program-session.ts";

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
