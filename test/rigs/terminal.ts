import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { Delivery } from "./delivery.ts";
import { Transcript } from "./transcript.ts";
import { DEADLINE_MS, until, within } from "./wait.ts";

export interface Ended {
  code: number | null;
  signal: string | null;
}

/** A command in a real terminal: the foreground job of a shell that has the terminal. */
export interface Terminal {
  /** Of the command; its process group is the foreground one. */
  pid: number;
  /** Of the rig around it, to be left out when processes are counted. */
  rigPid: number;
  /** Types: `write("\x03")` is Ctrl+C. */
  write(keys: string): void;
  /** As it came, control sequences included. */
  raw(): string;
  /** The words, without control sequences. */
  output(): string;
  waitFor(pattern: RegExp, options?: { deadlineMs?: number; from?: number }): Promise<RegExpExecArray>;
  resize(columns: number, rows: number): void;
  /** Closes the window: the kernel sends SIGHUP to the job. */
  close(): void;
  /** How the command ended; the terminal itself stays until `close`. */
  exit: Promise<Ended>;
  /** `exit` with a deadline, which fails with what was printed. */
  ended(deadlineMs?: number): Promise<Ended>;
  /** Each time the job was stopped (Ctrl+Z): the signal's number. */
  stops: number[];
}

export interface TerminalOptions {
  cwd?: string;
  env: Readonly<Record<string, string | undefined>>;
  columns?: number;
  rows?: number;
  /** Put before the rig itself, to have the whole terminal elsewhere: `namespace.enter()`. Pids are those of there. */
  through?: readonly string[];
}

/** The system's own python where there is one: a shim of a version manager takes a tenth of a second to start. */
export const PYTHON = existsSync("/usr/bin/python3") ? "/usr/bin/python3" : "python3";

export async function openTerminal(command: readonly string[], options: TerminalOptions): Promise<Terminal> {
  const { cwd, env, columns = 100, rows = 30, through = [] } = options;
  const [file = "", ...args] = [...through, PYTHON, path.join(import.meta.dirname, "terminal.py")];
  const rig = spawn(file, args, {
    stdio: ["pipe", "pipe", "inherit"],
    env: { PATH: "/usr/bin:/bin" },
    cwd: "/",
  });
  const printed = new Transcript();
  const delivery = new Delivery();
  const stops: number[] = [];
  let pid: number | null = null;
  const send = (order: object): void => {
    if (rig.stdin.writable) rig.stdin.write(`${JSON.stringify(order)}\n`);
  };
  rig.stdin.on("error", () => {});
  const exit = new Promise<Ended>((resolve, reject) => {
    createInterface({ input: rig.stdout }).on("line", (line) => {
      const message = JSON.parse(line) as { out?: string; pid?: number; stopped?: number; exit?: Ended };
      if (message.out !== undefined) delivery.output(Buffer.from(message.out, "base64"), (piece) => printed.add(piece));
      if (message.pid !== undefined) pid = message.pid;
      const { stopped, exit: ended } = message;
      if (stopped !== undefined) delivery.pass(() => stops.push(stopped));
      if (!ended) return;
      delivery.pass(() => {
        printed.end(`the command has ended (${ended.signal ?? `exit ${ended.code}`})`);
        resolve(ended);
      });
    });
    rig.once("error", reject);
    // `close`, not `exit`: what it said last may not be read yet
    rig.once("close", () => delivery.pass(() => reject(new Error("the terminal rig ended before the command"))));
  });
  exit.catch(() => {});
  send({ command, columns, rows, cwd, env: { TERM: "xterm-256color", ...env } });
  const started = await until("the command's start in a terminal", () => pid);
  return {
    pid: started,
    rigPid: rig.pid ?? 0,
    write: (keys) => send({ write: Buffer.from(keys).toString("base64") }),
    raw: () => printed.raw(),
    output: () => printed.text(),
    waitFor: (pattern, wait) => printed.waitFor(pattern, wait),
    resize: (newColumns, newRows) => send({ resize: [newColumns, newRows] }),
    close: () => send({ close: true }),
    exit,
    ended: (deadlineMs = DEADLINE_MS) =>
      within(`the end of ${command.join(" ")}`, exit, { deadlineMs, describe: () => printed.text() }),
    stops,
  };
}

/**
 * An interactive bash in a terminal, for what only a shell's job control does (Ctrl+Z, fg, a job behind a pipe).
 * Type commands with `write("…\n")`; the prompt is `$ `.
 */
export async function openShell(options: TerminalOptions): Promise<Terminal> {
  const shell = await openTerminal(["bash", "--norc", "--noprofile", "-i"], {
    ...options,
    env: { ...options.env, PS1: "$ ", HISTFILE: "/dev/null" },
  });
  await shell.waitFor(/\$ /);
  return shell;
}
