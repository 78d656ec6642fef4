import net from "node:net";

/** How a short conversation over TCP ended. */
export type Exchanged = { ok: true } | { ok: false; why: string };

export interface Question {
  host: string;
  port: number;
  /** null: a connection that is not closed immediately is the answer. */
  question: Uint8Array | null;
  judge: (answer: Buffer) => "usable" | "not yet" | "more";
  timeoutMs: number;
}

/** Connects, sends a request, and judges the reply. Never throws. */
export type Exchange = (question: Question) => Promise<Exchanged>;

/** The engine's proxy accepts connections to a published port even if nothing listens, and closes them immediately. */
const HELD_OPEN_MS = 150;

export const exchange: Exchange = ({ host, port, question, judge, timeoutMs }) =>
  new Promise((resolve) => {
    const socket = net.connect({ host, port });
    let answer: Buffer = Buffer.alloc(0);
    const limit = setTimeout(() => end("no answer in time"), timeoutMs);
    const end = (why: string | null): void => {
      clearTimeout(limit);
      socket.destroy();
      resolve(why === null ? { ok: true } : { ok: false, why });
    };
    socket.once("connect", () => {
      if (question) socket.write(question);
      else setTimeout(() => end(null), HELD_OPEN_MS);
    });
    socket.on("data", (chunk) => {
      answer = Buffer.concat([answer, chunk]);
      const judged = judge(answer);
      if (judged !== "more") end(judged === "usable" ? null : "it answers that it is not ready yet");
    });
    socket.once("error", (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
    socket.once("close", () =>
      end(answer.length > 0 ? "it closed the connection" : "it accepts and closes: nothing listens in the container"),
    );
  });
