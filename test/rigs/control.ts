import { createHmac } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { createConnection, type Socket } from "node:net";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { PROTOCOL } from "../../src/model/protocol.ts";
import type { SessionRecord } from "../../src/model/session-record.ts";
import type { Project } from "./project.ts";
import { Delivery } from "./delivery.ts";
import { until } from "./wait.ts";

/** The session file of the one instance in a project's state. */
export function sessionRecord({ devpmHome }: Project): SessionRecord {
  const [instance = ""] = readdirSync(devpmHome);
  return JSON.parse(readFileSync(path.join(devpmHome, instance, "session.json"), "utf8")) as SessionRecord;
}

/** A connection to an engine's socket that sends what the test gives it, and keeps what comes back. */
export interface Wire {
  socket: Socket;
  write(text: string): void;
  /** Each line that came, parsed. */
  answers: unknown[];
  /** The next answer after those that were read. */
  next(): Promise<Record<string, unknown>>;
  closed: Promise<void>;
}

/** Again where so many connections wait to be accepted that the kernel takes no more. */
async function connected(file: string): Promise<Socket> {
  for (;;) {
    const socket = createConnection(file);
    const problem = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
      socket.once("connect", () => resolve(null));
      socket.on("error", resolve);
    });
    if (problem === null) return socket;
    if (problem.code !== "EAGAIN") throw problem;
    await delay(10);
  }
}

export async function openWire(file: string): Promise<Wire> {
  const socket = await connected(file);
  const answers: unknown[] = [];
  let rest = "";
  let taken = 0;
  const delivery = new Delivery();
  socket.setEncoding("utf8");
  socket.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) delivery.pass(() => answers.push(JSON.parse(line) as unknown));
  });
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  return {
    socket,
    answers,
    closed,
    write: (text) => void socket.write(`${text}\n`),
    async next() {
      await until("an answer", () => answers.length > taken, { everyMs: 2 });
      return answers[taken++] as Record<string, unknown>;
    },
  };
}

const sign = (secret: string, side: string, nonce: string): string =>
  createHmac("sha256", secret).update(`${side}:${nonce}`).digest("hex");

/** Greets as a devpm of this protocol does; what follows is taken as a request. */
export async function greet(wire: Wire, secret: string): Promise<void> {
  wire.write(JSON.stringify({ op: "hello", protocol: PROTOCOL, devpm: "0.1.0", nonce: "mine" }));
  const { nonce, proof } = await wire.next();
  if (proof !== sign(secret, "engine", "mine")) throw new Error(`the engine did not prove itself: ${String(proof)}`);
  wire.write(JSON.stringify({ op: "prove", proof: sign(secret, "client", String(nonce)) }));
}
