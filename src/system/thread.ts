import { Worker } from "node:worker_threads";

/** A program of ours on a thread of its own, which answers one question after the other. */
export interface Thread {
  /** Where it took longer or has ended, a later question gets another thread. */
  ask(question: object, timeoutMs: number, unwanted?: AbortSignal): Promise<ThreadAnswer>;
  close(): void;
}

/** `slow`: it took longer. `died`: its program failed, or needed too much memory. `unwanted`: not any more; a thread that was at it has ended. */
export type ThreadAnswer = { answer: unknown } | { none: "slow" | "died" | "unwanted" };

/** `idleMs`: without a question for so long it ends, and the next one starts another. */
export type StartThread = (file: string, idleMs?: number) => Promise<Thread>;

/** Without a question for so long it ends: its heap may have grown to what a search of everything needs. */
const IDLE_MS = 5_000;
/** Its heap, in megabytes: what needs more is given up, not this process. */
const MOST_HEAP_MB = 256;

// oxlint-disable-next-line typescript/require-await
export const startThread: StartThread = async (file, idleMs = IDLE_MS) => {
  let worker: Worker | null = null;
  let last: Promise<unknown> = Promise.resolve();
  let idle: NodeJS.Timeout | undefined;
  const rest = (): void => {
    idle = setTimeout(() => {
      void worker?.terminate();
      // a question that comes before its exit has another one
      worker = null;
    }, idleMs).unref();
  };
  const started = (): Worker => {
    if (worker) return worker;
    // no environment, no flags of the process: it reads files
    const fresh = new Worker(file, { env: {}, execArgv: [], resourceLimits: { maxOldGenerationSizeMb: MOST_HEAP_MB } });
    fresh.unref();
    fresh.on("error", () => {});
    fresh.once("exit", () => {
      if (worker === fresh) worker = null;
    });
    worker = fresh;
    return fresh;
  };
  return {
    ask(question, timeoutMs, unwanted) {
      // one at a time: they are all about the same files
      const answer = last.then((): ThreadAnswer | Promise<ThreadAnswer> => {
        if (unwanted?.aborted) return { none: "unwanted" };
        clearTimeout(idle);
        return answered(started(), question, timeoutMs, unwanted).finally(rest);
      });
      last = answer;
      return answer;
    },
    close: () => void worker?.terminate(),
  };
};

function answered(
  worker: Worker,
  question: object,
  timeoutMs: number,
  unwanted: AbortSignal | undefined,
): Promise<ThreadAnswer> {
  return new Promise((resolve) => {
    let why: "died" | "slow" | "unwanted" = "died";
    const end = (because: typeof why): void => {
      why = because;
      void worker.terminate();
    };
    const drop = (): void => end("unwanted");
    const settle = (answer: ThreadAnswer): void => {
      clearTimeout(limit);
      unwanted?.removeEventListener("abort", drop);
      worker.off("message", received);
      worker.off("exit", ended);
      resolve(answer);
    };
    const received = (answer: unknown): void => settle({ answer });
    const ended = (): void => settle({ none: why });
    const limit = setTimeout(() => end("slow"), timeoutMs);
    unwanted?.addEventListener("abort", drop);
    worker.once("message", received);
    worker.once("exit", ended);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    worker.postMessage(question);
  });
}
