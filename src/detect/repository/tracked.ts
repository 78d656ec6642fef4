import path from "node:path";
import type { Files } from "../../system/files/files.ts";

type Reads = Pick<Files, "readBytes" | "readText" | "kind">;

/** A larger index belongs to a repository whose files are too many to look at. */
const LARGEST = 32 * 1_048_576;
const ENTRIES_AT = 12;
/** Of an entry, before its name: times, sizes, the hash and the flags. */
const FIXED = 62;
const EXTENDED = 0x40;

/** Folders that hold files of git's index, relative to the root; none where there is no repository, or none that is understood. */
export async function trackedFolders(root: string, files: Reads): Promise<ReadonlySet<string>> {
  const found = await indexOf(root, files);
  const names = found ? namesIn(files.readBytes(found.index, LARGEST) ?? Buffer.alloc(0)) : [];
  const inside = found?.prefix ?? "";
  const folders = new Set<string>();
  for (const name of names) {
    if (!name.startsWith(inside)) continue;
    let folder = path.posix.dirname(name.slice(inside.length));
    while (folder !== "." && !folders.has(folder)) {
      folders.add(folder);
      folder = path.posix.dirname(folder);
    }
  }
  return folders;
}

/** The index of the repository that a folder is in, and the folder's place in it. */
async function indexOf(root: string, files: Reads): Promise<{ index: string; prefix: string } | null> {
  for (let at = root; ; at = path.dirname(at)) {
    const git = path.join(at, ".git");
    const kind = await files.kind(git).catch(() => null);
    const prefix = at === root ? "" : `${path.relative(at, root)}/`;
    if (kind === "folder") return { index: path.join(git, "index"), prefix };
    if (kind === "file") {
      const read = files.readText(git, 4_096);
      const pointer = "text" in read ? /^gitdir:\s*(.+?)\s*$/m.exec(read.text)?.[1] : undefined;
      return pointer === undefined ? null : { index: path.join(path.resolve(at, pointer), "index"), prefix };
    }
    if (at === path.dirname(at)) return null;
  }
}

/** The paths in an index of version 2, 3 or 4, as far as it can be read (gitformat-index). */
export function namesIn(index: Buffer): string[] {
  if (index.length < ENTRIES_AT || index.toString("latin1", 0, 4) !== "DIRC") return [];
  const version = index.readUInt32BE(4);
  const count = index.readUInt32BE(8);
  const names: string[] = [];
  if (version < 2 || version > 4) return names;
  let at = ENTRIES_AT;
  let bytes = "";
  for (let entry = 0; entry < count && at + FIXED < index.length; entry++) {
    const start = at;
    at += FIXED + ((index[at + FIXED - 2] ?? 0) & EXTENDED ? 2 : 0);
    let kept = "";
    if (version === 4) {
      const cut = lengthAt(index, at);
      at = cut.next;
      kept = bytes.slice(0, bytes.length - cut.value);
    }
    const end = index.indexOf(0, at);
    if (end === -1) return names;
    // bytes as they are: the next name is cut from it by bytes
    bytes = kept + index.toString("latin1", at, end);
    names.push(Buffer.from(bytes, "latin1").toString());
    // up to 8 bytes fill an entry up, unless names are cut
    at = version === 4 ? end + 1 : start + ((end - start + 8) & ~7);
  }
  return names;
}

/** Git's variable length: seven bits a byte, each further one counted once more. */
function lengthAt(index: Buffer, at: number): { value: number; next: number } {
  let next = at;
  let value = (index[next] ?? 0) & 0x7f;
  while ((index[next++] ?? 0) & 0x80) value = ((value + 1) << 7) | ((index[next] ?? 0) & 0x7f);
  return { value, next };
}
