/**
 * The private PM2 daemon, as a program of its own. It is PM2's own daemon with three habits mended that nobody could
 * build trust on; the guardian starts it, with an environment that holds nothing of the user's shell but PATH and HOME.
 */
import childProcess from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

mendOutput();
mendTreeKill();
const Daemon = require("pm2/lib/Daemon.js") as new () => { innerStart(): void };
const { version } = require("pm2/package.json") as { version: string };
process.title = `PM2 v${version}: God Daemon (${process.env.PM2_HOME})`;
// innerStart, not start: PM2's start answers an error of its own by spawning `pm2 update`, outside of our ownership.
// A daemon that throws ends here, and the engine says so.
new Daemon().innerStart();

/** PM2 turns each chunk into text by itself, which breaks a letter that two chunks share. */
function mendOutput(): void {
  const { spawn } = childProcess;
  childProcess.spawn = ((...args: Parameters<typeof spawn>) => {
    const child = spawn(...args);
    child.stdout?.setEncoding("utf8");
    child.stderr?.setEncoding("utf8");
    return child;
  }) as typeof spawn;
}

/**
 * PM2 asks `ps` for the tree before each signal: 20 ms of every restart, and nothing is ended where there is no ps.
 * On Linux the kernel's own list of children and the app's process group say the same at once.
 */
function mendTreeKill(): void {
  if (process.platform !== "linux") return;
  const file = require.resolve("pm2/lib/TreeKill.js");
  require(file);
  require.cache[file]!.exports = (
    root: number,
    signal: NodeJS.Signals,
    done: (error: Error | null, ended: number[]) => void,
  ): void => {
    const tree = descendants(root);
    // every app is started as the leader of its own group; deepest first, so that no parent outlives to respawn
    for (const pid of [...tree.toReversed(), -root, root]) {
      try {
        process.kill(pid, signal);
      } catch {
        // gone already
      }
    }
    done(null, [root, ...tree]);
  };
}

function descendants(root: number): number[] {
  const found: number[] = [];
  for (let next: number | undefined = root, i = 0; next !== undefined; next = found[i++]) {
    try {
      const children = readFileSync(`/proc/${next}/task/${next}/children`, "utf8");
      found.push(...children.split(" ").filter(Boolean).map(Number));
    } catch {
      // gone already
    }
  }
  return found;
}
