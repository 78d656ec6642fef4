import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { DAEMON_SILENT } from "../../diagnostics/daemon-silent.ts";
import { RELAY_SOCKET } from "../../model/relay.ts";
import { loadTogether } from "./packages.ts";
import { afterReading } from "../reading.ts";
import { silenceDebug } from "./replace-module.ts";
import { readRelay, type Pm2Reader, type RelayStream } from "./pm2-relay.ts";
import { monotonic } from "../monotonic.ts";

/** The PM2 daemon of one session, as devpm uses it. Every call has a deadline: a stopped daemon answers nothing, ever. */
export interface Pm2 {
  /** Connects to the running daemon at `home`; never starts one. */
  connect(home: string, deadlineMs: number): Promise<Pm2Client>;
  /** The version of the installed library, and so of every daemon that is started with it. */
  version(): string;
}

export interface Pm2Client {
  /** PM2's version as the daemon reports it. */
  version(): Promise<string>;
  start(app: Pm2App): Promise<Pm2Process>;
  list(): Promise<Pm2Process[]>;
  /** Ends its process, which may take its whole grace, and starts it again. */
  restart(id: number, deadlineMs: number): Promise<void>;
  /** Stops the watch, ends the process tree and forgets the app. By id only: PM2's names cross namespaces. */
  remove(id: number, deadlineMs: number): Promise<void>;
  /** To the standard input of its process. Not of PM2's cluster. */
  write(id: number, text: string): Promise<void>;
  /** Output and events come in the order in which they happened, and none before `read`. */
  read(reader: Pm2Reader): void;
  /** Resolves when everything has been read that a daemon which is gone by now had sent. */
  close(): Promise<void>;
}

/** The options of PM2 that devpm sets itself; others are passed through. */
export interface Pm2App {
  name: string;
  namespace: string;
  script: string;
  args: string[];
  interpreter: string;
  cwd: string;
  env: Record<string, string>;
  [option: string]: unknown;
}

export interface Pm2Process {
  id: number;
  name: string;
  namespace: string;
  pid: number | null;
  status: "online" | "launching" | "stopping" | "stopped" | "errored" | "waiting restart";
  restarts: number;
  /** Wall-clock ms at which the present process was started: distinguishes an app's successive processes. */
  startedAt: number;
}

/** It answers one call after the other, and starts many apps at once on a busy machine. */
const DEADLINE_MS = 15_000;

export const pm2: Pm2 = {
  version: () => (createRequire(import.meta.filename)("pm2/package.json") as { version: string }).version,
  async connect(home, deadlineMs) {
    const { Socket, Client } = loadTogether("pm2-client", library);
    const file = path.join(home, "rpc.sock");
    await bound(file, deadlineMs);
    const socket = new Socket();
    const remote = new Client(socket);
    try {
      await within(deadlineMs, "connect", (done) => connected(socket, file, done));
      // in this order: the daemon serves its own sockets after the relay
      const relay = await readRelay(path.join(home, RELAY_SOCKET));
      return client(remote, socket, relay);
    } catch (error) {
      // it would go on trying
      socket.close();
      throw error;
    }
  },
};

/**
 * PM2's own calls of its daemon. Its client, around them, takes 10 ms more to load, waits 4 ms once it is connected, and starts a
 * daemon without a guardian where there is none; an app's options the daemon reads itself (src/pm2/patch-prepare.ts).
 */
function library(): Library {
  const require = createRequire(import.meta.filename);
  silenceDebug(createRequire(require.resolve("pm2/package.json")));
  return {
    // not the packages around them, which load the other seven kinds of sockets, and the server of calls
    Socket: require("pm2/modules/pm2-axon/lib/sockets/req.js") as Library["Socket"],
    Client: require("pm2/modules/pm2-axon-rpc/lib/client.js") as Library["Client"],
  };
}

function connected(socket: AxonSocket, file: string, done: Done<undefined>): void {
  socket.set("retry timeout", LOOK_AGAIN_MS);
  socket.once("connect", () => done(null, undefined));
  socket.once("error", (error) => done(error, undefined));
  socket.connect(file);
}

