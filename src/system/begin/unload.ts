/*
 * Unloads a package that is needed once, and is larger than what it is needed for: nothing of it stays when what it gave is
 * gone.
 */

type Cache = NodeJS.Dict<NodeModule>;

/**
 * Calls `run`, and lets go of what was loaded meanwhile: the next call loads it again. `isPart`: which files are the package's,
 * where `run` runs code of the user's too: what that loads, and puts into the global object, stays.
 */
export function unloadAfter<T>({ cache }: { cache: Cache }, run: () => T, isPart?: (file: string) => boolean): T {
  const before = { ...cache };
  const globals = new Set(Object.keys(globalThis));
  const isOfPackage = isPart ?? (() => true);
  try {
    return run();
  } finally {
    const loaded = Object.keys(cache).filter((file) => cache[file] !== before[file]);
    const gone = new Set<NodeModule | null | undefined>();
    for (const file of loaded) if (isOfPackage(file)) forget(cache, file, gone);
    for (const file of loaded) if (gone.has(parentOf(cache[file]))) orphan(cache[file]);
    // zod puts its settings there
    if (!isPart)
      for (const key of Object.keys(globalThis)) if (!globals.has(key)) Reflect.deleteProperty(globalThis, key);
    // tsx loads a part of itself a moment later
    queueMicrotask(() => {
      for (const file of Object.keys(cache))
        if (isOfPackage(file) && gone.has(parentOf(cache[file]))) forget(cache, file, gone);
    });
  }
}

/** A module names those that it required, and the one that required it first. */
function forget(cache: Cache, file: string, gone: Set<NodeModule | null | undefined>): void {
  if (file.endsWith(".node")) return; // some of it can be loaded once in a process
  const module = cache[file];
  gone.add(module);
  const siblings = parentOf(module)?.children ?? [];
  if (module && siblings.includes(module)) siblings.splice(siblings.indexOf(module), 1);
  orphan(module);
  delete cache[file];
}

/** Node advises against it where it is asked who requires a file; here it is let go of. */
type WithParent = { parent?: NodeModule | null | undefined };

const parentOf = (module: WithParent | undefined): NodeModule | null | undefined => module?.parent;

function orphan(module: WithParent | undefined): void {
  if (module) module.parent = undefined;
}
