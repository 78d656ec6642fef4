import { closeSync, existsSync, fstatSync, ftruncateSync, openSync, writeFileSync, writeSync } from "node:fs";

/**
 * Saves a file in place, as most editors do, but at no moment is it empty: `writeFileSync` truncates first, and a test process that
 * has to wait between its two steps makes an app read nothing. A longer file ends with newlines until it is cut.
 */
export function save(file: string, text: string): void {
  if (!existsSync(file)) return writeFileSync(file, text);
  const descriptor = openSync(file, "r+");
  try {
    const content = Buffer.from(text);
    const before = fstatSync(descriptor).size;
    const rest = Buffer.alloc(Math.max(0, before - content.length), "\n");
    writeSync(descriptor, Buffer.concat([content, rest]), 0, content.length + rest.length, 0);
    if (rest.length > 0) ftruncateSync(descriptor, content.length);
  } finally {
    closeSync(descriptor);
  }
}
