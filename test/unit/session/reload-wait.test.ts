import { describe, expect, test } from "vitest";
import type { App, Task } from "../../../src/model/project.ts";
import { createCatchingUp, type CatchingUp } from "../../../src/session/apps/catching-up.ts";
import { createInstalled } from "../../../src/session/apps/installed.ts";
import type { Apps } from "../../../src/session/apps/apps.ts";
import type { ControlOptions } from "../../../src/session/control/options.ts";
import { waitForReload, type ReloadWait } from "../../../src/session/control/reload-wait.ts";
import type { Peer } from "../../../src/system/engine/engine-server.ts";
import type { FolderEntry } from "../../../src/system/files/files.ts";
import type { HttpRequest } from "../../../src/system/http-request.ts";
import type { System } from "../../../src/system/system.ts";
import { deferred } from "../../../src/util/deferred.ts";
import { sampleApp, sampleProject } from "../plan/sample.ts";
import { virtualClock } from "../virtual-clock.ts";
import { modelStream } from "./model-stream.ts";

const api = sampleApp({ name: "api", cwd: "/p/api", watch: ["/p/api"], reload: "restart", port: 5050 });
const lib = sampleApp({ name: "lib", cwd: "/p/lib", watch: ["/p/lib"], reload: "restart" });
const still = sampleApp({ name: "still", cwd: "/p/still", watch: ["/p/still"], reload: false, port: 5173 });
const migrate: Task = {
  ...sampleApp({ name: "migrate" }),
  kind: "task",
  inputs: ["/p/api/migrations"],
  output: null,
  port: null,
};

/** What a page of Vite answers with: path → status and body; null: not Vite. */
type Pages = Record<string, { status?: number; body?: string; location?: string }>;

/** A session in which apps are ready, whose files and front end the test changes. Times are ms of its clock. */
function session(apps: App[], more: { tasks?: Task[]; saves?: Record<string, number>; pages?: Pages } = {}) {
  const clock = virtualClock();
  const began = clock.now().getTime();
  const project = { ...sampleProject(apps), tasks: more.tasks ?? [] };
  const { model, stream, emit } = modelStream(clock, project);
  const saves = new Map(Object.entries(more.saves ?? {}));
  const [stop, gone] = [new AbortController(), new AbortController()];
  const pages = more.pages ?? {};
  const here = {
    reloadsItself: new Set<string>(),
    ignored: [] as string[],
    moved: {} as Record<string, number>,
    warm: {} as Record<string, CatchingUp>,
    texts: {} as Record<string, string>,
    taskDone: (): Promise<boolean> => Promise.resolve(true),
    taskOn: true,
    asked: [] as string[],
    refuses: false,
    printed: [] as string[],
    installed: createInstalled(),
  };
  const entries = (folder: string): FolderEntry[] => {
    const below = [...saves.keys()]
      .filter((file) => file.startsWith(`${folder}/`))
      .map((file) => file.slice(folder.length + 1));
    return [...new Set(below.map((name) => name.split("/")[0]!))].map((name) => ({
      name,
      kind: below.includes(name) ? "file" : "folder",
    }));
  };
  const system = {
    clock,
    files: {
      kind: (file: string) => Promise.resolve(saves.has(file) ? "file" : entries(file).length > 0 ? "folder" : null),
      entries,
      times: (file: string) => {
        const saved = saves.has(file) ? began + saves.get(file)! : 0;
        return Promise.resolve({ saved, changed: file in here.moved ? began + here.moved[file]! : saved });
      },
      savedAt: (file: string) => Promise.resolve(saves.has(file) ? began + saves.get(file)! : 0),
      read: (file: string) => Promise.resolve(here.texts[file] ?? (saves.has(file) ? `source of ${file}` : null)),
      list: (folder: string) => Promise.resolve(entries(folder).map(({ name }) => name)),
      realpath: (file: string) => Promise.resolve(file),
    },
    network: {
      connects: () => Promise.resolve(!here.refuses),
      request: (_: number, { path }: HttpRequest) => {
        here.asked.push(path);
        if (here.refuses) return Promise.resolve({ error: "ECONNREFUSED" });
        const page = pages[path];
        if (!page) return Promise.resolve({ status: 404, reason: "", headers: [], body: Buffer.from(""), cut: false });
        const headers = page.location === undefined ? [] : [["Location", page.location]];
        return Promise.resolve({
          status: page.status ?? 200,
          reason: "",
          headers,
          body: Buffer.from(page.body ?? ""),
          cut: false,
        });
      },
    },
  } as unknown as System;
  const options = {
    project: () => project,
    model,
    stop: { signal: stop.signal },
    stream,
    apps: () =>
      ({
        reloadsItself: (name: string) => here.reloadsItself.has(name),
        isWarm: (name: string) => name in here.warm,
        installed: here.installed,
        catchingUp: (name: string) => here.warm[name] ?? null,
        recent: () => here.printed,
        watched: (app: App) => ({ ...app, ignore: here.ignored }),
        tasks: { isOn: () => here.taskOn, look: () => here.taskDone() },
      }) as unknown as Apps,
  } as unknown as ControlOptions;
  const start = (app: App): void =>
    emit(
      { event: "app.starting", app: app.name, port: app.port },
      { event: "app.running", app: app.name, pid: 1 },
      { event: "app.ready", app: app.name, url: app.port === null ? null : `http://localhost:${app.port}`, ms: 1 },
    );
  for (const app of apps) start(app);
  return {
    app: apps[0]!,
    clock,
    here,
    saves,
    pages,
    stop,
    gone,
    emit,
    start,
    reloaded: (app: string, file: string, at: number, ok = true): void =>
      emit({
        event: "app.reloaded",
        app,
        file,
        savedAt: new Date(began + at).toISOString(),
        ms: 1,
        how: "restart",
        ok,
      }),
    wait: (wish: Partial<ReloadWait> = {}) =>
      clock.run(
        waitForReload(system, options, {
          names: [...apps, ...(more.tasks ?? [])].map(({ name }) => name),
          explicit: false,
          file: null,
          timeoutMs: 60_000,
          gone: gone.signal,
          ...wish,
        }),
      ),
  };
}

