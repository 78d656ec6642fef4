import type { CommandResult } from "../../src/system/commands.ts";

/** Of a command that ended well and printed nothing; `differs`: what is otherwise. */
export const commandResult = (differs: Partial<CommandResult> = {}): CommandResult => ({
  exitCode: 0,
  signal: null,
  stdout: "",
  stderr: "",
  failure: null,
  timedOut: false,
  ...differs,
});
