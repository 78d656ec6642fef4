import { test } from "vitest";
import { type Place, RUNS, inPlace } from "./rig.ts";

/** One fault a row: its name as docs/guarantees.md has it, and what happens in a place of its own. */
export type Rows = Readonly<Record<string, (place: Place) => Promise<void>>>;

/** Deadline of one run: it ends what hangs, it measures nothing. */
const RUN_MS = 180_000;

export function rows(table: Rows): void {
  for (const [name, act] of Object.entries(table)) {
    test.concurrent(name, { timeout: RUN_MS * RUNS }, async (ctx) => {
      for (let run = 0; run < RUNS; run++) await inPlace(ctx, run, act);
    });
  }
}