test("a save in a worktree that was added inside of this checkout is none of its own", async () => {
  const { saves, here, wait } = session([api], { saves: { "/p/.git/HEAD": -9, "/p/api/a.py": -5 } });
  saves.set("/p/api/trees/login/b.py", -2);
  expect(await wait({ file: "/p/api/trees/login/b.py" })).toBeNull();
  saves.set("/p/.git/worktrees/login/gitdir", -1);
  here.texts["/p/.git/worktrees/login/gitdir"] = "/p/api/trees/login/.git\n";
  expect(await wait()).toBeNull();
  expect(await wait({ file: "/p/api/trees/login/b.py" })).toContain("reloads no app that is on");
});

describe("a wait for a reload", () => {
  test("is over at once where the process is newer than every save", async () => {
    const { wait, clock } = session([api], { saves: { "/p/api/a.py": -1_000 } });
    expect(await wait()).toBeNull();
    expect(clock.monotonic()).toBe(0);
  });

  test("lasts until the newest save is what answers", async () => {
    const one = session([api], { saves: { "/p/api/a.py": 0, "/p/api/b.py": 100 } });
    await one.clock.pass(200);
    one.clock.at(1_000, () => one.reloaded("api", "a.py", 0));
    one.clock.at(2_000, () => one.reloaded("api", "b.py", 100));
    expect(await one.wait()).toBeNull();
    expect(one.clock.monotonic()).toBe(2_000);
  });

  test("ends with the reason where that save does not import", async () => {
    const one = session([api], { saves: { "/p/api/a.py": 100 } });
    await one.clock.pass(200);
    one.clock.at(1_000, () => {
      one.reloaded("api", "a.py", 100, false);
      one.emit({ event: "app.failed", app: "api", reason: "ValueError: no" });
    });
    expect(await one.wait()).toBe("api is failed: ValueError: no (devpm logs api)");
  });

  test("names the log of the task whose failure holds it", async () => {
    const one = session([api], { saves: { "/p/api/a.py": 100 } });
    await one.clock.pass(200);
    one.clock.at(1_000, () => {
      one.reloaded("api", "a.py", 100, false);
      one.emit({
        event: "app.failed",
        app: "api",
        reason: "migrate and my seed failed",
        tasks: ["migrate", "my seed"],
      });
    });
    expect(await one.wait()).toBe("api is failed: migrate and my seed failed (devpm logs migrate 'my seed')");
  });

  test("ends with its time, the session, and the client", async () => {
    const late = session([api], { saves: { "/p/api/a.py": 100 } });
    await late.clock.pass(200);
    expect(await late.wait({ timeoutMs: 500 })).toBe("not within 500 ms: api is ready");
    const ending = session([api], { saves: { "/p/api/a.py": 100 } });
    await ending.clock.pass(200);
    ending.clock.at(300, () => ending.stop.abort());
    expect(await ending.wait()).toBe("the session is ending");
    const left = session([api], { saves: { "/p/api/a.py": 100 } });
    await left.clock.pass(200);
    left.clock.at(300, () => left.gone.abort());
    expect(await left.wait()).toBe("the client has stopped waiting");
  });

  test("of several apps ends with the first that cannot get there", async () => {
    const one = session([api, lib], { saves: { "/p/api/a.py": 100, "/p/lib/b.py": 100 } });
    await one.clock.pass(200);
    one.clock.at(400, () => {
      one.reloaded("lib", "b.py", 100, false);
      one.emit({ event: "app.failed", app: "lib", reason: "no" });
    });
    one.clock.at(9_000, () => one.reloaded("api", "a.py", 100));
    expect(await one.wait()).toBe("lib is failed: no (devpm logs lib)");
    expect(one.clock.monotonic()).toBe(400);
  });

  test("does not wait for what an app's own command was found to write", async () => {
    const one = session([api], { saves: { "/p/api/a.py": -10, "/p/api/schema.json": 100 } });
    one.here.ignored = ["schema.json"];
    await one.clock.pass(200);
    expect(await one.wait()).toBeNull();
  });

  test("goes on where what was being waited for turns out to be written by the app's own command", async () => {
    const one = session([api], { saves: { "/p/api/a.py": -10, "/p/api/schema.json": 100 } });
    await one.clock.pass(200);
    one.clock.at(700, () => {
      one.here.ignored = ["schema.json"];
      one.emit({ event: "notice", text: "schema.json no longer restarts api" });
    });
    expect(await one.wait()).toBeNull();
    expect(one.clock.monotonic()).toBe(700);
  });

  test("gives the watch a moment for a file that was moved in with the time of long ago", async () => {
    const one = session([api], { saves: { "/p/api/a.py": -9_000 } });
    one.here.moved["/p/api/a.py"] = 100;
    await one.clock.pass(200);
    const savedAt = "2026-01-31T11:59:51.000Z";
    one.clock.at(400, () => one.emit({ event: "app.reloading", app: "api", file: "a.py", savedAt, how: "restart" }));
    one.clock.at(900, () => one.start(api));
    expect(await one.wait()).toBeNull();
    expect(one.clock.monotonic()).toBe(900);
    expect(await one.wait()).toBeNull();
    expect(one.clock.monotonic()).toBe(900);
  });

  test("is over a moment after a change that restarts nothing", async () => {
    const one = session([api], { saves: { "/p/api/a.py": -9_000 } });
    one.here.moved["/p/api/a.py"] = 100;
    await one.clock.pass(200);
    expect(await one.wait()).toBeNull();
    expect(one.clock.monotonic()).toBe(1_600);
  });

  test("after the clock was set back takes whatever a moment brings", async () => {
    const one = session([api], { saves: { "/p/api/a.py": 3_600_000 } });
    one.clock.at(1_000, () =>
      one.emit({
        event: "app.reloading",
        app: "api",
        file: "a.py",
        savedAt: "2026-01-31T13:00:00.000Z",
        how: "restart",
      }),
    );
    one.clock.at(4_000, () => one.reloaded("api", "a.py", 3_600_000));
    expect(await one.wait()).toBeNull();
    expect(one.clock.monotonic()).toBe(4_000);
    const idle = session([api], { saves: { "/p/api/a.py": 3_600_000 } });
    expect(await idle.wait()).toBeNull();
    expect(idle.clock.monotonic()).toBe(1_500);
  });
});

