import { execa } from "execa";

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

/** Runs other programs to their end. Never throws: whatever happened is in the result. */
export interface Commands {
  run(file: string, args: readonly string[], options: CommandOptions): Promise<CommandResult>;
}

export const commands: Commands = {
  async run(file, args, options) {
    const child = execa(file, args, {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: options.env,
      extendEnv: false,
      reject: false,
      stripFinalNewline: true,
      stdin: options.input === undefined ? "ignore" : "pipe",
      ...(options.input === undefined ? {} : { input: options.input }),
      ...(options.signal ? { cancelSignal: options.signal } : {}),
      ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
      forceKillAfterDelay: 3_000,
    });
    if (options.onLine) {
      const { onLine } = options;
      void follow(child.iterable({ from: "stdout" }), (line) => onLine(line, "out"));
      void follow(child.iterable({ from: "stderr" }), (line) => onLine(line, "err"));
    }
    const result = await child;
    return {
      exitCode: result.exitCode ?? null,
      signal: result.signal ?? null,
      stdout: result.stdout ?? "",
      stderr: result.stderr ?? "",
      failure: result.exitCode === undefined && !result.signal ? (result.code ?? result.shortMessage ?? null) : null,
      timedOut: result.timedOut,
    };
  },
};

async function follow(lines: AsyncIterable<string>, onLine: (line: string) => void): Promise<void> {
  try {
    for await (const line of lines) onLine(line);
  } catch {
    // the command's failure is in its result; here it only ends the lines
  }
}
