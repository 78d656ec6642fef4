import { closeSync, writeSync } from "node:fs";
import { Script } from "node:vm";
import { Worker } from "node:worker_threads";

/** The slot that the script below calls: a timeout holds for a script, and for whatever that calls. */
const SLOT = Symbol.for("devpm.bounded-call");
const slots = globalThis as unknown as Record<symbol, (() => unknown) | undefined>;
let script: Script | null = null;

/**
 * Calls code of the user's, and throws once it has run for `ms` without a pause: `while (true) {}` would hold the engine, its
 * Ctrl+C and its timers. Costs a fifth of a millisecond. Blocks of `finally` in the code that is interrupted do not run.
 */
export function boundedCall<T>(call: () => T, ms: number): T {
  script ??= new Script(`globalThis[Symbol.for(${JSON.stringify(SLOT.description)})]()`);
  const before = slots[SLOT];
  slots[SLOT] = call;
  try {
    return script.runInThisContext({ timeout: ms }) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException | null)?.code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw error;
    throw new Error(`it was still running after ${ms / 1_000} s: a loop in it never ends`, { cause: error });
  } finally {
    if (before === undefined) delete slots[SLOT];
    else slots[SLOT] = before;
  }
}

/**
 * The same for what goes on after a pause. Nothing can unwind that, so when this thread does not respond for `ms`, another one
 * makes it print `words()` and exit with `code`. Costs a thread. Returns what ends the watch.
 */
export function watchThisThread(ms: number, code: number, words: () => string): () => void {
  slots[STUCK] = () => {
    writeSync(2, words());
    // node would print that its debugger, the other thread, is still there
    closeSync(2);
    exit(code);
  };
  const watchdog = new Worker(WATCHDOG, { eval: true, env: {}, execArgv: [], workerData: ms });
  watchdog.unref();
  // without it nothing is watched, as before
  watchdog.on("error", () => {});
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  const alive = setInterval(() => watchdog.postMessage("alive"), SIGN_MS);
  alive.unref();
  return () => {
    clearInterval(alive);
    void watchdog.terminate();
  };
}

/** The real one: while code of the user's runs, `process.exit` throws. */
const exit = process.exit.bind(process);

const STUCK = Symbol.for("devpm.stuck");
const SIGN_MS = 500;

/** Through the inspector, which interrupts JavaScript that runs. */
const WATCHDOG = `
const { parentPort, workerData } = require("node:worker_threads");
const { Session } = require("node:inspector");
const interrupt = () => {
  const session = new Session();
  session.connectToMainThread();
  session.post("Runtime.evaluate", { expression: "globalThis[Symbol.for('${STUCK.description}')]()" });
};
let timer = setTimeout(interrupt, workerData);
parentPort.on("message", () => {
  clearTimeout(timer);
  timer = setTimeout(interrupt, workerData);
});
`;