describe("a wait for the save of one file", () => {
  test("asks nothing of what it does not reload", async () => {
    const one = session([api, lib], { saves: { "/p/api/a.py": 100, "/p/lib/b.py": 9_000 } });
    await one.clock.pass(200);
    one.clock.at(300, () => one.reloaded("api", "a.py", 100));
    expect(await one.wait({ file: "/p/api/a.py" })).toBeNull();
    expect(one.clock.monotonic()).toBe(300);
  });

  test.each([
    [{ file: "/p/nothing.py" }, "there is no file /p/nothing.py"],
    [{ file: "/p/README.md" }, "README.md reloads no app that is on"],
    [{ file: "/p/README.md", names: ["api"], explicit: true }, "README.md does not reload api"],
    [{ names: [] }, "no app that is on reloads at a save"],
  ] as [Partial<ReloadWait>, string][])("%j: %s", async (wish, problem) => {
    const { wait } = session([api], { saves: { "/p/api/a.py": -1, "/p/README.md": -1 } });
    expect(await wait(wish)).toBe(problem);
  });
});

describe("a warm Python", () => {
  const python = { send: () => {} } as unknown as Peer;

  /** A session whose only app is kept warm; its Python is there. */
  function warm(saves: Record<string, number>, from: Peer | null = python) {
    const one = session([{ ...api, reload: "warm" }], { saves });
    const catchingUp = createCatchingUp();
    one.here.warm = { api: catchingUp };
    catchingUp.asks(from);
    return { ...one, catchingUp };
  }

  test("that has caught up answers every save so far, whatever times say", async () => {
    const one = warm({ "/p/api/a.py": 100 });
    await one.clock.pass(200);
    one.clock.at(700, () => one.catchingUp.caughtUp(python, 1, []));
    expect(await one.wait()).toBeNull();
    expect(one.clock.monotonic()).toBe(700);
  });

  test("is never called ready before it has said so, though nothing was saved since it started", async () => {
    const one = warm({ "/p/api/a.py": -5 });
    one.clock.at(300, () => one.reloaded("api", "a.py", 200));
    expect(await one.wait({ timeoutMs: 500 })).toBe("not within 500 ms: api is ready");
  });

  test("that crashed because of a save before is asked whether that is the newest", async () => {
    const one = warm({ "/p/api/a.py": 100 });
    one.emit({ event: "app.failed", app: "api", reason: "ValueError: no" });
    one.clock.at(300, () => one.reloaded("api", "a.py", 100));
    one.clock.at(301, () => one.catchingUp.caughtUp(python, 1, []));
    expect(await one.wait()).toBeNull();
    one.emit({ event: "app.failed", app: "api", reason: "ValueError: no" });
    one.clock.at(600, () => one.catchingUp.caughtUp(python, 2, []));
    expect(await one.wait()).toBe("api is failed: ValueError: no (devpm logs api)");
  });

  test("whose tasks still run is waited for after it has caught up", async () => {
    const one = warm({ "/p/api/a.py": 100 });
    one.emit({ event: "app.reloading", app: "api", file: "a.py", savedAt: "2026-01-31T12:00:00.100Z", how: "warm" });
    one.clock.at(300, () => one.catchingUp.caughtUp(python, 1, []));
    one.clock.at(900, () => one.reloaded("api", "a.py", 100));
    expect(await one.wait()).toBeNull();
    expect(one.clock.monotonic()).toBe(900);
  });

  test("that is replaced during the wait leaves the answer to the next one", async () => {
    const next = { ...python };
    const one = warm({ "/p/api/a.py": 100 });
    await one.clock.pass(200);
    one.clock.at(300, () => one.emit({ event: "app.starting", app: "api", port: 5050 }));
    one.clock.at(301, () => one.catchingUp.asks(null));
    one.clock.at(302, () => one.catchingUp.caughtUp(python, 1, []));
    one.clock.at(400, () => one.start(one.app));
    one.clock.at(400, () => one.catchingUp.asks(next));
    one.clock.at(800, () => one.catchingUp.caughtUp(next, 1, []));
    expect(await one.wait()).toBeNull();
  });

  test("that is gone is a failure as soon as that is known", async () => {
    const one = warm({ "/p/api/a.py": 100 });
    await one.clock.pass(200);
    one.clock.at(300, () => one.catchingUp.asks(null));
    one.clock.at(350, () => one.emit({ event: "app.failed", app: "api", reason: "SIGKILL" }));
    expect(await one.wait()).toBe("api is failed: SIGKILL (devpm logs api)");
    expect(one.clock.monotonic()).toBe(350);
  });

  test("that has not reported yet is judged by times until it does", async () => {
    expect(await warm({ "/p/api/a.py": -5 }, null).wait()).toBeNull();
    const one = warm({ "/p/api/a.py": 100 }, null);
    await one.clock.pass(200);
    one.clock.at(400, () => one.catchingUp.asks(python));
    one.clock.at(500, () => one.catchingUp.caughtUp(python, 1, []));
    expect(await one.wait()).toBeNull();
    expect(one.clock.monotonic()).toBe(500);
  });

  test("that writes the file itself has not read its last save", async () => {
    const one = warm({ "/p/api/made.py": 100 });
    one.clock.at(300, () => one.catchingUp.caughtUp(python, 1, ["/p/api/made.py"]));
    expect(await one.wait({ file: "/p/api/made.py" })).toBe(
      "api/made.py is written by api itself: its last save did not reload it",
    );
    one.clock.at(600, () => one.catchingUp.caughtUp(python, 2, ["/p/api/made.py"]));
    expect(await one.wait()).toBeNull();
  });
});

