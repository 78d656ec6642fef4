import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
} from "node:fs";
import { readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestContext } from "vitest";
import { REPOSITORY, builtDevpm } from "../rigs/devpm.ts";
import { cleanEnvironment } from "../rigs/environment.ts";
import { type Namespace, noNamespace, openNamespace } from "../rigs/namespace.ts";
import { type Seen, alive, guardsAmong, tree } from "../rigs/processes.ts";
import { type Ended, type Terminal, PYTHON, openShell, openTerminal } from "../rigs/terminal.ts";
import { DEADLINE_MS, until } from "../rigs/wait.ts";

/** How often each row is run: once here, three times in CI, twenty times in a soak (`npm run soak`). */
export const RUNS = Number(process.env.FAULT_RUNS ?? (process.env.CI === "true" ? 3 : 1));

export const PORTS = [5050, 5173];

type Apps = Record<string, object>;

/** The whole tree: plain, same group, own session, double fork, no environment, overwritten environment; and a web app. */
export const EVERY_SHAPE = ["group", "session", "double", "bare", "title"];

/** Command lines of what the whole tree consists of, besides devpm's own. */
const WHOLE_TREE = [/app\.py 5050/, /^sleep 4001/, /^sleep 4002/, /^sleep 4003/, /^sleep 4004/, /--be title/];

/** PM2's watches play no part in these rows. */
export const python = (...args: (string | number)[]): object => ({
  command: [PYTHON, "-S", path.join(import.meta.dirname, "app.py"), ...args.map(String)],
  reload: false,
  graceMs: 500,
});

export const backend = (...shapes: string[]): object => ({ ...python(5050, ...shapes), port: 5050 });

export const web = {
  command: [process.execPath, path.join(import.meta.dirname, "web.mjs"), "5173"],
  port: 5173,
  graceMs: 500,
};

/** A machine of its own with a project in it, and innocents that must live through whatever happens. */
export interface Place {
  namespace: Namespace;
  base: string;
  root: string;
  env: Record<string, string>;
  /** Which of the runs this is, from 0. */
  run: number;
  config(apps: Apps, more?: object): void;
  /** `devpm dev` as the foreground job of a terminal in there. */
  dev(...args: string[]): Promise<Terminal>;
  /** The same, once it is ready and `complete`. */
  ready(...args: string[]): Promise<Terminal>;
  /** Resolves when the session has written all about its start, and everything of the whole tree runs. */
  complete(): Promise<void>;
  terminal(command: readonly string[]): Promise<Terminal>;
  shell(): Promise<Terminal>;
  devpm(...args: string[]): Promise<Ended & { output: string }>;
  /** What lives in there and is neither innocent nor the rig's. */
  left(): Seen[];
  named(pattern: RegExp): Seen[];
  /** The one process of that command line, waited for. */
  one(pattern: RegExp): Promise<Seen>;
  parts(): Promise<Record<"shim" | "sentinel" | "daemon", Seen>>;
  alive(seen: Seen): boolean;
  /** Signals all of them in one stroke. */
  stroke(signal: NodeJS.Signals, ...targets: (Seen | number)[]): Promise<void>;
  /** At this very moment: no process but `spared`, no port, no harmed innocent. */
  clean(spared?: readonly Seen[]): void;
  /** The same, waited for: where nobody is there who could say that the teardown is over. */
  becomesClean(spared?: readonly Seen[], deadlineMs?: number): Promise<void>;
}

const unable = noNamespace();

