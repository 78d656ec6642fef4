import { childrenOf } from "./linux-children.ts";
import { slurp } from "./linux-files.ts";

/** In this time the editor hears that the program has ended; the next one takes longer until it listens. */
const LEAVE_MS = 100;

/**
 * For PM2's daemon. debugpy listens in a process of its own, which leaves the app's group and is adopted by the daemon's parent. It goes
 * when the editor knows that the program has ended; but an editor that is back sooner keeps it for ever, and the app's next process
 * finds its port in use. To be called before the app's process `root` is ended, for its own are known by its session's mark.
 */
export function endAdaptersAfter(root: number): void {
  const marks = read(root, "environ").filter((entry) => /^DEVPM_(SESSION|APP)=/.test(entry));
  if (marks.length < 2) return;
  const own = (pid: number): boolean => isAdapter(pid) && marks.every((mark) => read(pid, "environ").includes(mark));
  const adapters = childrenOf(process.ppid).filter(own);
  if (adapters.length === 0) return;
  setTimeout(() => {
    for (const pid of adapters.filter(own)) end(pid);
  }, LEAVE_MS).unref();
}

function end(pid: number): void {
  try {
    process.kill(pid, "SIGTERM");
  } catch {
    // gone meanwhile
  }
}

const isAdapter = (pid: number): boolean => {
  const words = read(pid, "cmdline");
  return words.includes("--for-server") && words.some((word) => word.endsWith("debugpy/adapter"));
};

const read = (pid: number, file: "cmdline" | "environ"): string[] =>
  slurp(`/proc/${pid}/${file}`)?.toString("latin1").split("\0") ?? [];
