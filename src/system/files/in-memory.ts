import { statfs } from "node:fs/promises";
import path from "node:path";

/** Linux's number of the file system in memory. */
const TMPFS = 0x01021994;

/** What is written there is none of the bytes that the kernel counts as written to a disk. */
export const isInMemory = (file: string): Promise<boolean> =>
  statfs(path.dirname(file)).then(
    ({ type }) => type === TMPFS,
    () => false,
  );
