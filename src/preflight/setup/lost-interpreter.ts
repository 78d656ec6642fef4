import type { SetupStep } from "../../model/project.ts";
import { findExecutable } from "../../system/executables.ts";
import type { System } from "../../system/system.ts";

/** A script that is there, and what its first line says runs it, which is not. */
export interface LostInterpreter {
  script: string;
  interpreter: string;
}

/** Scripts of tools are short; a program is not read. */
const MOST_BYTES = 1_000_000;

/** Why a step's program that is there is "not found" (ENOENT): the Python it was installed with was removed or updated. */
export async function lostInterpreter(
  { files }: Pick<System, "files">,
  { run: [program = ""], cwd }: SetupStep,
  searchPath: string | undefined,
): Promise<LostInterpreter | null> {
  const script = await findExecutable(files, program, searchPath, cwd);
  const read = script === null ? null : files.readBytes(script, MOST_BYTES);
  const interpreter = /^#![ \t]*(\/\S+)/.exec(read?.toString("utf8") ?? "")?.[1];
  if (script === null || interpreter === undefined) return null;
  return (await files.kind(interpreter)) === null ? { script, interpreter } : null;
}
