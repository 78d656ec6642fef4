import { lstat } from "node:fs/promises";
import { createConnection, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Instance } from "../../model/instance.ts";
import { LONGEST_ANSWER } from "../../model/limits.ts";
import type { Answer, Frame, Request, Streamed, Welcome } from "../../model/protocol.ts";
import { isObject } from "../../util/guard.ts";
import { clock } from "../clock.ts";
import { files } from "../files/files.ts";
import { filesBehind } from "../files/files-behind.ts";
import { createGreeting, OLDER, STRANGER } from "./handshake.ts";
import { afterReading } from "../reading.ts";
import { readSessionFile } from "./session-file.ts";
import { monotonic } from "../monotonic.ts";

/** One connection to the process that runs a session. */
export interface EngineClient {
  /** Why the process that answers here gets no requests: another version of devpm, or not devpm. Else null. */
  readonly refused: string | null;
  /** Resolves with null when the engine does not answer in time, or goes away first. */
  ask<R extends Request>(request: R, timeoutMs?: number): Promise<Answer<R["op"]> | null>;
  /**
   * Resolves with null as above; else events come until `done`. No other request may follow on this connection. `prints`: this process
   * prints them, and a file that it prints into is no save then.
   */
  events(logs: boolean, onEvent: (event: Streamed) => void, how?: { prints: boolean }): Promise<EventFeed | null>;
  close(): void;
}

export interface EventFeed {
  /** Resolves when the engine ends the stream: the session is over. */
  done: Promise<void>;
  /** Nothing is read until `resume`: what comes meanwhile waits in the engine, which bounds it. */
  pause(): void;
  resume(): void;
}

/** An engine that is busy or hung must not make `down` and `status` wait. Milliseconds. */
const DEADLINE = 1_000;
/** One that has greeted is not hung: on a busy machine its next answer may take longer. */
const ANSWER_MS = 5_000;

/** null: no session serves this instance, or none answered within `timeoutMs`, the greeting included. */
export async function connectEngine(
  { sessionFile }: Pick<Instance, "sessionFile">,
  timeoutMs = DEADLINE,
): Promise<EngineClient | null> {
  const record = await readSessionFile(files, sessionFile);
  if (record === null) return null;
  const { socket: path } = record;
  const found = await lstat(path).catch(() => null);
  if (found === null) return null;
  if (record.secret === undefined) return refusing(OLDER);
  if (!found.isSocket() || found.uid !== process.getuid?.()) return refusing(STRANGER);
  const { secret } = record;
  const open: Open = async (ms) => {
    const until = monotonic() + ms;
    const socket = await connected(path, ms);
    return socket === null ? null : greeted(socket, secret, Math.max(0, until - monotonic()));
  };
  const first = await open(timeoutMs);
  if (first === null) return null;
  return "refused" in first ? refusing(first.refused) : clientOf(first, open);
}

/** A socket whose other end is the session's engine: it has proved that. */
interface Connection {
  socket: Socket;
  inbox: Inbox;
  send(frame: Frame): void;
}

/** null: nothing answers in time. */
type Open = (timeoutMs: number) => Promise<Connection | { refused: string } | null>;

async function connected(path: string, timeoutMs: number): Promise<Socket | null> {
  const deadline = monotonic() + timeoutMs;
  for (;;) {
    const socket = await tried(path, deadline - monotonic());
    // so many connections wait to be accepted that the kernel takes no more
    if (socket !== "full") return socket;
    if (monotonic() + FULL_MS > deadline) return null;
    await delay(FULL_MS);
  }
}

const FULL_MS = 10;

function tried(path: string, timeoutMs: number): Promise<Socket | null | "full"> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    const settle = (result: Socket | null | "full"): void => {
      clearTimeout(timer);
      resolve(result);
    };
    const late = (): void => {
      if (socket.connecting) socket.destroy();
      settle(null);
    };
    const timer = setTimeout(() => afterReading(late), timeoutMs);
    socket.once("connect", () => settle(socket));
    // an error is followed by close, which is what every waiting call listens to
    socket.on("error", ({ code }: NodeJS.ErrnoException) => settle(code === "EAGAIN" ? "full" : null));
  });
}

async function greeted(socket: Socket, secret: string, timeoutMs: number): ReturnType<Open> {
  const inbox = createInbox(socket);
  const send = (frame: Frame): void => void socket.write(`${JSON.stringify(frame)}\n`);
  const { hello, reply } = createGreeting(secret);
  const answer = inbox.next(timeoutMs);
  send(hello);
  const welcome = await answer;
  const replied = isAnswer(welcome) ? reply(welcome as Welcome) : null;
  if (replied?.ok !== true) {
    socket.destroy();
    return replied === null ? null : { refused: replied.error };
  }
  send(replied.frame);
  return { socket, inbox, send };
}

