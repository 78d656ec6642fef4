import { spawn } from "node:child_process";
import { EventEmitter } from "node:events";
import { mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { patchWatch, type God } from "../../../src/pm2/patch-watch.ts";
import { folderWith } from "../config/outside.ts";

class Watcher extends EventEmitter {
  readonly getWatched = () => ({ "..": [], ".": ["a.py", "b.py", "deep"] });
}

/** PM2's daemon with one watched app, whose files are real and whose restarts end when the test says. */
function god() {
  const root = folderWith({ "a.py": "x", "b.py": "x" });
  const settings = { pm_id: 1, name: "api", pm_cwd: root, pm_uptime: 10_000 };
  const seen: string[] = [];
  let watches = 0;
  let restarted: (() => void)[] = [];
  const made = {
    watch: {
      _watchers: {} as Record<number, Watcher | undefined>,
      enable(this: void, { pm_id }: { pm_id: number }) {
        watches++;
        const watcher = new Watcher();
        watcher.on("all", (_, file: string) => seen.push(file));
        made.watch["_watchers"][pm_id] = watcher;
      },
    },
    clusters_db: { 1: { pm2_env: settings } } as God["clusters_db"],
    restartProcessName: (_: string, done: (error: unknown, list: unknown) => void) =>
      void restarted.push(() => done(null, [])),
  };
  patchWatch(made);
  made.watch.enable(settings);
  const watcher = (): Watcher => made.watch["_watchers"][1]!;
  return {
    made,
    root,
    seen,
    settings,
    watcher,
    watches: () => watches,
    save: (name: string, at: number) => utimesSync(path.join(root, name), at / 1_000, at / 1_000),
    restart(startedAt: number, name = "api") {
      made.restartProcessName(name, () => {});
      settings.pm_uptime = startedAt;
      for (const done of restarted.splice(0)) done();
    },
  };
}

describe("after a restart by PM2's watch", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test("a save that came while it was deaf is seen: once at the end, and once when it listens again", () => {
    const { watcher, seen, save, restart } = god();
    watcher().emit("all", "change", "a.py");
    save("a.py", 30_000);
    restart(20_000);
    expect(seen).toEqual(["a.py", "a.py"]);
    save("a.py", 40_000);
    vi.advanceTimersByTime(120);
    expect(seen).toHaveLength(3);
  });

  test("a save that stays younger than every process, by another machine's clock, is reported once", () => {
    const { watcher, seen, save, restart } = god();
    watcher().emit("all", "change", "a.py");
    watcher().emit("all", "change", "b.py");
    save("b.py", 5_000);
    save("a.py", 9_000_000);
    restart(20_000);
    vi.advanceTimersByTime(1_000);
    restart(30_000);
    vi.advanceTimersByTime(1_000);
    expect(seen).toEqual(["a.py", "b.py", "a.py"]);
    // another file's, and the next one of the same
    save("b.py", 50_000);
    restart(40_000);
    save("a.py", 9_100_000);
    restart(60_000);
    vi.advanceTimersByTime(1_000);
    expect(seen.slice(3)).toEqual(["b.py", "a.py"]);
  });

  test("nor is one of such a time reported twice, unless PM2 did not take it", () => {
    const { watcher, seen, save, restart } = god();
    save("a.py", 9_000_000);
    watcher().emit("all", "change", "a.py");
    restart(20_000);
    vi.advanceTimersByTime(1_000);
    expect(seen).toEqual(["a.py"]);
    save("a.py", 9_100_000);
    Object.assign(watcher(), { restarting: true });
    watcher().emit("all", "change", "a.py");
    Object.assign(watcher(), { restarting: false });
    restart(30_000);
    expect(seen).toEqual(["a.py", "a.py", "a.py"]);
  });

  test("many such saves at once, as of a switch of branches, are one report", () => {
    const { watcher, seen, save, restart } = god();
    for (const name of ["a.py", "b.py"]) {
      watcher().emit("all", "change", name);
      save(name, 9_000_000);
    }
    for (const at of [20_000, 30_000, 40_000]) {
      restart(at);
      vi.advanceTimersByTime(1_000);
    }
    expect(seen).toEqual(["a.py", "b.py", "a.py"]);
  });

  test("a save that PM2 would not take, for it is restarting already, is reported when it has", () => {
    const { watcher, seen, save, restart } = god();
    save("a.py", 5_000);
    watcher().emit("all", "change", "a.py");
    restart(20_000);
    save("a.py", 30_000);
    Object.assign(watcher(), { restarting: true });
    vi.advanceTimersByTime(120);
    expect(seen).toEqual(["a.py"]);
    Object.assign(watcher(), { restarting: false });
    restart(25_000);
    expect(seen).toEqual(["a.py", "a.py"]);
  });

  test("a file that is older than the new process is in it", () => {
    const { watcher, seen, save, restart } = god();
    watcher().emit("all", "change", "a.py");
    save("a.py", 15_000);
    restart(20_000);
    vi.advanceTimersByTime(1_000);
    expect(seen).toEqual(["a.py"]);
  });

  test("only files that were ever saved are looked at, and one that is gone is none", () => {
    const { watcher, seen, save, restart } = god();
    watcher().emit("all", "change", "gone.py");
    save("b.py", 90_000);
    restart(20_000);
    vi.advanceTimersByTime(1_000);
    expect(seen).toEqual(["gone.py"]);
  });

  test("of another app nothing is looked at", () => {
    const { watcher, seen, save, restart } = god();
    watcher().emit("all", "change", "a.py");
    save("a.py", 90_000);
    restart(20_000, "web");
    vi.advanceTimersByTime(1_000);
    expect(seen).toEqual(["a.py"]);
  });

  test("of an app that was removed meanwhile nothing is looked at", () => {
    const { made, watcher, seen, save, restart } = god();
    watcher().emit("all", "change", "a.py");
    save("a.py", 15_000);
    restart(20_000);
    save("a.py", 90_000);
    made.clusters_db[1] = undefined;
    vi.advanceTimersByTime(1_000);
    expect(seen).toEqual(["a.py"]);
  });
});

