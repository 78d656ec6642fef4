// A package that is needed once, and is larger than what it is needed for: nothing of it stays when what it gave is gone.
"use strict";

/**
 * Calls `run`, and lets go of what was loaded meanwhile: the next call loads it again. `globals`: also of what it has put into
 * globalThis, as zod does its settings; a configuration may still need what it has put there.
 */
exports.pass = function pass({ cache }, run, { globals = false } = {}) {
  const files = new Set(Object.keys(cache));
  const before = new Set(Object.keys(globalThis));
  try {
    return run();
  } finally {
    const gone = new Set();
    for (const file of Object.keys(cache)) if (!files.has(file)) forget(cache, file, gone);
    if (globals) for (const key of Object.keys(globalThis)) if (!before.has(key)) delete globalThis[key];
    // tsx loads a part of itself a moment later
    queueMicrotask(() => {
      for (const file of Object.keys(cache)) if (gone.has(cache[file].parent)) forget(cache, file, gone);
    });
  }
};

/** A module names those that it required, and the one that required it first. */
function forget(cache, file, gone) {
  if (file.endsWith(".node")) return; // some of it can be loaded once in a process
  const module = cache[file];
  gone.add(module);
  const siblings = module.parent?.children ?? [];
  if (siblings.includes(module)) siblings.splice(siblings.indexOf(module), 1);
  module.parent = undefined;
  delete cache[file];
}
