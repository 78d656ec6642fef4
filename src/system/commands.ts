import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";
import { StringDecoder } from "node:string_decoder";
import { afterReading } from "./reading.ts";

export interface CommandOptions {
  cwd?: string;
  /** The whole environment: nothing is inherited. */
  env: Readonly<Record<string, string | undefined>>;
  /** Ends the command (SIGTERM, then SIGKILL after 3 s) and its process group. */
  signal?: AbortSignal;
  /** Milliseconds; none by default. */
  timeoutMs?: number;
  /** Called with each whole line as it is printed. */
  onLine?: (line: string, stream: "out" | "err") => void;
  /** Called as soon as it runs. */
  onStart?: (pid: number) => void;
  input?: string;
}

export interface CommandResult {
  /** null when it could not be started or was ended by a signal. */
  exitCode: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
  /** Why it could not be started (ENOENT, EACCES …). */
  failure: string | null;
  timedOut: boolean;
}

const KILL_AFTER_MS = 3_000;

/** How long the outputs of a command that has ended may be held open: without a line, and in all. */
const HELD_QUIET_MS = 1_000;
const HELD_MOST_MS = 5_000;

/** Output that is not read line by line is cut here: no answer that is read whole is as long. */
const MOST_CHARACTERS = 100_000_000;

/** Runs other programs to their end. Never throws: whatever happened is in the result. */
export interface Commands {
  run(file: string, args: readonly string[], options: CommandOptions): Promise<CommandResult>;
}

export const commands: Commands = {
  async run(file, args, options) {
    let child: ChildProcess;
    try {
      child = start(file, args, options);
    } catch (error) {
      // what cannot be passed to a program: a NUL in a word, a list that is too long
      return notStarted(error);
    }
    if (child.pid !== undefined) options.onStart?.(child.pid);
    let failure: string | null = null;
    child.once("error", (error) => (failure ??= reasonOf(error)));
    const outputs = { out: new Lines(options.onLine, "out"), err: new Lines(options.onLine, "err") };
    child.stdout?.on("data", (chunk: Buffer) => outputs.out.add(chunk));
    child.stderr?.on("data", (chunk: Buffer) => outputs.err.add(chunk));
    // a command that does not read its input to the end is judged by its exit
    child.stdin?.on("error", () => {});
    child.stdin?.end(options.input);
    const settled = new AbortController();
    const grouped = isBounded(options);
    let asked = false;
    const end = (): void => {
      asked = true;
      endChild(child, grouped, settled.signal);
    };
    let timedOut = false;
    const late = (): void => {
      timedOut = true;
      end();
    };
    const timer = options.timeoutMs === undefined ? undefined : setTimeout(late, options.timeoutMs);
    if (options.signal?.aborted) end();
    else options.signal?.addEventListener("abort", end, { once: true, signal: settled.signal });
    const [exitCode, signal] = await ended(child, () => asked);
    clearTimeout(timer);
    settled.abort();
    const [stdout, stderr] = [outputs.out.end(), outputs.err.end()];
    return failure === null
      ? { exitCode, signal, stdout, stderr, failure, timedOut }
      : { exitCode: null, signal: null, stdout, stderr, failure, timedOut };
  },
};

function start(file: string, args: readonly string[], options: CommandOptions): ChildProcess {
  return spawn(file, args, {
    cwd: options.cwd,
    env: { ...options.env },
    stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    // a group of its own: what the command started ends with it, instead of keeping its output open and being waited for
    detached: isBounded(options),
  });
}

const isBounded = ({ signal, timeoutMs }: CommandOptions): boolean => signal !== undefined || timeoutMs !== undefined;

/** When it has ended and its outputs are read; also where it could not be started. */
const ended = (child: ChildProcess, asked: () => boolean): Promise<[exitCode: number | null, signal: string | null]> =>
  new Promise((resolve) => {
    child.once("close", (code, signal) => resolve([code, signal]));
    child.once("error", () => child.pid === undefined && resolve([null, null]));
    child.once("exit", (code, signal) => afterQuiet(child, asked, () => resolve([code, signal])));
  });

/**
 * A process that the command left in the background may hold its outputs open for as long as it lives: what the command
 * itself printed is read when nothing more comes. What comes later is read and dropped, because a closed pipe would end
 * that process. `asked`: whether all of it is being ended, which takes until the last SIGKILL.
 */
function afterQuiet(child: ChildProcess, asked: () => boolean, act: () => void): void {
  const outputs = [child.stdout, child.stderr].filter((output) => output !== null);
  const leave = (): void => {
    over.forEach(clearTimeout);
    for (const output of outputs) {
      output.removeAllListeners("data").resume();
      // a pipe is a socket here: it does not keep devpm running
      (output as Socket).unref();
    }
    act();
  };
  let more = false;
  const quiet = setTimeout(() => {
    more = false;
    afterReading(() => more || asked() || leave());
  }, HELD_QUIET_MS);
  const over = [quiet, setTimeout(() => afterReading(leave), HELD_MOST_MS)];
  for (const output of outputs)
    output.on("data", () => {
      more = true;
      quiet.refresh();
    });
  child.once("close", () => over.forEach(clearTimeout));
}

const notStarted = (error: unknown): CommandResult => ({
  exitCode: null,
  signal: null,
  stdout: "",
  stderr: "",
  failure: reasonOf(error),
  timedOut: false,
});

const reasonOf = (error: unknown): string => {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
};

/** SIGTERM, then SIGKILL. The group where it has one: `npm install` and `pip` work in processes of their own. */
function endChild(child: ChildProcess, grouped: boolean, settled: AbortSignal): void {
  const send = (name: NodeJS.Signals): void => {
    try {
      if (grouped && child.pid) process.kill(-child.pid, name);
      else child.kill(name);
    } catch {
      // gone already
    }
  };
  send("SIGTERM");
  const kill = setTimeout(() => send("SIGKILL"), KILL_AFTER_MS);
  settled.addEventListener("abort", () => clearTimeout(kill), { once: true });
}

/** One output: the whole text, and each line as soon as it is whole. */
class Lines {
  readonly #decoder = new StringDecoder("utf8");
  readonly #onLine: CommandOptions["onLine"];
  readonly #stream: "out" | "err";
  #text = "";
  #rest = "";

  constructor(onLine: CommandOptions["onLine"], stream: "out" | "err") {
    this.#onLine = onLine;
    this.#stream = stream;
  }

  add(chunk: Buffer): void {
    this.#take(this.#decoder.write(chunk));
  }

  /** The whole text, without its last line end. */
  end(): string {
    this.#take(this.#decoder.end());
    if (this.#rest !== "") this.#onLine?.(this.#rest.replace(/\r$/, ""), this.#stream);
    return this.#text.replace(/\r?\n$/, "");
  }

  #take(text: string): void {
    if (this.#text.length < MOST_CHARACTERS) this.#text += text;
    if (!this.#onLine) return;
    const lines = (this.#rest + text).split(/\r?\n/);
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#onLine(line, this.#stream);
  }
}
