// One hash of the content of files and folders. Content, not times: a git checkout changes times and nothing else.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, statSync } from "node:fs";
import path from "node:path";

export function fingerprint(root, names) {
  const hash = createHash("sha256");
  for (const name of names) {
    for (const file of filesOf(path.join(root, name))) {
      hash.update(path.relative(root, file)).update("\0").update(readFileSync(file)).update("\0");
    }
  }
  return hash.digest("hex");
}

function filesOf(file) {
  if (statSync(file).isFile()) return [file];
  return readdirSync(file, { withFileTypes: true })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .filter((entry) => entry.name !== "__pycache__")
    .flatMap((entry) => filesOf(path.join(file, entry.name)));
}
