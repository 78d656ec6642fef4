import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * Collects what is garbage, and gives its pages back to the machine: about 15 ms. V8 by itself does it a hundred seconds after
 * there was less to do. Twice: the memory of a buffer is freed beside the first collection, and counted as free by the second.
 */
export function releaseMemory(): void {
  // not a flag of the command line: `devpm dev` is started by the user's own node
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  setFlagsFromString("--no-expose-gc");
  // else a collection has V8 look every eight seconds, and collect twice more once little is allocated
  setFlagsFromString("--no-memory-reducer");
  // what those would do too: more of the pages that are half empty are emptied
  setFlagsFromString("--optimize-for-size");
  collect();
  collect();
  setFlagsFromString("--no-optimize-for-size");
  setFlagsFromString("--memory-reducer");
}
