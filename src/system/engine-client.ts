import { createConnection, type Socket } from "node:net";
import type { Answer, Request, Streamed } from "../model/protocol.ts";

/** One connection to the process that runs a session. */
export interface EngineClient {
  /** Resolves with null when the engine does not answer in time, or goes away first. */
  ask(request: Request, timeoutMs?: number): Promise<Answer | null>;
  /** Resolves with null as above; else events come until `done`. No other request may follow on this connection. */
  events(logs: boolean, onEvent: (event: Streamed) => void): Promise<EventStream | null>;
  close(): void;
}

export interface EventStream {
  /** Resolves when the engine ends the stream: the session is over. */
  done: Promise<void>;
}

/** An engine that is busy or hung must not make `down` and `status` wait. Milliseconds. */
const DEADLINE = 1_000;

/** null: nobody serves the socket, or nobody answered in time. */
export function connectEngine(path: string, timeoutMs = DEADLINE): Promise<EngineClient | null> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    const settle = (client: EngineClient | null): void => {
      clearTimeout(timer);
      resolve(client);
    };
    const timer = setTimeout(() => {
      socket.destroy();
      settle(null);
    }, timeoutMs);
    socket.once("connect", () => settle(clientOf(socket)));
    // an error is followed by close, which is what every waiting call listens to
    socket.on("error", () => settle(null));
  });
}

function clientOf(socket: Socket): EngineClient {
  const inbox = createInbox(socket);
  const send = (request: Request): void => {
    socket.write(`${JSON.stringify(request)}\n`);
  };
  const ask = (request: Request, timeoutMs = DEADLINE): Promise<Answer | null> => {
    const answer = inbox.next(timeoutMs) as Promise<Answer | null>;
    send(request);
    return answer;
  };
  return {
    ask,
    async events(logs, onEvent) {
      const answer = await ask({ op: "events", logs });
      if (answer?.ok !== true) return null;
      inbox.deliver((message) => onEvent(message as Streamed));
      return { done: inbox.closed };
    },
    close: () => socket.destroy(),
  };
}

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
          waiting = null;
          resolve(message);
        };
        const timer = setTimeout(() => settle(null), timeoutMs);
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
