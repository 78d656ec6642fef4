import fs from "node:fs";

/**
 * PM2's `chmod` of its sockets, patched: it happens at once. PM2 asks Node's thread pool for it, whose four threads are made for
 * that alone, just before the daemon takes the first app, and stay.
 */
export function patchSockets(): void {
  const chmod = (file: fs.PathLike, mode: fs.Mode, done: fs.NoParamCallback): void => {
    try {
      fs.chmodSync(file, mode);
      done(null);
    } catch (error) {
      done(error as NodeJS.ErrnoException);
    }
  };
  fs.chmod = chmod as typeof fs.chmod;
}
