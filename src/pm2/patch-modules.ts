import { replaceModule } from "../system/pm2/replace-module.ts";

/**
 * What PM2's daemon loads at its start and needs later, or never: two thirds of what its boot takes. Node's `domain` has a say in
 * every event of the process from then on.
 */
export const DEFERRED = ["chokidar", "semver", "@pm2/pm2-version-check", "domain"] as const;

type Loaded = Record<PropertyKey, unknown>;

/**
 * Each of these modules is loaded when something of it is first used. `require` is that of the daemon's own folder, so
 * that the same files are meant; one that is not installed there is left to PM2's own error.
 */
export function patchModules(require: NodeJS.Require, names: readonly string[]): void {
  for (const name of names)
    replaceModule(require, name, (file) =>
      standIn(() => {
        delete require.cache[file];
        return require(file) as Loaded;
      }),
    );
}

/** An object of functions that becomes the real one at the first look at it. */
function standIn(load: () => Loaded): object {
  let real: Loaded | null = null;
  const get = (): Loaded => (real ??= load());
  return new Proxy(
    {},
    {
      get: (_, key) => Reflect.get(get(), key),
      set: (_, key, value) => Reflect.set(get(), key, value),
      has: (_, key) => Reflect.has(get(), key),
      ownKeys: () => Reflect.ownKeys(get()),
      getOwnPropertyDescriptor: (_, key) => {
        const found = Reflect.getOwnPropertyDescriptor(get(), key);
        // a proxy may not report what its empty target lacks as fixed
        return found && { ...found, configurable: true };
      },
    },
  );
}
