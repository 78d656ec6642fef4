import { mkdtempSync, rmSync } from "node:fs";
import { type Socket, createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import type { TestContext } from "vitest";
import { PYTHON } from "./terminal.ts";
import { DEADLINE_MS, until, within } from "./wait.ts";

/** Where scripted apps report: the test decides what each of them does, and when. */
export interface Stage {
  /** The command line of a scripted app, for a config's `command`. More words are shown in `argv`. */
  command(name: string, ...words: string[]): string[];
  /** The next start of the app called `name` that no test has taken yet. */
  next(name: string, deadlineMs?: number): Promise<ScriptedApp>;
  /** How many of its starts were not taken yet: 0 proves that it was not started again. */
  untaken(name: string): number;
}

/** One process of a scripted app. */
export interface ScriptedApp {
  pid: number;
  argv: string[];
  cwd: string;
  env: Record<string, string>;
  stdout(text: string | Buffer): Promise<void>;
  stderr(text: string | Buffer): Promise<void>;
  exit(code: number): Promise<void>;
  ignore(...signals: NodeJS.Signals[]): Promise<void>;
  /** Reports them in `signals` and otherwise does nothing. */
  catch(...signals: NodeJS.Signals[]): Promise<void>;
  signals: string[];
  /** Answers every GET; again on the same port changes the answer. */
  listen(port: number, answer?: { status?: number; body?: string; host?: string }): Promise<void>;
  /** Starts a helper that sleeps; resolves with its pid. */
  spawn(helper?: Helper): Promise<number>;
  /** Resolves when the process is gone. */
  closed: Promise<void>;
}

export interface Helper {
  /** In a session of its own (setsid). */
  session?: boolean;
  /** Re-parented: the process between has ended. */
  orphan?: boolean;
  ignore?: NodeJS.Signals[];
  /** Without any of our environment: the mark is gone. */
  bare?: boolean;
  /** A port it listens on. */
  holds?: number;
}

interface Message {
  name?: string;
  pid?: number;
  argv?: string[];
  cwd?: string;
  env?: Record<string, string>;
  did?: number;
  failed?: string;
  signal?: string;
}

/** Closed with its test; the apps still connected then end themselves. */
export async function openStage(ctx: TestContext): Promise<Stage> {
  const folder = mkdtempSync(path.join(tmpdir(), "devpm-s-"));
  const address = path.join(folder, "s");
  const waiting = new Map<string, ScriptedApp[]>();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    welcome(socket, (name, app) => waiting.set(name, [...(waiting.get(name) ?? []), app]));
  });
  await new Promise<void>((resolve) => {
    server.listen(address, resolve);
  });
  ctx.onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    command: (name, ...words) => [PYTHON, path.join(import.meta.dirname, "scripted-app.py"), address, name, ...words],
    next: (name, deadlineMs = DEADLINE_MS) =>
      until(`a start of ${name}`, () => waiting.get(name)?.shift(), {
        deadlineMs,
        describe: () =>
          `started and not taken: ${[...waiting].map(([app, list]) => `${app} ${list.length}`).join(", ")}`,
      }),
    untaken: (name) => waiting.get(name)?.length ?? 0,
  };
}

const encode = (text: string | Buffer): string => Buffer.from(text).toString("base64");

function welcome(socket: Socket, enter: (name: string, app: ScriptedApp) => void): void {
  const answers = new Map<number, (message: Message) => void>();
  const signals: string[] = [];
  let last = 0;
  const closed = new Promise<void>((resolve) => {
    socket.once("close", () => {
      for (const answer of answers.values()) answer({ failed: "the app has ended" });
      resolve();
    });
  });
  socket.on("error", () => {});
  const order = async (what: object): Promise<Message> => {
    last += 1;
    const id = last;
    const answered = new Promise<Message>((resolve) => {
      answers.set(id, resolve);
    });
    socket.write(`${JSON.stringify({ id, ...what })}\n`);
    const message = await within(`the scripted app's ${JSON.stringify(what)}`, answered);
    answers.delete(id);
    if (message.failed !== undefined) throw new Error(`the scripted app: ${JSON.stringify(what)}: ${message.failed}`);
    return message;
  };
  const silently = async (what: object): Promise<void> => {
    await order(what);
  };
  createInterface({ input: socket }).on("line", (line) => {
    const message = JSON.parse(line) as Message;
    if (message.signal !== undefined) signals.push(message.signal);
    if (message.did !== undefined) answers.get(message.did)?.(message);
    if (message.name === undefined) return;
    enter(message.name, {
      pid: message.pid ?? 0,
      argv: message.argv ?? [],
      cwd: message.cwd ?? "",
      env: message.env ?? {},
      stdout: (text) => silently({ do: "out", text: encode(text) }),
      stderr: (text) => silently({ do: "err", text: encode(text) }),
      exit: (code) => silently({ do: "exit", code }),
      ignore: (...names) => silently({ do: "ignore", signals: names }),
      catch: (...names) => silently({ do: "catch", signals: names }),
      signals,
      listen: (port, { status = 200, body = "hello", host = "127.0.0.1" } = {}) =>
        silently({ do: "listen", port, status, body, host }),
      spawn: async (helper = {}) => (await order({ do: "spawn", ...helper })).pid ?? 0,
      closed,
    });
  });
}
