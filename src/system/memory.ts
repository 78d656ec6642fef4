import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What the collections are told. Not on the command line: `devpm dev` is started by the user's own node. */
const MEANWHILE = [
  // else a collection has V8 look every eight seconds, and collect twice more once little is allocated
  "no-memory-reducer",
  // what those would do too: more of the pages that are half empty are emptied
  "optimize-for-size",
  // what was compiled goes, too; what is called again is compiled again, once
  "stress-flush-code",
  "flush-baseline-code",
];

/**
 * Collects what is garbage, and gives its pages back to the machine: about 15 ms. V8 by itself does it a hundred seconds after
 * there was less to do. Twice: the memory of a buffer is freed beside the first collection, and counted as free by the second.
 */
export function releaseMemory(): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  setFlagsFromString("--no-expose-gc");
  for (const flag of MEANWHILE) setFlagsFromString(`--${flag}`);
  collect();
  collect();
  for (const flag of MEANWHILE) setFlagsFromString(`--${opposite(flag)}`);
}

const opposite = (flag: string): string => (flag.startsWith("no-") ? flag.slice("no-".length) : `no-${flag}`);
