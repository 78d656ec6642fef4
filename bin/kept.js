// A file that V8's bytecode is kept in: whole, or not there. V8 does not look at the content: a file with a hole, as a power
// cut leaves one, would be a crash at each start. So it begins with its digest.
"use strict";

const { createHash } = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");

/** Of the digest that the file begins with. */
const DIGEST_BYTES = 32;
/** As the bundle has: with a lax umask others could write to it, though not to the program. */
const MODE = 0o644;

const digestOf = (bytes) => createHash("sha256").update(bytes).digest();

/** What was written; undefined where there is none, or not all of it. */
exports.read = function read(file) {
  try {
    const all = fs.readFileSync(file);
    const bytes = all.subarray(DIGEST_BYTES);
    return digestOf(bytes).equals(all.subarray(0, DIGEST_BYTES)) ? bytes : undefined;
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
    fs.writeFileSync(beside, Buffer.concat([digestOf(bytes), bytes]), { mode: MODE });
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
