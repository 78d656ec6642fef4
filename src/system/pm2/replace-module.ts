import Module from "node:module";

/** What `require` gives for that name from now on; one that is loaded, or not installed, stays as it is. `exportsOf` has its file. */
export function replaceModule(require: NodeJS.Require, name: string, exportsOf: (file: string) => unknown): void {
  const file = resolved(require, name);
  if (file === null || require.cache[file]) return;
  const module = new Module(file);
  module.filename = file;
  module.loaded = true;
  module.exports = exportsOf(file);
  require.cache[file] = module;
}

/**
 * `debug` prints only where DEBUG is set, for whom it is no message of theirs. To be ready for it, it loads three packages, and has
 * Node make a stream of the standard error to learn whether that is a terminal.
 */
export function silenceDebug(require: NodeJS.Require): void {
  replaceModule(require, "debug", () => () => () => {});
}

function resolved(require: NodeJS.Require, name: string): string | null {
  try {
    return require.resolve(name);
  } catch {
    return null;
  }
}
