import { spawn } from "node:child_process";
import { Delivery } from "./delivery.ts";
import type { Ended } from "./terminal.ts";
import { Transcript } from "./transcript.ts";
import { DEADLINE_MS, within } from "./wait.ts";

/** A program that was started, its outputs apart and together. Not in a terminal: see terminal.ts for that. */
export interface Running {
  pid: number;
  stdout: Transcript;
  stderr: Transcript;
  /** Both, in the order in which they came. */
  output(): string;
  waitFor(pattern: RegExp, options?: { deadlineMs?: number; from?: number }): Promise<RegExpExecArray>;
  kill(signal: NodeJS.Signals): void;
  exit: Promise<Ended>;
  /** `exit` with a deadline that fails with what was printed. */
  ended(deadlineMs?: number): Promise<Ended>;
  /** The reading end is closed, as `| head` does. */
  closeOutput(): void;
}

export interface Finished extends Ended {
  stdout: string;
  stderr: string;
  output: string;
}

export interface ProgramOptions {
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  /** A session of its own, as a service manager gives it. */
  detached?: boolean;
  /** How what it prints becomes visible; default: as the run of the tests says. */
  delivery?: Delivery;
}

export function startProgram(
  command: readonly string[],
  { delivery = new Delivery(), ...options }: ProgramOptions,
): Running {
  const [file = "", ...args] = command;
  const child = spawn(file, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  const stdout = new Transcript();
  const stderr = new Transcript();
  const both = new Transcript();
  const keep = (chunk: Buffer, one: Transcript): void =>
    delivery.output(chunk, (piece) => [one, both].forEach((transcript) => transcript.add(piece)));
  child.stdout.on("data", (chunk: Buffer) => keep(chunk, stdout));
  child.stderr.on("data", (chunk: Buffer) => keep(chunk, stderr));
  const exit = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    // `exit`, not `close`: what it leaves behind may hold its outputs open
    child.once("exit", (code, signal) => {
      setImmediate(() =>
        delivery.pass(() => {
          for (const transcript of [stdout, stderr, both]) {
            transcript.end(`the program has ended (${signal ?? `exit ${code}`})`);
          }
          resolve({ code, signal });
        }),
      );
    });
  });
  exit.catch(() => {});
  return {
    pid: child.pid ?? 0,
    stdout,
    stderr,
    output: () => both.text(),
    waitFor: (pattern, wait) => both.waitFor(pattern, wait),
    kill: (signal) => {
      child.kill(signal);
    },
    exit,
    ended: (deadlineMs = DEADLINE_MS) =>
      within(`the end of ${command.join(" ")}`, exit, { deadlineMs, describe: () => both.text() }),
    closeOutput: () => {
      child.stdout.destroy();
    },
  };
}

export async function runProgram(
  command: readonly string[],
  { deadlineMs = DEADLINE_MS, ...options }: ProgramOptions & { deadlineMs?: number },
): Promise<Finished> {
  // nobody reads before its end
  const running = startProgram(command, { ...options, delivery: new Delivery({ slow: false }) });
  try {
    const ended = await running.ended(deadlineMs);
    return { ...ended, stdout: running.stdout.text(), stderr: running.stderr.text(), output: running.output() };
  } catch (error) {
    running.kill("SIGKILL");
    throw error;
  }
}
