import type { System } from "../system/system.ts";
import type { EventStream } from "./stream.ts";

/** Nothing waits for an answer then, and the bytecode of a first start has been written (bin/compiled.js). */
const REST_MS = 6_000;

/** A start takes twice the memory that a session needs: it is given back once that is ready. */
export function releaseAfterStart(
  { clock, releaseMemory }: Pick<System, "clock" | "releaseMemory">,
  stream: EventStream,
  stopping: AbortSignal,
): void {
  const forget = stream.subscribe(({ event }) => {
    if (event !== "session.ready") return;
    forget();
    void clock.sleep(REST_MS, stopping).then(() => {
      if (!stopping.aborted) releaseMemory();
    });
  });
}