describe("an app whose set-up installs what was saved", () => {
  const step = { run: ["install"], inputs: ["/p/needs.txt"], output: null, cwd: "/p", title: "install" };
  const python = { send: () => {} } as unknown as Peer;
  const old = "api runs with what was installed before: its set-up failed (devpm restart api)";

  test("is not waited for before what follows its inputs has acted", async () => {
    const one = session([{ ...api, setup: [step] }], { saves: { "/p/api/a.py": -5, "/p/needs.txt": 100 } });
    one.here.installed.follow(async () => {
      await one.clock.sleep(250);
      one.emit({ event: "app.starting", app: "api", port: 5050 });
      one.clock.at(900, () => one.start(one.app));
    });
    await one.clock.pass(200);
    expect(await one.wait({ file: "/p/needs.txt", names: ["api"], explicit: true })).toBeNull();
    expect(one.clock.monotonic()).toBe(900);
    expect(await one.wait({ file: "/p/api/a.py" })).toBeNull();
    expect(one.clock.monotonic()).toBe(900);
  });

  test("is waited for no longer than was asked", async () => {
    const one = session([{ ...api, setup: [step] }], { saves: { "/p/needs.txt": 100 } });
    one.here.installed.follow(() => new Promise(() => {}));
    expect(await one.wait({ timeoutMs: 500 })).toBe("not within 500 ms: what api needs is being installed");
  });

  test.each([[true], [false]])("warm: %s, and could not, is not what was saved", async (isWarm) => {
    const one = session([{ ...api, setup: [step], reload: isWarm ? "warm" : "restart" }], {
      saves: { "/p/api/a.py": -5, "/p/needs.txt": -5 },
    });
    if (isWarm) {
      const catchingUp = (one.here.warm["api"] = createCatchingUp());
      catchingUp.asks(python);
      for (const asked of [1, 2, 3, 4]) one.clock.at(asked * 100, () => catchingUp.caughtUp(python, asked, []));
    }
    one.here.installed.failed("api");
    expect(await one.wait()).toBe(old);
    expect(await one.wait({ file: "/p/needs.txt" })).toBe(old);
    expect(await one.wait({ file: "/p/api/a.py" })).toBeNull();
    one.here.installed.done("api");
    expect(await one.wait()).toBeNull();
  });

  test("and environment files are saves of a warm Python", async () => {
    const saves = { "/p/api/a.py": -5, "/p/needs.txt": -5, "/p/dev.env": -5 };
    const one = session([{ ...api, setup: [step], envFiles: ["/p/dev.env"], reload: "warm" }], { saves });
    const catchingUp = (one.here.warm["api"] = createCatchingUp());
    catchingUp.asks(python);
    for (const [count, file] of ["/p/needs.txt", "/p/dev.env"].entries()) {
      one.clock.at(count * 100 + 100, () => catchingUp.caughtUp(python, count + 1, []));
      expect(await one.wait({ file, names: ["api"], explicit: true })).toBeNull();
    }
  });
});

