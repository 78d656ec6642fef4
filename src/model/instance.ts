import { createHash } from "node:crypto";
import path from "node:path";

/** The paths of one project instance. It has one session at a time; its logs outlive the session. */
export interface Instance {
  /** `market-1f2e3d4c`: readable, and unique per real path of the project's folder. */
  id: string;
  root: string;
  folder: string;
  /** The current owner of this instance (session/store/lock.ts); absent when no session runs or ran. */
  sessionFile: string;
  logs: string;
  /** A folder per session, removed with it: a 0600 environment file per app, which PM2's own process must never see. */
  env: string;
  /** The inputs of the last run of each run-once step. */
  setup: string;
  cache: string;
}

/** The PM2 namespace of its sessions' apps. */
export const namespaceOf = ({ id }: Pick<Instance, "id">): string => `devpm-${id}`;

/** Where the platform and the user store state; part of the system's `Environment`. */
interface Surroundings {
  readonly shell: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly home: string;
  readonly platform: string;
  readonly uid: number;
}

/** devpm's state folder: $DEVPM_HOME, else the platform's state folder. */
export function stateFolder(environment: Surroundings): string {
  const { shell, home, platform } = environment;
  if (shell.DEVPM_HOME) return path.resolve(environment.cwd, shell.DEVPM_HOME);
  if (platform === "darwin") return path.join(home, "Library/Application Support/devpm");
  const { XDG_STATE_HOME = "" } = shell;
  // the specification has a relative one ignored
  return path.join(path.isAbsolute(XDG_STATE_HOME) ? XDG_STATE_HOME : path.join(home, ".local/state"), "devpm");
}

/**
 * Where this user's sessions claim ports, whatever state folder they have. A fixed path: not each of a user's shells has the same
 * XDG_RUNTIME_DIR or TMPDIR.
 */
export const claimRegister = ({ uid }: Pick<Surroundings, "uid">): string => `/tmp/devpm-ports-${uid}`;

/** The folder of a session's sockets. Recorded in its session file, where every command reads it. */
export interface Sockets {
  pm2Home: string;
  socket: string;
}

/** sockaddr_un holds 104 (macOS) or 108 bytes; PM2 hangs instead of failing when a path is longer. */
const SOCKET_PATH_BYTES = 100;

/** null: the paths in this folder would be too long for a socket. */
export function socketsIn(folder: string): Sockets | null {
  const pm2Home = path.join(folder, "pm2");
  if (Buffer.byteLength(path.join(pm2Home, "interactor.sock")) > SOCKET_PATH_BYTES) return null;
  return { pm2Home, socket: path.join(folder, "engine.sock") };
}

/** The prefix of a session's separate folder for its sockets; `mkdtemp` adds the rest. */
export const SOCKET_FOLDER = "devpm-";

/** The folder that a session created only for its sockets, and removes; null where they are in the state folder. */
export function socketFolder({ pm2Home, socket }: Sockets): string | null {
  const folder = path.dirname(socket);
  const made = /^devpm-[A-Za-z0-9]{6}$/.test(path.basename(folder));
  return made && pm2Home === path.join(folder, "pm2") && path.basename(socket) === "engine.sock" ? folder : null;
}

/** The names that `instanceOf` creates. */
export const isInstanceName = (name: string): boolean => /^([a-z0-9-]+-)?[0-9a-f]{8}$/.test(name);

export function instanceOf(root: string, environment: Surroundings): Instance {
  const hash = createHash("sha256").update(root).digest("hex").slice(0, 8);
  const label = path
    .basename(root)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 16);
  const id = label ? `${label}-${hash}` : hash;
  const folder = path.join(stateFolder(environment), id);
  return {
    id,
    root,
    folder,
    sessionFile: path.join(folder, "session.json"),
    logs: path.join(folder, "logs"),
    env: path.join(folder, "env"),
    setup: path.join(folder, "setup"),
    cache: path.join(folder, "cache"),
  };
}
