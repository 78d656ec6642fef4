// Unloads a package that is needed once, and is larger than what it is needed for: nothing of it stays when what it gave is
// gone.
"use strict";

/**
 * Calls `run`, and lets go of what was loaded meanwhile: the next call loads it again. `isPart`: which files are the package's,
 * where `run` runs code of the user's too: what that loads, and puts into the global object, stays.
 */
exports.unloadAfter = function unloadAfter({ cache }, run, isPart) {
  const before = { ...cache };
  const globals = new Set(Object.keys(globalThis));
  const isOfPackage = isPart ?? (() => true);
  try {
    return run();
  } finally {
    const loaded = Object.keys(cache).filter((file) => cache[file] !== before[file]);
    const gone = new Set();
    for (const file of loaded) if (isOfPackage(file)) forget(cache, file, gone);
    for (const file of loaded) if (gone.has(cache[file]?.parent)) cache[file].parent = undefined;
    // zod puts its settings there
    if (!isPart) for (const key of Object.keys(globalThis)) if (!globals.has(key)) delete globalThis[key];
    // tsx loads a part of itself a moment later
    queueMicrotask(() => {
      for (const file of Object.keys(cache))
        if (isOfPackage(file) && gone.has(cache[file]?.parent)) forget(cache, file, gone);
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
