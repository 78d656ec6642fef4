import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";

const PS_MS = 1_000;

/**
 * Whether this process's job is the terminal's foreground one: another that reads it, or changes its settings, is stopped by
 * the kernel, a whole session too. null: unknown.
 */
export function isForeground(): boolean | null {
  const { group, foreground } = ownGroups();
  return group === undefined || foreground === undefined ? null : group === foreground;
}

/** The whole job, as for the terminal's driver when nothing reads single keys. */
export const JOB = 0;

/**
 * Gives the terminal to the shell that waits for this job, which goes on in the background: what Ctrl+Z and `bg` do. false: no
 * shell was there to take it.
 */
export async function toBackground(): Promise<boolean> {
  const { group, session } = ownGroups();
  // what the terminal runs instead of a shell (a tab's own command) is waited for by nothing
  if (group === undefined || group === session) return false;
  // a stopped process cannot continue itself
  const waker = spawn("/bin/sh", ["-c", WAKE, "sh", String(process.pid)], {
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
  });
  let output = "";
  waker.stdout.on("data", (data: Buffer) => (output += data.toString()));
  try {
    await once(waker, "spawn");
  } catch {
    return false;
  }
  // listened for before: on a busy machine the waker's end is reported before this process sees that it was continued
  const continued = new Promise((resolve) => process.once("SIGCONT", resolve));
  const closed = new Promise((resolve) => waker.once("close", resolve));
  process.kill(JOB, "SIGSTOP");
  await continued;
  // it may be `fg` that continued it, typed before the waker has looked
  waker.kill();
  await closed;
  return output === "";
}

/** Continues the job of process $1 once it is stopped and another one has the terminal; after three seconds without, and says so. */
const WAKE = `
job() {
  if [ -r "/proc/$1/stat" ]; then
    IFS= read -r stat <"/proc/$1/stat"
    set -- \${stat##*) }
    echo "$1 $3 $6"
  else
    ps -o stat= -o pgid= -o tpgid= -p "$1"
  fi
}
tries=60
while [ "$tries" -gt 0 ]; do
  set -- "$1" $(job "$1")
  [ "$#" -eq 4 ] || exit
  case $2 in T*) [ "$3" = "$4" ] || break ;; esac
  tries=$((tries - 1))
  sleep 0.05
done
[ "$tries" -gt 0 ] || echo alone
kill -s CONT -- "-$3"
`;

interface Groups {
  /** The process group. */
  group?: string | undefined;
  /** Its session; on Linux only. */
  session?: string | undefined;
  /** The process group that the terminal has in front. */
  foreground?: string | undefined;
}

const ownGroups = (): Groups => (process.platform === "linux" ? groupsInProc() : groupsByPs());

function groupsInProc(): Groups {
  try {
    const stat = readFileSync("/proc/self/stat", "latin1");
    const [, , group, session, , foreground] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { group, session, foreground };
  } catch {
    return {};
  }
}

function groupsByPs(): Groups {
  const ids = ["-o", "pgid=", "-o", "tpgid=", "-p", String(process.pid)];
  const { status, stdout } = spawnSync("/bin/ps", ids, { encoding: "utf8", timeout: PS_MS });
  const [group, foreground] = status === 0 ? stdout.trim().split(/\s+/) : [];
  return { group, foreground };
}
