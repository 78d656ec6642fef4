import { createConnection, type Socket } from "node:net";
import { until } from "./wait.ts";

interface Message {
  type: "request" | "response" | "event";
  command?: string;
  event?: string;
  request_seq?: number;
  body?: Record<string, unknown>;
}

/** An editor at the port of debugpy, as VS Code attaches: the Debug Adapter Protocol. */
export interface Editor {
  /** Waits until a thread has stopped at a breakpoint: its id. */
  stopped(): Promise<number>;
  goOn(thread: number): Promise<void>;
  threads(): Promise<string[]>;
  /** The program has ended: an editor then closes its connection. */
  terminated(): Promise<void>;
  close(): void;
}

/** Tries again until it is attached: an editor with `restart: true` does so. */
export const attach = (port: number, breakpoint: { file: string; line: number }): Promise<Editor> =>
  until("an editor to attach", () => attachOnce(port, breakpoint), { everyMs: 100 });

const CLOSED = Symbol("closed");

async function attachOnce(port: number, { file, line }: { file: string; line: number }): Promise<Editor | null> {
  const link = await connect(port);
  if (link === null) return null;
  const received: Message[] = [];
  let isClosed = false;
  link.on("error", () => {});
  link.on("close", () => (isClosed = true));
  onMessages(link, (message) => received.push(message));
  let count = 0;
  const send = (command: string, values: object): number => {
    count += 1;
    const text = JSON.stringify({ seq: count, type: "request", command, arguments: values });
    if (!isClosed) link.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
    return count;
  };
  const take = async (what: string, isIt: (message: Message) => boolean): Promise<Message> => {
    const taken = await until(what, () => {
      const at = received.findIndex(isIt);
      return at >= 0 ? received.splice(at, 1)[0] : isClosed ? CLOSED : null;
    });
    if (taken === CLOSED) throw new Error(`${what}: the debugger has closed the connection`);
    return taken;
  };
  const event = (name: string): Promise<Message> => take(`the event ${name}`, (message) => message.event === name);
  const answer = (seq: number): Promise<Message> => take("an answer", (message) => message.request_seq === seq);
  const ask = (command: string, values: object = {}): Promise<Message> => answer(send(command, values));

  try {
    await ask("initialize", { adapterID: "debugpy", pathFormat: "path", linesStartAt1: true, columnsStartAt1: true });
    const attached = send("attach", { justMyCode: true });
    await event("initialized");
    await ask("setBreakpoints", { source: { path: file }, breakpoints: [{ line }] });
    await ask("configurationDone");
    await answer(attached);
  } catch {
    link.destroy();
    return null;
  }
  return {
    stopped: async () => Number((await event("stopped")).body?.threadId),
    goOn: async (threadId) => void (await ask("continue", { threadId })),
    threads: async () => {
      const { body } = await ask("threads");
      return ((body?.threads ?? []) as { name: string }[]).map(({ name }) => name);
    },
    terminated: async () => {
      await until(
        "the end of the program",
        () => isClosed || received.some(({ event: name }) => name === "terminated"),
      );
      link.destroy();
    },
    close: () => link.destroy(),
  };
}

function connect(port: number): Promise<Socket | null> {
  return new Promise((resolve) => {
    const link = createConnection({ host: "127.0.0.1", port }, () => resolve(link));
    link.once("error", () => resolve(null));
  });
}

function onMessages(link: Socket, found: (message: Message) => void): void {
  let rest = Buffer.alloc(0);
  link.on("data", (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const head = rest.indexOf("\r\n\r\n");
      const length = Number(/content-length: *(\d+)/i.exec(rest.subarray(0, Math.max(0, head)).toString())?.[1]);
      if (head < 0 || rest.length < head + 4 + length) return;
      found(JSON.parse(rest.subarray(head + 4, head + 4 + length).toString()) as Message);
      rest = rest.subarray(head + 4 + length);
    }
  });
}