/** One run of a row: a place of its own, ended with the run. */
export async function inPlace(ctx: TestContext, run: number, act: (place: Place) => Promise<void>): Promise<void> {
  ctx.skip(unable !== null, unable ?? "");
  const devpm = builtDevpm();
  const namespace = await openNamespace();
  const base = realpathSync(mkdtempSync(path.join(tmpdir(), "devpm-f-")));
  const opened: Terminal[] = [];
  const place = await furnished(namespace, base, run, devpm, opened);
  try {
    await act(place);
  } catch (error) {
    const story = opened.map((terminal) => `--- a terminal:\n${terminal.output()}`).join("\n");
    throw new Error(`run ${run + 1}: ${(error as Error).message}\n${tree(place.left())}\n${story}\n${logs(base)}`, {
      cause: error,
    });
  } finally {
    for (const terminal of opened) terminal.close();
    await namespace.close();
    rmSync(base, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function furnished(
  namespace: Namespace,
  base: string,
  run: number,
  devpm: readonly string[],
  opened: Terminal[],
): Promise<Place> {
  const root = path.join(base, "shop");
  const home = path.join(base, "home");
  const bin = path.join(base, "bin");
  for (const folder of [root, home, bin]) mkdirSync(folder);
  writeFileSync(path.join(bin, "devpm"), `#!/bin/sh\nexec ${devpm.join(" ")} "$@"\n`, { mode: 0o755 });
  const env: Record<string, string> = { ...cleanEnvironment(home), DEVPM_HOME: path.join(base, "state") };
  // a version manager's python is a script that forks: what runs is then not what was started
  env.PATH = `${bin}:${path.dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin`;
  const innocents = [
    await namespace.innocent(["sleep", "100001"], { env, cwd: root }),
    await namespace.innocent(["sleep", "100002"], { env: { ...env, DEVPM_SESSION: "another", DEVPM_APP: "backend" } }),
    await namespace.innocent([process.execPath, "-e", "setInterval(() => {}, 1000)", "innocent"], { env, cwd: root }),
    await namespace.innocent([PYTHON, "-c", LISTENER], { env }),
  ];
  const { left } = namespace;
  const terminal = async (command: readonly string[]): Promise<Terminal> => {
    const one = await openTerminal(command, { cwd: root, env, through: namespace.enter() });
    opened.push(one);
    left();
    return one;
  };
  const named = (pattern: RegExp): Seen[] => left().filter((seen) => pattern.test(seen.command));
  const one = (pattern: RegExp): Promise<Seen> => until(`a process ${String(pattern)}`, () => named(pattern)[0]);
  const dirt = (spared: readonly Seen[]): string => {
    const dirty = left().filter((seen) => !spared.some((it) => it.pid === seen.pid && it.started === seen.started));
    const harmed = [...namespace.harmed(), ...spared.filter((seen) => !alive(seen, namespace.proc))];
    const held = namespace.listening().filter((port) => PORTS.includes(port) && spared.length === 0);
    return [
      ...(dirty.length > 0 ? [`left:\n${tree(dirty)}`] : []),
      ...(harmed.length > 0 ? [`innocent, and ended:\n${tree(harmed)}`] : []),
      ...held.map((port) => `somebody listens on ${port}`),
    ].join("\n");
  };
  const place: Place = {
    namespace,
    base,
    root,
    env,
    run,
    config: (apps, more = {}) =>
      writeFileSync(path.join(root, "ecosystem.config.json"), JSON.stringify({ name: "shop", apps, ...more })),
    dev: (...args) => terminal([...devpm, "dev", ...args]),
    async ready(...args) {
      const session = await place.dev(...args);
      await session.waitFor(/ready in/);
      await place.complete();
      return session;
    },
    async complete() {
      // the last of what it writes about its start
      await until("the session file to say so", () => recordInside(namespace, base)?.state === "ready");
      for (const part of WHOLE_TREE) await one(part);
    },
    terminal,
    async shell() {
      const shell = await openShell({ cwd: root, env, through: namespace.enter() });
      opened.push(shell);
      return shell;
    },
    devpm: (...args) => namespace.run([...devpm, ...args], { env, cwd: root }),
    left,
    named,
    one,
    async parts() {
      const guards = await until("both guards", () => guardsAmong(left()));
      return { ...guards, daemon: await one(/God Daemon/) };
    },
    alive: (seen) => alive(seen, namespace.proc),
    async stroke(signal, ...targets) {
      const pids = targets.map((target) => String(typeof target === "number" ? target : target.pid));
      const done = await namespace.run(["kill", `-${signal.slice(3)}`, ...pids], { env });
      // one may have gone with another of them
      if (done.code !== 0 && !/No such process/.test(done.output))
        throw new Error(`kill -${signal} ${pids.join(" ")}: ${done.output}`);
    },
    clean(spared = []) {
      const found = dirt(spared);
      if (found !== "") throw new Error(found);
    },
    async becomesClean(spared = [], deadlineMs = DEADLINE_MS) {
      await until("nothing left", () => dirt(spared) === "", { deadlineMs, describe: () => dirt(spared) });
    },
  };
  place.config({ backend: backend(...EVERY_SHAPE), web });
  if (innocents.length !== 4) throw new Error("the innocents did not start");
  return place;
}

/** An innocent on the port beside the app's. */
const LISTENER = 'import socket, time; s = socket.create_server(("127.0.0.1", 5051)); time.sleep(100000)';

/** A program of that name that only sleeps: /proc/PID/exe says so too. */
export function programNamed(place: Place, name: string): string {
  const file = path.join(place.base, "bin", name);
  copyFileSync("/bin/sleep", file);
  chmodSync(file, 0o755);
  return file;
}

/** The session's own folder of state. */
export function stateFolder(place: Pick<Place, "base">): string {
  const state = path.join(place.base, "state");
  const [folder] = existsSync(state) ? readdirSync(state).filter((name) => name.startsWith("shop")) : [];
  return path.join(state, folder ?? "none");
}

/** As the session's processes see it: the disk may be mounted inside alone. */
function recordInside({ proc }: Namespace, base: string): { state?: string } | null {
  const folder = stateFolder({ base: path.join(path.dirname(proc), base) });
  return JSON.parse(readFileSync(path.join(folder, "session.json"), "utf8")) as { state?: string };
}

function logs(base: string): string {
  const file = path.join(stateFolder({ base }), "pm2/pm2.log");
  return existsSync(file) ? `--- pm2.log:\n${readFileSync(file, "utf8").slice(-2_000)}` : "";
}

export { REPOSITORY };
