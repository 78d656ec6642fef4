import { closeSync, openSync, readSync } from "node:fs";

/** Reused by every read: a scan of hundreds of processes allocates next to nothing. Grown for huge environments. */
let page = Buffer.allocUnsafe(256 * 1024);

/** A view that is valid until the next call; null where the file is gone or forbidden. */
export function slurp(file: string): Buffer | null {
  let fd: number;
  try {
    fd = openSync(file, "r");
  } catch {
    return null;
  }
  try {
    let length = 0;
    for (;;) {
      if (length === page.length) page = Buffer.concat([page], page.length * 2);
      const got = readSync(fd, page, length, page.length - length, null);
      if (got === 0) return page.subarray(0, length);
      length += got;
    }
  } catch {
    return null;
  } finally {
    closeSync(fd);
  }
}