describe("an app that reloads itself", () => {
  test("is waited for until it is ready; which save answers is not known", async () => {
    const one = session([api], { saves: { "/p/api/a.py": 100 } });
    one.here.reloadsItself.add("api");
    await one.clock.pass(200);
    expect(await one.wait()).toBeNull();
    expect(await one.wait({ explicit: true })).toBe(
      "api is reloaded by its own reloader: devpm does not see which save answers",
    );
  });
});

describe("an app that nothing reloads", () => {
  test("that is no Vite runs what was there before the save", async () => {
    const one = session([still], { saves: { "/p/still/old.txt": -5, "/p/still/a.txt": 50, "/p/still/new.txt": 100 } });
    await one.clock.pass(200);
    const text = "still does not reload: it runs what was there before still/new.txt was saved (devpm restart still)";
    expect(await one.wait()).toBe(text);
  });

  test("and was not saved since is as it should be, unless it is the one that is asked for", async () => {
    const one = session([still], { saves: { "/p/still/old.txt": -5 } });
    expect(await one.wait()).toBeNull();
    expect(await one.wait({ explicit: true })).toBe(
      "still does not reload at a save (reload: false): devpm restart still runs new code",
    );
    expect(await one.wait({ explicit: true, file: "/p/still/old.txt" })).toBeNull();
  });

  test("is named so that the command can be pasted", async () => {
    const spaced = { ...still, name: "my app" };
    const one = session([spaced], { saves: { "/p/still/new.txt": 100 } });
    await one.clock.pass(200);
    expect(await one.wait()).toContain("(devpm restart 'my app')");
    expect(await session([spaced]).wait({ explicit: true })).toContain("devpm restart 'my app' runs");
  });
});

