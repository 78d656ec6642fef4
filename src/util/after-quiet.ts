import { abortsWith } from "./abort.ts";

interface Sleeps {
  sleep(ms: number, signal?: AbortSignal): Promise<unknown>;
}

/** Calls `run` so long after the last call of what is returned, until `over`: an editor saves in several steps, a checkout in many. */
export function afterQuiet(clock: Sleeps, ms: number, over: AbortSignal, run: () => void): () => void {
  let resting = new AbortController();
  return () => {
    resting.abort();
    resting = abortsWith(over);
    const { signal } = resting;
    void clock.sleep(ms, signal).then(() => {
      if (!signal.aborted) run();
    });
  };
}