const refusing = (refused: string): EngineClient => ({
  refused,
  ask: () => Promise.resolve({ ok: false, error: refused }),
  events: () => Promise.resolve(null),
  close: () => {},
});

function clientOf(first: Connection, open: Open): EngineClient {
  let current: Connection | null = first;
  let isClosed = false;
  const leave = (): void => {
    current?.socket.destroy();
    current = null;
  };
  const reopened = async (timeoutMs: number): Promise<Connection | null> => {
    if (isClosed) return null;
    const opened = await open(timeoutMs);
    current = opened === null || "refused" in opened ? null : opened;
    if (isClosed) leave();
    return current;
  };
  const answered = async <R extends Request>(request: R, timeoutMs: number): Promise<Answer<R["op"]> | null> => {
    const began = monotonic();
    const here = current ?? (await reopened(timeoutMs));
    if (here === null) return null;
    const answer = here.inbox.next(timeoutMs - (monotonic() - began));
    here.send(request);
    const given = await answer;
    // the greeting has proved that the other end has the same protocol
    if (isAnswer(given)) return given as Answer<R["op"]>;
    // an answer that comes too late must not be taken for the next one's: that has a connection of its own
    leave();
    return null;
  };
  // an answer does not name its question: the next one is asked when the one before is over
  const asked: Promise<unknown>[] = [];
  const ask: EngineClient["ask"] = async <R extends Request>(request: R, timeoutMs = ANSWER_MS) => {
    const until = monotonic() + timeoutMs;
    const left = (): number => Math.max(0, until - monotonic());
    while (asked.length > 0) if ((await clock.within(Promise.all(asked), left())) === null) return null;
    const answer = answered(request, left());
    asked.push(answer);
    try {
      return await answer;
    } finally {
      asked.length = 0;
    }
  };
  return {
    refused: null,
    ask,
    async events(logs, onEvent, { prints } = { prints: false }) {
      const own = prints ? { outputs: filesBehind([1, 2], process.cwd()), printer: process.pid } : {};
      const answer = await ask({ op: "events", logs, ...own });
      if (answer?.ok !== true || current === null) return null;
      const { socket, inbox } = current;
      inbox.deliver((message) => {
        if (isStreamed(message)) onEvent(message);
      });
      return { done: inbox.closed, pause: () => socket.pause(), resume: () => socket.resume() };
    },
    close() {
      isClosed = true;
      leave();
    },
  };
}

const isAnswer = (message: unknown): message is Answer =>
  isObject(message) && (message.ok === true || (message.ok === false && typeof message.error === "string"));

const isStreamed = (message: unknown): message is Streamed =>
  isObject(message) && typeof message.event === "string" && typeof message.at === "string";

interface Inbox {
  next(timeoutMs: number): Promise<unknown>;
  /** From now on, and with what has already come, messages go to the listener. */
  deliver(listener: (message: unknown) => void): void;
  closed: Promise<void>;
}

function createInbox(socket: Socket): Inbox {
  const messages: unknown[] = [];
  let listener: ((message: unknown) => void) | null = null;
  let waiting: ((message: unknown) => void) | null = null;
  let rest = "";
  const receive = (line: string): void => {
    let message: unknown;
    try {
      message = JSON.parse(line);
    } catch {
      return;
    }
    if (waiting) waiting(message);
    else if (listener) listener(message);
    else messages.push(message);
  };
  socket.setEncoding("utf8");
  socket.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) receive(line);
    if (rest.length > LONGEST_ANSWER) socket.destroy();
  });
  const closed = new Promise<void>((resolve) => {
    socket.once("close", () => {
      waiting?.(null);
      resolve();
    });
  });
  return {
    next: (timeoutMs) =>
      new Promise((resolve) => {
        const settle = (message: unknown): void => {
          clearTimeout(timer);
          if (waiting === settle) waiting = null;
          resolve(message);
        };
        const timer = setTimeout(() => afterReading(() => settle(null)), timeoutMs);
        waiting = settle;
        if (messages.length > 0) settle(messages.shift());
        else if (socket.destroyed) settle(null);
      }),
    deliver(toWhom) {
      for (const message of messages.splice(0)) toWhom(message);
      listener = toWhom;
    },
    closed,
  };
}
