import type { System } from "../system/system.ts";
import { abortsWith } from "../util/abort.ts";
import type { EventStream } from "./stream.ts";

/** Nothing waits for an answer then, and the bytecode of a first start has been written (system/begin/run-bundle.ts). */
const REST_MS = 6_000;

/**
 * V8 keeps the space for new objects, up to ten megabytes, where much was allocated since the collection before. After this long
 * a session that rests has allocated next to nothing. Later than the two collections by which V8 itself follows up the first one,
 * after 8.1 and 8.7 s: one before them would put them off.
 */
const AGAIN_MS = 9_600;

type Deps = Pick<System, "clock" | "releaseMemory">;

/** A start takes twice the memory that a session needs: it is given back once that is ready. */
export function releaseAfterStart(system: Deps, stream: EventStream, stopping: AbortSignal): void {
  const forget = stream.subscribe(({ event }) => {
    if (event !== "session.ready") return;
    forget();
    void releaseAtRest(system, stopping);
  });
}

/** What is to be called after each load of the configuration: tsx and its esbuild take as much as a start. */
export function releaseAfterLoads(system: Deps, stopping: AbortSignal): () => void {
  let last = abortsWith(stopping);
  return () => {
    last.abort();
    last = abortsWith(stopping);
    void releaseAtRest(system, last.signal);
  };
}

async function releaseAtRest({ clock, releaseMemory }: Deps, over: AbortSignal): Promise<void> {
  for (const ms of [REST_MS, AGAIN_MS]) {
    await clock.sleep(ms, over);
    if (over.aborted) return;
    releaseMemory();
  }
}
