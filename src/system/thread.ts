import { Worker } from "node:worker_threads";

/** A program of ours on a thread of its own, which answers one question after the other. */
export interface Thread {
  /**
   * null: it ended, or took longer; then it is ended and a later question gets another one. Also where the answer was not
   * wanted any more when the question's turn came.
   */
  ask(question: object, timeoutMs: number, unwanted?: AbortSignal): Promise<unknown>;
  close(): void;
}

export type StartThread = (file: string) => Promise<Thread>;

/** Its heap, in megabytes: what needs more is given up, not this process. */
const MOST_HEAP_MB = 256;

// oxlint-disable-next-line typescript/require-await
export const startThread: StartThread = async (file) => {
  let worker: Worker | null = null;
  let last: Promise<unknown> = Promise.resolve();
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
      const answer = last.then(() => (unwanted?.aborted ? null : answered(started(), question, timeoutMs)));
      last = answer;
      return answer;
    },
    close: () => void worker?.terminate(),
  };
};

function answered(worker: Worker, question: object, timeoutMs: number): Promise<unknown> {
  return new Promise((resolve) => {
    const settle = (answer: unknown): void => {
      clearTimeout(limit);
      worker.off("message", settle);
      worker.off("exit", ended);
      resolve(answer);
    };
    const ended = (): void => settle(null);
    const limit = setTimeout(() => void worker.terminate(), timeoutMs);
    worker.once("message", settle);
    worker.once("exit", ended);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    worker.postMessage(question);
  });
}
