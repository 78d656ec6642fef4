import { spawn } from "node:child_process";
import { constants } from "node:os";
import { isatty } from "node:tty";
import type { Signals } from "../signals.ts";

export interface ForegroundOptions {
  cwd: string;
  /** The whole environment. */
  env: Readonly<Record<string, string>>;
  signals: Signals;
}

/** A program that has this process's terminal until it ends. */
export interface Foreground {
  /** Resolves with its exit code; 128 + n where signal n ended it, 126 where it could not be executed. */
  run(file: string, args: readonly string[], options: ForegroundOptions): Promise<number>;
}

/** What a terminal sends to its whole foreground group: the program has received it already, and decides. */
const KEYS = ["SIGINT", "SIGQUIT"] as const;
/** What is sent to this process alone is meant for the program it runs. */
const SENT = ["SIGTERM", "SIGHUP"] as const;

const NOT_EXECUTABLE = 126;

export const foreground: Foreground = {
  run(file, args, { cwd, env, signals }) {
    return new Promise((resolve) => {
      const inTerminal = [0, 1, 2].some((descriptor) => isatty(descriptor));
      // before it is started: a key pressed at its first line must not end this process instead
      const restore = [
        signals.on(KEYS, (signal) => void (inTerminal || child.kill(signal))),
        signals.on(SENT, (signal) => void child.kill(signal)),
      ];
      // in the same process group: job control and Ctrl+C work as if it had been typed
      const child = spawn(file, args, { cwd, env, stdio: "inherit" });
      const end = (code: number): void => {
        for (const back of restore) back();
        resolve(code);
      };
      child.once("error", () => end(NOT_EXECUTABLE));
      child.once("exit", (code, signal) => end(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
    });
  },
};
