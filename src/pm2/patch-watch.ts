import path from "node:path";
import { statNow } from "../system/files/files-now.ts";
import { otherWorktrees } from "../system/other-worktrees.ts";
import { mayHaveWritten, savedUnwatched, type Watched } from "./patch-first-look.ts";

/** chokidar treats two changes of one file within 50 ms as one. */
const THROTTLED_MS = 120;

interface Watcher {
  /** A restart is under way: PM2 takes nothing that is reported, and looks when it is done. */
  restarting?: boolean;
  on(event: "all", listener: (what: string, file: string) => void): void;
  on(event: "error", listener: (error: NodeJS.ErrnoException) => void): void;
  on(event: "ready", listener: () => void): void;
  emit(event: "all", what: string, file: string): void;
  getWatched(): Watched;
}

interface Settings {
  pm_id: number;
  name: string;
  pm_cwd: string;
  pm_uptime: number;
}

/** Each file that was ever saved, and the time of its last save that was reported while PM2 took it. */
type Saved = Map<string, number>;

/** The part of PM2's daemon that its watch is made of. */
export interface God {
  watch: { enable(settings: Settings): void; _watchers: Record<number, Watcher | undefined> };
  clusters_db: Record<number, { pm2_env: Settings; process?: { pid?: number } } | undefined>;
  restartProcessName(name: string, done: (error: unknown, list: unknown) => void): void;
}

/**
 * PM2's watch sees nothing during a restart; its library drops the second of two quick saves: 1 of 4 double saves in
 * an app that starts fast is never served. After each restart, and once more when the library listens again, every file
 * that was ever saved is compared with the disk; one that is younger than the process is reported to the watch again, once:
 * by the clock of another machine's disk a file stays younger than every process. The watch is up only some time after the app's
 * start, 8 ms for a few files and 0.3 s for 3,000: what was saved until then is reported when it is.
 */
export function patchWatch(god: God): void {
  const watchers = (id: number): Watcher | undefined => god.watch["_watchers"][id];
  const saved = new Map<number, Saved>();
  const look = (id: number): void => lookAgain(god.clusters_db[id]?.pm2_env, watchers(id), saved.get(id));
  const { enable } = god.watch;
  god.watch.enable = (settings) => {
    const since = settings.pm_uptime;
    enable(settings);
    const files: Saved = new Map();
    saved.set(settings.pm_id, files);
    const watcher = watchers(settings.pm_id);
    if (watcher) noteSaves(watcher, settings.pm_cwd, files);
    watcher?.on("ready", () => void lookFirst(watcher));
    watcher?.on("error", ({ code }) => {
      if (code === "ENOSPC" && lookInstead()) god.watch.enable(settings);
    });
    async function lookFirst(ready: Watcher): Promise<void> {
      const { pm_id: id, pm_cwd: cwd } = settings;
      const found = await savedUnwatched(ready.getWatched(), { cwd, since, until: Date.now() });
      if (found[0] === undefined || (await mayHaveWritten(god.clusters_db[id]?.process?.pid, found[0]))) return;
      for (const file of found) if (!files.has(file)) files.set(file, 0);
      look(id);
    }
  };
  const restart = god.restartProcessName;
  god.restartProcessName = (name, done) =>
    restart(name, (error, list) => {
      done(error, list);
      for (const one of Object.values(god.clusters_db)) {
        if (one?.pm2_env.name !== name) continue;
        const { pm_id: id } = one.pm2_env;
        look(id);
        setTimeout(look, THROTTLED_MS, id);
      }
    });
}

/** Also drops those of a worktree that was added since the app's start: PM2 leaves out only what it knew of then. */
function noteSaves(watcher: Watcher, cwd: string, files: Saved): void {
  const isElsewhere = otherWorktrees(cwd);
  const emit: (event: string, ...given: string[]) => void = watcher.emit.bind(watcher) as never;
  watcher.emit = (event, what, file, ...more: never[]) => {
    if (event === "all") {
      const saved = path.resolve(cwd, file);
      if (isElsewhere(saved)) return;
      if (!watcher.restarting) files.set(saved, modified(saved));
      else if (!files.has(saved)) files.set(saved, 0);
    }
    emit(event, what, file, ...more);
  };
}

/** The user's inotify watches are used up, and PM2's watch would see nothing: its library can poll instead. */
function lookInstead(): boolean {
  if (process.env.CHOKIDAR_USEPOLLING === "1") return false;
  process.env.CHOKIDAR_USEPOLLING = "1";
  return true;
}

function lookAgain(present: Settings | undefined, watcher: Watcher | undefined, files: Saved | undefined): void {
  if (!present || watcher?.restarting) return;
  const missed: string[] = [];
  for (const [file, reported] of files ?? []) {
    const at = modified(file);
    if (at <= present.pm_uptime || at === reported) continue;
    files?.set(file, at);
    missed.push(file);
  }
  // one restart serves them all; named as the library names files
  if (missed[0] !== undefined) watcher?.emit("all", "change", path.relative(present.pm_cwd, missed[0]));
}

const modified = (file: string): number => statNow(file)?.mtimeMs ?? 0;
