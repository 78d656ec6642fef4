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

const KILL_AFTER_MS = 3_000;

/** Runs other programs to their end. Never throws: whatever happened is in the result. */
export interface Commands {
  run(file: string, args: readonly string[], options: CommandOptions): Promise<CommandResult>;
}

export const commands: Commands = {
  async run(file, args, options) {
    // 60 ms to load, and a healthy start runs no command at all
    const { execa } = await import("execa");
    // the group, not the child alone: what that has started would keep its output open, and be waited for
    const over = options.timeoutMs === undefined ? null : AbortSignal.timeout(options.timeoutMs);
    const end = AbortSignal.any([options.signal, over].filter((one) => one instanceof AbortSignal));
    const isBounded = options.signal !== undefined || over !== null;
    const child = execa(file, args, {
      cwd: options.cwd,
      env: options.env,
      extendEnv: false,
      reject: false,
      stripFinalNewline: true,
      stdin: options.input === undefined ? "ignore" : "pipe",
      input: options.input,
      // a group of its own: what the command started ends with it
      detached: isBounded,
    });
    const settled = new AbortController();
    if (isBounded && child.pid) endGroup(child.pid, end, settled.signal);
    if (options.onLine) {
      const { onLine } = options;
      void follow(child.iterable({ from: "stdout" }), (line) => onLine(line, "out"));
      void follow(child.iterable({ from: "stderr" }), (line) => onLine(line, "err"));
    }
    const result = await child;
    settled.abort();
    return {
      exitCode: result.exitCode ?? null,
      signal: result.signal ?? null,
      stdout: result.stdout ?? "",
      stderr: result.stderr ?? "",
      failure: result.exitCode === undefined && !result.signal ? (result.code ?? result.shortMessage ?? null) : null,
      timedOut: over?.aborted === true && options.signal?.aborted !== true,
    };
  },
};

/** Group and not child: `npm install` and `pip` work in processes of their own. */
function endGroup(pid: number, signal: AbortSignal, settled: AbortSignal): void {
  const end = (): void => {
    signalGroup(pid, "SIGTERM");
    const kill = setTimeout(() => signalGroup(pid, "SIGKILL"), KILL_AFTER_MS);
    settled.addEventListener("abort", () => clearTimeout(kill), { once: true });
  };
  if (signal.aborted) end();
  else signal.addEventListener("abort", end, { once: true, signal: settled });
}

function signalGroup(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name);
  } catch {
    // gone already
  }
}

async function follow(lines: AsyncIterable<string>, onLine: (line: string) => void): Promise<void> {
  try {
    for await (const line of lines) onLine(line);
  } catch {
    // the command's failure is in its result; here it only ends the lines
  }
}