describe("a front end of Vite", () => {
  const client = { body: "import vite-hmr" };
  const module = (file: string): string => `/@fs${file}`;

  test("is asked for what was saved since it started, until it serves that", async () => {
    const saves = { "/p/still/old.ts": -5, "/p/still/new.ts": 100, "/p/still/photo.png": 100 };
    const one = session([still], { saves, pages: { "/@vite/client": client } });
    one.pages[module("/p/still/new.ts")] = { body: "of before" };
    await one.clock.pass(200);
    one.clock.at(600, () => (one.pages[module("/p/still/new.ts")] = { body: "source of /p/still/new.ts" }));
    expect(await one.wait({ explicit: true })).toBeNull();
    expect(one.clock.monotonic()).toBeGreaterThanOrEqual(600);
    expect(one.clock.monotonic()).toBeLessThan(700);
    expect(one.here.asked.filter((path) => path.startsWith("/@fs")).every((path) => path.endsWith("new.ts"))).toBe(
      true,
    );
  });

  test("that does not know the file is no answer to a wait for it alone", async () => {
    const one = session([still], { saves: { "/p/still/new.ts": 100 }, pages: { "/@vite/client": client } });
    await one.clock.pass(200);
    const wish = { file: "/p/still/new.ts" };
    expect(await one.wait({ ...wish, explicit: true })).toBe("still does not serve still/new.ts");
    expect(await one.wait(wish)).toBeNull();
  });

  test("that refuses connections while it restarts itself is asked again", async () => {
    for (const file of [null, "/p/still/new.ts"]) {
      const one = session([still], { saves: { "/p/still/new.ts": 100 }, pages: { "/@vite/client": client } });
      one.pages[module("/p/still/new.ts")] = { body: "of before" };
      await one.clock.pass(200);
      // before it is known to be Vite, and again while its module is asked for
      one.here.refuses = true;
      one.clock.at(500, () => (one.here.refuses = false));
      one.clock.at(600, () => (one.here.refuses = true));
      one.clock.at(1_500, () => (one.pages[module("/p/still/new.ts")] = { body: "source of /p/still/new.ts" }));
      one.clock.at(1_500, () => (one.here.refuses = false));
      expect(await one.wait({ file, explicit: true })).toBeNull();
      expect(one.clock.monotonic()).toBeGreaterThanOrEqual(1_500);
    }
  });

  test("that never answers again is named when the time is over, and what takes no connections at all is no Vite", async () => {
    const one = session([still], { saves: { "/p/still/new.ts": 100 }, pages: { "/@vite/client": client } });
    one.pages[module("/p/still/new.ts")] = { body: "of before" };
    await one.clock.pass(200);
    one.clock.at(300, () => (one.here.refuses = true));
    expect(await one.wait({ timeoutMs: 2_000 })).toBe("not within 2.0 s: still does not answer");
    expect(await one.wait()).toContain("still does not reload");
  });

  test("whose configuration was saved answers when it has restarted itself with it, or says that it could not", async () => {
    const restarting = "10:00:00 [vite] vite.config.ts changed, restarting server...";
    const saved = async (then: string) => {
      const one = session([still], { saves: { "/p/still/vite.config.ts": 100 }, pages: { "/@vite/client": client } });
      await one.clock.pass(150);
      one.clock.at(400, () => one.here.printed.push(restarting));
      one.clock.at(1_900, () => (one.here.refuses = true));
      one.clock.at(2_000, () => (one.here.refuses = false));
      one.clock.at(2_000, () => one.here.printed.push(then));
      return one;
    };
    const one = await saved("10:00:02 [vite] server restarted.");
    expect(await one.wait({ file: "/p/still/vite.config.ts", explicit: true })).toBeNull();
    expect(one.clock.monotonic()).toBeGreaterThanOrEqual(2_000);
    const broken = await saved("10:00:02 [vite] server restart failed");
    expect(await broken.wait()).toBe("still: Vite could not restart with still/vite.config.ts (devpm logs still)");
  });

  test("whose configuration was saved, and that prints nothing, answers a moment after that", async () => {
    const one = session([still], { saves: { "/p/still/vite.config.ts": 100 }, pages: { "/@vite/client": client } });
    await one.clock.pass(150);
    expect(await one.wait()).toBeNull();
    expect(one.clock.monotonic()).toBeGreaterThanOrEqual(1_100);
    // another program's word
    one.here.printed.push("restarting server...");
    expect(await one.wait()).toBeNull();
  });

  test("that answers with an error says where and why", async () => {
    const error = {
      message: "Unexpected token",
      id: "/p/still/new.ts?v=1",
      loc: { line: 7 },
      frame: "7 | let\n  |   ^",
    };
    const body = `<script>\nconst error = ${JSON.stringify(error)}\n</script>`;
    const one = session([still], { saves: { "/p/still/new.ts": 100 }, pages: { "/@vite/client": client } });
    one.pages[module("/p/still/new.ts")] = { status: 500, body };
    await one.clock.pass(200);
    expect(await one.wait()).toBe("still: still/new.ts:7: Unexpected token\n7 | let\n  |   ^");
  });

  test("whose answer does not show what it was made from has noticed a save after a moment", async () => {
    const one = session([still], { saves: { "/p/still/new.ts": 0 }, pages: { "/@vite/client": client } });
    one.saves.set("/p/still/new.ts", 1);
    one.pages[module("/p/still/new.ts")] = { body: "minified beyond recognition" };
    await one.clock.pass(10);
    expect(await one.wait()).toBeNull();
    expect(one.clock.monotonic()).toBeGreaterThan(1_000);
  });

  test("that stays behind for longer than the wait is named with its file; a client that leaves ends it", async () => {
    const behind = () => {
      const one = session([still], { saves: { "/p/still/new.ts": 100 }, pages: { "/@vite/client": client } });
      one.pages[module("/p/still/new.ts")] = { body: "of before" };
      // it is saved again and again
      for (let ms = 200; ms < 3_000; ms += 100) one.clock.at(ms, () => one.saves.set("/p/still/new.ts", ms));
      return one;
    };
    const late = behind();
    await late.clock.pass(200);
    expect(await late.wait({ timeoutMs: 400 })).toBe("not within 400 ms: still serves an older new.ts");
    const left = behind();
    await left.clock.pass(200);
    left.clock.at(500, () => left.gone.abort());
    expect(await left.wait()).toBe("the client has stopped waiting");
    expect(left.clock.monotonic()).toBe(500);
  });

  test("below a path of its own is found by where it sends a page to", async () => {
    const pages: Pages = { "/": { status: 302, location: "/shop/index.html" }, "/shop/@vite/client": client };
    const one = session([still], { saves: { "/p/still/new.ts": 100 }, pages });
    one.pages["/shop/@fs/p/still/new.ts"] = { body: "source of /p/still/new.ts" };
    await one.clock.pass(200);
    expect(await one.wait()).toBeNull();
    expect(one.here.asked).toContain("/shop/@fs/p/still/new.ts");
  });
});