describe("when the watch of a new app is up", () => {
  test.runIf(process.platform === "linux")("what was saved since its start is reported, once", async () => {
    const { made, watcher, seen, settings, save, restart } = god();
    const app = spawn("sleep", ["1000"], { stdio: "ignore" });
    onTestFinished(() => void app.kill("SIGKILL"));
    made.clusters_db[1] = { pm2_env: settings, process: { pid: app.pid } };
    save("a.py", 5_000);
    save("b.py", 20_000);
    watcher().emit("ready");
    await vi.waitFor(() => expect(seen).toEqual(["b.py"]), { timeout: 30_000 });
    restart(20_001);
    expect(seen).toEqual(["b.py"]);
  });
});

describe("another working tree of the repository inside of this one", () => {
  /** What the app is restarted for after a file of git's was written. */
  const seenWith = (pointer: string, name: string): string[] => {
    const { made, root, settings, watcher, seen } = god();
    for (const folder of [".git/worktrees/login", ".git/modules/lib", "trees/login/deep"])
      mkdirSync(path.join(root, folder), { recursive: true });
    made.watch.enable(settings);
    watcher().emit("all", "add", name);
    writeFileSync(path.join(root, "trees/login/.git"), pointer.replace("ROOT", root));
    watcher().emit("all", "add", name);
    watcher().emit("all", "change", "a.py");
    return seen;
  };

  test.each(["gitdir: ROOT/.git/worktrees/login\n", "gitdir: ../../.git/worktrees/login\n"])(
    "is none of the app's from the moment at which it is there: %j",
    (pointer) => {
      const name = "trees/login/deep/x.py";
      expect(seenWith(pointer, name)).toEqual([name, "a.py"]);
      expect(seenWith(pointer, "trees/x.py")).toEqual(["trees/x.py", "trees/x.py", "a.py"]);
    },
  );

  test("is none of them while it is removed; what is put in its place is", () => {
    const { made, root, settings, watcher, seen } = god();
    for (const folder of [".git/worktrees/login", "trees/login"])
      mkdirSync(path.join(root, folder), { recursive: true });
    made.watch.enable(settings);
    writeFileSync(path.join(root, "trees/login/.git"), "gitdir: ../../.git/worktrees/login\n");
    watcher().emit("all", "addDir", "trees/login");
    rmSync(path.join(root, "trees"), { recursive: true });
    watcher().emit("all", "unlink", "trees/login/x.py");
    watcher().emit("all", "unlink", "x.py");
    expect(seen).toEqual(["x.py"]);
    mkdirSync(path.join(root, "trees/login"), { recursive: true });
    watcher().emit("all", "addDir", "trees/login");
    expect(seen).toEqual(["x.py", "trees/login"]);
  });

  test("is not what a submodule is, or a file of that name", () => {
    for (const pointer of ["gitdir: ../../.git/modules/lib\n", "else\n"])
      expect(seenWith(pointer, "trees/login/x.py")).toHaveLength(3);
  });

  test("where nothing is a repository everything counts", () => {
    const { watcher, seen } = god();
    watcher().emit("all", "change", "deep/a.py");
    expect(seen).toEqual(["deep/a.py"]);
  });
});

describe("a watch that the kernel refuses", () => {
  const before = process.env.CHOKIDAR_USEPOLLING;
  afterEach(() => {
    if (before === undefined) delete process.env.CHOKIDAR_USEPOLLING;
    else process.env.CHOKIDAR_USEPOLLING = before;
  });

  test("polls instead, and tries that once", () => {
    delete process.env.CHOKIDAR_USEPOLLING;
    const { watcher, watches } = god();
    watcher().emit("error", Object.assign(new Error("no watches"), { code: "ENOSPC" }));
    expect([process.env.CHOKIDAR_USEPOLLING, watches()]).toEqual(["1", 2]);
    watcher().emit("error", Object.assign(new Error("no watches"), { code: "ENOSPC" }));
    expect(watches()).toBe(2);
  });

  test("for another reason goes on as it is", () => {
    delete process.env.CHOKIDAR_USEPOLLING;
    const { watcher, watches } = god();
    watcher().emit("error", Object.assign(new Error("no"), { code: "EACCES" }));
    expect([process.env.CHOKIDAR_USEPOLLING, watches()]).toEqual([undefined, 1]);
  });
});
