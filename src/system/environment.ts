import os from "node:os";
import path from "node:path";
import { agent } from "std-env";
import { ownAmong } from "../model/own-variables.ts";
import { filesBehind } from "./files/files-behind.ts";

/** Who and where we are. `shell` is the user's whole environment as it was when devpm started. */
export interface Environment {
  readonly shell: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly home: string;
  readonly uid: number;
  readonly user: string;
  readonly platform: NodeJS.Platform;
  readonly pid: number;
  readonly node: string;
  /** Files that our stdout and stderr are redirected to. */
  readonly outputs?: readonly string[];
  /** This machine's own name; what is kept on another one says whose it is. */
  readonly machine?: string;
  /** The coding agent that started devpm, by what it leaves in the environment: `claude`, `cursor` …; absent for people. */
  readonly agent?: string;
}

/** What libraries inside this process may still read from process.env; nothing in it is a secret or a PM2 key. */
const KEPT =
  /^(PATH|HOME|USER|LOGNAME|SHELL|TMPDIR|TERM|COLORTERM|TZ|LANG|LC_.*|NO_COLOR|FORCE_COLOR|XDG_RUNTIME_DIR|NODE_EXTRA_CA_CERTS|SSH_AUTH_SOCK)$/;

/**
 * Takes the user's environment out of process.env. PM2 lives in this process and reads (and hands on, and reports)
 * whatever it finds there: SECRET_KEY, or `namespace`, which would win over the config. Call it first, once.
 */
export function takeEnvironment(): Environment {
  const shell: Record<string, string> = {};
  const own = ownAmong(process.env);
  for (const [name, value] of Object.entries(process.env)) {
    if (value === undefined) continue;
    if (!own.has(name)) shell[name] = value;
    if (!KEPT.test(name)) delete process.env[name];
  }
  return {
    shell: Object.freeze(shell),
    cwd: process.cwd(),
    home: homeOf(shell),
    uid: process.getuid?.() ?? 0,
    user: userName(),
    platform: process.platform,
    pid: process.pid,
    node: process.execPath,
    outputs: filesBehind([1, 2], process.cwd()),
    machine: os.hostname(),
    // an app that devpm started has its name in DEVPM_APP (plan/variables.ts)
    ...(agent === undefined || agent === "devpm" ? {} : { agent }),
  };
}

/** $HOME may be empty or relative; what is kept below it must not lie wherever devpm was called. */
function homeOf({ HOME = "" }: Readonly<Record<string, string>>): string {
  if (path.isAbsolute(HOME)) return HOME;
  try {
    return os.userInfo().homedir;
  } catch {
    return "/"; // as container runtimes have it for a uid without a name
  }
}

/** In a container run under an arbitrary uid the user has no name. */
function userName(): string {
  try {
    return os.userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 0}`;
  }
}
