import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * What the collections are told. Not on the command line: `devpm dev` is started by the user's own node. Each thread of the
 * process sees it, in the middle of a collection of its own: nothing that this may not change (docs/notes/processes.md, "Memory").
 */
const MEANWHILE = [
  // that V8 does not follow it up with two more, which it does all the same in some versions (session/release-memory.ts)
  "no-memory-reducer",
  // what those would do too: more of the pages that are half empty are emptied
  "optimize-for-size",
];

/**
 * From V8 12 on: as often as it brings something, and pages that V8 keeps for new objects go too. They would hold 20 MB after
 * a start.
 */
const IN_FULL = { type: "major", execution: "sync", flavor: "last-resort" };
const KNOWS_FLAVORS = Number.parseInt(process.versions.v8, 10) >= 12;

/**
 * Collects what is garbage, and gives its pages back to the machine: about 15 ms. V8 by itself does it a hundred seconds after
 * there was less to do.
 */
export function releaseMemory(): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as (options?: typeof IN_FULL) => void;
  setFlagsFromString("--no-expose-gc");
  for (const flag of MEANWHILE) setFlagsFromString(`--${flag}`);
  if (KNOWS_FLAVORS) collect(IN_FULL);
  else {
    // the memory of a buffer is freed beside the first, and counted as free by the second
    collect();
    collect();
  }
  for (const flag of MEANWHILE) setFlagsFromString(`--${opposite(flag)}`);
}

const opposite = (flag: string): string => (flag.startsWith("no-") ? flag.slice("no-".length) : `no-${flag}`);
