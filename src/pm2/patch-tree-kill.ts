import { readFileSync, readlinkSync } from "node:fs";
import { isSpared } from "../model/protected-programs.ts";
import { endAdaptersAfter } from "../system/processes/debugger-adapters.ts";
import { childrenOf } from "../system/processes/linux-children.ts";

/**
 * PM2 asks `ps` for the tree before each signal: 20 ms of every restart, and nothing is ended where there is no ps.
 * On Linux the kernel's own list of children and the app's process group give the same immediately.
 */
export function patchTreeKill(require: NodeJS.Require): void {
  if (process.platform !== "linux") return;
  const file = require.resolve("pm2/lib/TreeKill.js");
  require(file);
  require.cache[file]!.exports = (
    root: number,
    signal: NodeJS.Signals,
    done: (error: Error | null, ended: number[]) => void,
  ): void => {
    endAdaptersAfter(root);
    const { tree, spared } = descendants(root);
    // every app is started as the leader of its own group; deepest first, so that no parent outlives to respawn
    for (const pid of [...tree.toReversed(), ...(spared ? [] : [-root]), root]) {
      try {
        process.kill(pid, signal);
      } catch {
        // gone already
      }
    }
    done(null, [root, ...tree]);
  };
}

/** A browser or editor that the app opened is the user's, and so is what runs below it: not part of the tree. */
function descendants(root: number): { tree: number[]; spared: boolean } {
  const tree: number[] = [];
  let spared = false;
  for (let next: number | undefined = root, i = 0; next !== undefined; next = tree[i++]) {
    for (const child of childrenOf(next)) {
      if (isUsers(child)) spared = true;
      else tree.push(child);
    }
  }
  return { tree, spared };
}

function isUsers(pid: number): boolean {
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
    return isSpared(readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, ""), command);
  } catch {
    return false;
  }
}
