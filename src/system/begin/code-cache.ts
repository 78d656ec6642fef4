import { accessSync, constants, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { crc32 } from "node:zlib";
import { readBytes } from "./read-file.ts";

/*
 * A file that a code cache, V8's bytecode, is kept in: whole, or not there. V8 does not look at the content: a file with a
 * hole, as a power cut leaves one, would be a crash at each start. So it begins with its checksum. Not by node:crypto, which
 * takes 2 ms longer to load, before PM2's daemon and the shim are started.
 */

/** Of the checksum and the length, with which the file begins. V8 copies bytecode that does not begin at a multiple of 8. */
const SEAL_BYTES = 8;
/** As the bundle has: with a lax umask others could write to it, though not to the program. */
const MODE = 0o644;

function sealOf(bytes: Buffer): Buffer {
  const seal = Buffer.alloc(SEAL_BYTES);
  seal.writeUInt32LE(crc32(bytes));
  seal.writeUInt32LE(bytes.length, SEAL_BYTES / 2);
  return seal;
}

/** What was written; undefined where there is none, or not all of it. */
export function readKept(file: string): Buffer | undefined {
  try {
    const all = readBytes(file);
    const bytes = all.subarray(SEAL_BYTES);
    return sealOf(bytes).equals(all.subarray(0, SEAL_BYTES)) ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/** `make` is only called where the folder can be written. */
export function writeKept(file: string, make: () => Buffer): void {
  const beside = `${file}.${process.pid}`;
  try {
    accessSync(path.dirname(file), constants.W_OK);
    removeAbandoned(file);
    const bytes = make();
    writeFileSync(beside, Buffer.concat([sealOf(bytes), bytes]), { mode: MODE });
    renameSync(beside, file);
  } catch {
    rmSync(beside, { force: true }); // a folder of another user's, a full disk: it is compiled each time
  }
}

/** What a process was writing beside such files when it was killed. */
function removeAbandoned(file: string): void {
  const [folder, ending] = [path.dirname(file), path.extname(file)];
  for (const name of readdirSync(folder)) {
    const { name: of, ext: pid } = path.parse(name);
    if (of.endsWith(ending) && /^\.\d+$/.test(pid) && !isAlive(Number(pid.slice(1))))
      rmSync(path.join(folder, name), { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
