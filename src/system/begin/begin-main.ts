/**
 * What every process of the command line runs first, before any of its own code is read (dist/lib/begin.cjs, from bin/devpm.js):
 * one file, for Node takes a third of a millisecond to load each.
 */
export { beginSession } from "./early.ts";
export { opened, run } from "./run-bundle.ts";
export { unloadAfter } from "./unload.ts";
