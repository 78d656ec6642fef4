import type { ChildProcess } from "node:child_process";
import { createRequire } from "node:module";

export interface ProgramCommand {
  file: string;
  args: string[];
  /** The whole environment. */
  env: Record<string, string>;
}

/** bin/shim.js, which also runs before any of this is loaded. */
export interface ShimProgram {
  /** Where its python is looked for first. */
  pythonPath: string;
  /** A new one. */
  sessionId(): string;
  sentinelOf(session: { node: string; id: string }): ProgramCommand;
  daemonOf(session: { node: string; id: string; path: string | undefined; home: string }): ProgramCommand;
  start(shim: {
    python: string;
    sentinel: ProgramCommand;
    daemon: ProgramCommand;
    out: number | "ignore";
  }): ChildProcess;
}

export const shimProgram = (): ShimProgram => createRequire(import.meta.url)("../../bin/shim.js") as ShimProgram;
