// A file that a code cache, V8's bytecode, is kept in: whole, or not there. V8 does not look at the content: a file with a
// hole, as a power cut leaves one, would be a crash at each start. So it begins with its checksum. Not by node:crypto, which
// takes 2 ms longer to load, before PM2's daemon and the shim are started.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { crc32 } = require("node:zlib");
const { readBytes } = require("./read-file.js");

/** Of the checksum and the length, with which the file begins. V8 copies bytecode that does not begin at a multiple of 8. */
const SEAL_BYTES = 8;
/** As the bundle has: with a lax umask others could write to it, though not to the program. */
const MODE = 0o644;

function sealOf(bytes) {
  const seal = Buffer.alloc(SEAL_BYTES);
  seal.writeUInt32LE(crc32(bytes));
  seal.writeUInt32LE(bytes.length, SEAL_BYTES / 2);
  return seal;
}

/** What was written; undefined where there is none, or not all of it. */
exports.read = function read(file) {
  try {
    const all = readBytes(file);
    const bytes = all.subarray(SEAL_BYTES);
    return sealOf(bytes).equals(all.subarray(0, SEAL_BYTES)) ? bytes : undefined;
  } catch {
    return undefined;
  }
};

/** `make` is only called where the folder can be written. */
exports.write = function write(file, make) {
  const beside = `${file}.${process.pid}`;
  try {
    fs.accessSync(path.dirname(file), fs.constants.W_OK);
    removeAbandoned(file);
    const bytes = make();
    fs.writeFileSync(beside, Buffer.concat([sealOf(bytes), bytes]), { mode: MODE });
    fs.renameSync(beside, file);
  } catch {
    fs.rmSync(beside, { force: true }); // a folder of another user's, a full disk: it is compiled each time
  }
};

/** What a process was writing beside such files when it was killed. */
function removeAbandoned(file) {
  const [folder, ending] = [path.dirname(file), path.extname(file)];
  for (const name of fs.readdirSync(folder)) {
    const { name: of, ext: pid } = path.parse(name);
    if (of.endsWith(ending) && /^\.\d+$/.test(pid) && !isAlive(Number(pid.slice(1))))
      fs.rmSync(path.join(folder, name), { force: true });
  }
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === "EPERM";
  }
}