describe("a task", () => {
  const withTask = () => session([], { tasks: [migrate], saves: { "/p/api/migrations/1.sql": -5, "/p/api/a.py": -5 } });

  test("that is due runs first", async () => {
    const one = withTask();
    const ran = deferred<boolean>();
    one.here.taskDone = () => ran.promise;
    one.clock.at(700, () => ran.resolve(true));
    expect(await one.wait()).toBeNull();
    expect(one.clock.monotonic()).toBe(700);
  });

  test("is named so that the command can be pasted", async () => {
    const one = session([], { tasks: [{ ...migrate, name: "my task" }], saves: { "/p/api/migrations/1.sql": -5 } });
    one.here.taskDone = () => Promise.resolve(false);
    expect(await one.wait()).toBe("my task failed (devpm logs 'my task')");
    one.here.taskOn = false;
    expect(await one.wait()).toBe("my task is off: devpm start 'my task'");
  });

  test.each([
    ["that fails", { taskDone: () => Promise.resolve(false) }, {}, "migrate failed (devpm logs migrate)"],
    ["that is off", { taskOn: false }, {}, "migrate is off: devpm start migrate"],
    [
      "that takes longer",
      { taskDone: () => new Promise<boolean>(() => {}) },
      { timeoutMs: 300.4 },
      "not within 300 ms: migrate runs",
    ],
    ["without this input", {}, { file: "/p/api/a.py", explicit: true }, "api/a.py is not an input of migrate"],
    ["without this input, and not asked for", {}, { file: "/p/api/a.py" }, "api/a.py reloads no app that is on"],
    ["with this input", {}, { file: "/p/api/migrations/1.sql" }, null],
  ])("%s", async (_, more, wish, answer) => {
    const one = withTask();
    Object.assign(one.here, more);
    expect(await one.wait(wish)).toBe(answer);
    expect(one.clock.monotonic()).toBeLessThan(1_000);
  });
});