function client(remote: RemoteClient, socket: AxonSocket, relay: RelayStream): Pm2Client {
  const call = <T>(ms: number, what: string, method: string, argument: unknown): Promise<T> =>
    within<T>(ms, what, (done) => remote.call(method, argument, done));
  return {
    version: () => call(DEADLINE_MS, "getVersion", "getVersion", {}),
    async start(app) {
      const [started] = await call<RawProcess[]>(DEADLINE_MS, `start ${app.name}`, "prepare", app);
      if (!started) throw new Error(`PM2 started nothing for ${app.name}`);
      return processOf(started);
    },
    list: async () => (await call<RawProcess[]>(DEADLINE_MS, "list", "getMonitorData", {})).map(processOf),
    restart: (id, deadlineMs) => call(deadlineMs, `restart ${id}`, "restartProcessId", { id, env: {} }),
    remove(id, deadlineMs) {
      // first, and without an answer: a watch would restart what is being ended
      remote.call("stopWatch", "deleteProcessId", id, () => {});
      return call(deadlineMs, `delete ${id}`, "deleteProcessId", id);
    },
    write: (id, text) => call(DEADLINE_MS, `write ${id}`, "sendLineToStdin", { pm_id: id, line: text }),
    read: relay.read,
    async close() {
      socket.close();
      await relay.close();
    },
  };
}

const LOOK_AGAIN_MS = 2;

/** The daemon listens next: what refuses a connection until then is tried again by PM2's socket itself. */
async function bound(socket: string, ms: number): Promise<void> {
  const deadline = monotonic() + ms;
  while (!existsSync(socket)) {
    if (monotonic() > deadline) {
      const error = new Error(`PM2's daemon did not come up within ${ms} ms`);
      throw Object.assign(error, { code: DAEMON_SILENT, path: path.join(path.dirname(socket), "pm2.log") });
    }
    await delay(LOOK_AGAIN_MS);
  }
}

type Done<T> = (error: unknown, value: T) => void;

function within<T>(ms: number, what: string, call: (done: Done<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = (): void => reject(new Error(`PM2 did not answer ${what} within ${ms} ms`));
    const timer = setTimeout(() => afterReading(late), ms);
    call((error, value) => {
      clearTimeout(timer);
      if (error) reject(asError(error, what));
      else resolve(value);
    });
  });
}

/** PM2 rejects with errors, arrays of errors, strings and objects. */
function asError(raw: unknown, what: string): Error {
  const first: unknown = Array.isArray(raw) ? raw[0] : raw;
  if (first instanceof Error) return first;
  const message = (first as { message?: unknown } | null)?.message ?? first;
  return new Error(`PM2 ${what}: ${typeof message === "string" ? message : JSON.stringify(message)}`);
}

function processOf(raw: RawProcess): Pm2Process {
  const settings = raw.pm2_env;
  return {
    id: settings.pm_id,
    name: settings.name,
    namespace: settings.namespace,
    pid: raw.pid ?? raw.process?.pid ?? null,
    status: settings.status,
    restarts: settings.restart_time,
    startedAt: settings.pm_uptime,
  };
}

/** The parts of PM2 that are used here; they are no part of its own types. */
interface Library {
  Socket: new () => AxonSocket;
  Client: new (socket: AxonSocket) => RemoteClient;
}

interface AxonSocket {
  once(event: "connect" | "error", listener: (error: Error) => void): void;
  connect(file: string): void;
  set(setting: "retry timeout", ms: number): void;
  close(): void;
}

interface RemoteClient {
  /** A method, its arguments, and what takes the answer. */
  call(method: string, ...argumentsAndDone: unknown[]): void;
}

interface RawProcess {
  pid?: number;
  process?: { pid?: number };
  pm2_env: {
    pm_id: number;
    name: string;
    namespace: string;
    status: Pm2Process["status"];
    restart_time: number;
    pm_uptime: number;
  };
}
