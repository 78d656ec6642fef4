// A package that is needed once, and is larger than what it is needed for: nothing of it stays when what it gave is gone.
"use strict";

/** As `require`, but Node keeps none of the files that were loaded for it: the next call loads them again. */
exports.requirePassing = function requirePassing(require, name) {
  const before = new Set(Object.keys(require.cache));
  try {
    return require(name);
  } finally {
    for (const file of Object.keys(require.cache)) if (!before.has(file)) forget(require.cache, file);
  }
};

/** Who required it names it too. */
function forget(cache, file) {
  const module = cache[file];
  const siblings = module.parent?.children ?? [];
  if (siblings.includes(module)) siblings.splice(siblings.indexOf(module), 1);
  delete cache[file];
}
