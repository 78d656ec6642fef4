import { utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { SessionEvent } from "../../../src/model/events.ts";
import { instanceOf } from "../../../src/model/instance.ts";
import type { Task } from "../../../src/model/project.ts";
import { TaskLife, type TaskLifeOptions } from "../../../src/session/tasks/task-life.ts";
import type { TaskEnd, TaskFailure } from "../../../src/session/tasks/task-process.ts";
import { files, type Files } from "../../../src/system/files/files.ts";
import type { System } from "../../../src/system/system.ts";
import { deferred } from "../../../src/util/deferred.ts";
import { folderWith } from "../config/outside.ts";
import { sampleApp } from "../plan/sample.ts";
import { environment } from "../preflight/place.ts";
import { virtualClock } from "../virtual-clock.ts";

const DONE: TaskEnd = { how: "done", ms: 90 };
const FAILED: TaskEnd = { how: "failed", ms: 50, exitCode: 1, why: "exit code 1", output: ["no"] };

/** A migration that reads `versions/a.py` and works on the service `db`. */
function room(given: { root?: string; inputs?: string[]; more?: Partial<Task>; write?: Files["write"] } = {}) {
  const root = given.root ?? folderWith({ "versions/a.py": "one", "models.py": "one" });
  const where = { ...environment, cwd: root, home: root, shell: { DEVPM_HOME: path.join(root, ".state") } };
  const clock = virtualClock();
  const events: SessionEvent[] = [];
  const failures: (TaskFailure | null)[] = [];
  const watched = new Map<string, () => void>();
  const stopping = new AbortController();
  let ends: TaskEnd[] = [];
  let met = true;
  let container: string | null = "c1";
  let runs = 0;
  let during: (() => void)[] = [];
  let whileLooking = (): void => {};
  let whileReported = (): void => {};
  const system = {
    clock,
    environment: where,
    files: {
      ...files,
      ...(given.write ? { write: given.write } : {}),
      watchFolder: (folder: string, changed: () => void, signal: AbortSignal) => {
        watched.set(folder, changed);
        signal.addEventListener("abort", () => watched.delete(folder));
      },
    } satisfies Files,
  } as unknown as System;
  const task: Task = {
    ...sampleApp({ name: "migrate", cwd: root, dependsOn: { apps: [], services: ["db"], tasks: [] } }),
    kind: "task",
    port: null,
    inputs: given.inputs ?? [path.join(root, "versions")],
    output: null,
    ...given.more,
  };
  const process = {
    run: (started: (pid: number) => void) => {
      runs++;
      started(100 + runs);
      during.shift()?.();
      return Promise.resolve(ends.shift() ?? DONE);
    },
    end: () => Promise.resolve(),
  } as unknown as TaskLifeOptions["process"];
  const life = new TaskLife(system, task, {
    instance: instanceOf(root, where),
    session: "s1",
    emit: (event) => void events.push(event),
    stopping: stopping.signal,
    infra: {
      containerId: () => {
        whileLooking();
        return container;
      },
    } as unknown as TaskLifeOptions["infra"],
    process,
    references: () => ({ apps: {}, services: {} }),
    configFile: null,
    met: () => Promise.resolve(met),
    failed: (failure) => {
      failures.push(failure);
      whileReported();
      return Promise.resolve();
    },
  });
  return {
    root,
    life,
    clock,
    stopping,
    failures,
    runs: () => runs,
    /** Done while it runs, for the first time, the second … */
    during: (...acts: (() => void)[]) => void (during = acts),
    said: () => events.map((event) => ("reason" in event ? `${event.event} (${event.reason})` : event.event)),
    ends: (...next: TaskEnd[]) => void (ends = next),
    unmet: () => void (met = false),
    whileLooking: (act: () => void) => void (whileLooking = act),
    whileReported: (act: () => void) => void (whileReported = act),
    containerIs: (id: string | null) => void (container = id),
    look: (wish?: "due" | "retry" | "run") => clock.run(life.look(wish)),
    watched: () => [...watched.keys()],
    /** Saves a file and reports it to what watches its folder. */
    save(name: string, text: string) {
      const file = path.join(root, name);
      writeFileSync(file, text);
      watched.get(path.dirname(file))?.();
    },
  };
}

describe("a task runs", () => {
  test("for the first time, and is skipped by the next session while nothing changes", async () => {
    const first = room();
    expect(await first.look()).toBe(true);
    expect(first.said()).toEqual(["task.started (first run)", "task.finished"]);
    const next = room({ root: first.root });
    expect(await next.look()).toBe(true);
    expect(next.said()).toEqual(["task.skipped"]);
  });

  test.each([
    [
      "an input changed",
      (here: ReturnType<typeof room>) => writeFileSync(path.join(here.root, "versions/a.py"), "two"),
      "inputs changed",
    ],
    [
      "an input was added",
      (here: ReturnType<typeof room>) => writeFileSync(path.join(here.root, "versions/b.py"), ""),
      "inputs changed",
    ],
    [
      "its service has another container: the data is another's",
      (here: ReturnType<typeof room>) => here.containerIs("c2"),
      "other containers",
    ],
  ])("again where %s", async (_, change, reason) => {
    const here = room();
    await here.look();
    change(here);
    await here.look();
    expect(here.said()).toContain(`task.started (${reason})`);
  });

  test("again for what is saved while it runs; not for ever where it writes its inputs itself", async () => {
    const here = room();
    const write = (text: string) => (): void => writeFileSync(path.join(here.root, "versions/a.py"), text);
    here.during(write("two"));
    await here.look();
    await here.clock.pass(1_000);
    expect(here.said()).toEqual([
      "task.started (first run)",
      "task.finished",
      "task.started (inputs changed)",
      "task.finished",
    ]);
    here.during(...Array.from({ length: 50 }, (_, count) => write(`own ${count}`)));
    here.save("versions/a.py", "three");
    await here.clock.pass(60_000);
    expect(here.runs()).toBe(5);
  });

  test("not at all where its environment cannot be made; once that is mended it does", async () => {
    const root = folderWith({ "versions/a.py": "" });
    let vault = "closed";
    const env = () => {
      if (vault === "closed") throw new Error("no vault");
      return {};
    };
    const here = room({ root, more: { env } });
    expect(await here.look()).toBe(false);
    expect([here.runs(), here.failures]).toEqual([
      0,
      [{ how: "failed", ms: 0, exitCode: null, why: "no vault", output: [] }],
    ]);
    vault = "open";
    expect(await here.look()).toBe(true);
  });

  test("not at all where its beginning cannot be kept, as on a full disk", async () => {
    const full = Object.assign(new Error("ENOSPC: no space left on device, write"), {
      code: "ENOSPC",
      syscall: "write",
    });
    const here = room({ write: () => Promise.reject(full) });
    expect(await here.look()).toBe(false);
    expect(here.runs()).toBe(0);
    expect(here.failures).toMatchObject([{ why: "devpm cannot write its state folder: its disk is full" }]);
  });

  test("again where what it makes is gone", async () => {
    const root = folderWith({ "versions/a.py": "", out: "" });
    const here = room({ root, more: { output: path.join(root, "out") } });
    await here.look();
    await files.remove(path.join(root, "out"));
    await here.look();
    expect(here.said()).toContain("task.started (its output is missing)");
  });

  test("again where the last session was cut off in the middle of it", async () => {
    const first = room();
    first.ends({ how: "stopped" });
    await first.look();
    const next = room({ root: first.root });
    await next.look();
    expect(next.said()[0]).toBe("task.started (failed before)");
  });

  test("at every start without inputs, once a session", async () => {
    const here = room({ inputs: [] });
    await here.look();
    await here.look();
    expect(here.runs()).toBe(1);
    expect(here.said()[0]).toBe("task.started (first run)");
    const next = room({ root: here.root, inputs: [] });
    await next.look();
    expect(next.said()[0]).toBe("task.started (no inputs)");
  });

  test("when it is asked for, due or not", async () => {
    const here = room();
    await here.look();
    await here.look("run");
    expect(here.said().slice(2)).toEqual(["task.pending", "task.started (asked for)", "task.finished"]);
  });

  test("not while what it needs will not be there", async () => {
    const here = room();
    here.unmet();
    expect(await here.look()).toBe(false);
    expect(here.runs()).toBe(0);
  });
});

describe("looks at the same time", () => {
  test("are one after the other, and those that wait are one", async () => {
    const here = room();
    const all = [here.life.look(), here.life.look(), here.life.look()];
    expect(await here.clock.run(Promise.all(all))).toEqual([true, true, true]);
    expect(here.runs()).toBe(1);
  });

  test("the strongest wish of those that wait counts", async () => {
    const here = room();
    await here.look();
    await here.clock.run(Promise.all([here.life.look("due"), here.life.look("run"), here.life.look("due")]));
    expect(here.runs()).toBe(2);
  });
});

describe("a saved input", () => {
  test("runs it again, once for a burst of saves", async () => {
    const here = room();
    await here.look();
    for (const text of ["two", "three", "four"]) here.save("versions/a.py", text);
    await here.clock.pass(1_000);
    await here.look();
    expect(here.runs()).toBe(2);
  });

  test("that was put back before it was looked at runs nothing", async () => {
    const here = room();
    await here.look();
    here.save("versions/a.py", "one");
    await here.clock.pass(1_000);
    await here.look();
    expect(here.runs()).toBe(1);
  });
});

describe("a task that fails", () => {
  test("is reported, and not tried again with the same inputs", async () => {
    const here = room();
    here.ends(FAILED, FAILED, DONE);
    expect(await here.look()).toBe(false);
    expect(here.failures).toEqual([FAILED]);
    expect(await here.look("due")).toBe(false);
    expect(here.runs()).toBe(1);
  });

  test("is tried again after any save below its folder: a migration may fail because of a model", async () => {
    const here = room();
    here.ends(FAILED, DONE);
    await here.look();
    const done = here.life.untilDone();
    await here.clock.untilWaiting();
    writeFileSync(path.join(here.root, "models.py"), "two, longer");
    // the file system's clock may not have moved since the others were written
    const later = new Date(Date.now() + 10_000);
    utimesSync(path.join(here.root, "models.py"), later, later);
    await here.clock.run(done);
    expect(here.runs()).toBe(2);
  });

  test("is tried again with what was saved while it ran; not for ever where it writes its inputs itself", async () => {
    const here = room();
    const write = (text: string) => (): void => writeFileSync(path.join(here.root, "versions/a.py"), text);
    here.during(write("two"));
    here.ends(FAILED, DONE);
    expect(await here.look()).toBe(false);
    await here.clock.run(here.life.untilDone());
    expect([here.runs(), here.failures]).toEqual([2, [FAILED]]);
    const last = deferred();
    here.ends(...Array.from({ length: 9 }, () => FAILED));
    here.during(write("own 1"), write("own 2"), () => (write("own 3")(), last.resolve()), write("own 4"));
    expect(await here.look("run")).toBe(false);
    await here.clock.run(last.promise);
    await here.clock.pass(300);
    expect(here.runs()).toBe(5);
  });

  test("that is stopped while it is reported stays off", async () => {
    const here = room();
    here.during(() => writeFileSync(path.join(here.root, "versions/a.py"), "two"));
    here.whileReported(() => void here.life.stop());
    here.ends(FAILED);
    await here.look();
    expect(here.life.on).toBe(false);
  });

  test("is tried again where that is asked for", async () => {
    const here = room();
    here.ends(FAILED, DONE);
    await here.look();
    expect(await here.look("retry")).toBe(true);
    expect(here.said().at(-1)).toBe("task.finished");
  });
});

describe("a task that is off", () => {
  test("waits until it is asked for, and is then on", async () => {
    const here = room({ more: { start: false } });
    expect(here.life.on).toBe(false);
    expect(await here.look()).toBe(true);
    expect(here.life.on).toBe(true);
    expect(here.said()[0]).toBe("task.pending");
  });

  test("by devpm stop watches nothing any more", async () => {
    const here = room();
    await here.look();
    expect(here.watched().length).toBeGreaterThan(0);
    await here.clock.run(here.life.stop());
    expect(here.watched()).toEqual([]);
    expect(here.said().at(-1)).toBe("task.stopped");
    here.save("versions/a.py", "two");
    await here.clock.pass(1_000);
    expect(here.runs()).toBe(1);
  });

  test("while it is looked at is not run, and not said to be done", async () => {
    const due = room();
    due.whileLooking(() => void due.life.stop());
    expect(await due.look()).toBe(false);
    const done = room({ root: due.root });
    await done.look();
    done.whileLooking(() => void done.life.stop());
    await done.look();
    expect([due.runs(), done.runs()]).toEqual([0, 1]);
    expect([...due.said(), done.said().at(-1)]).toEqual(["task.stopped", "task.stopped"]);
  });

  test("while its beginning is kept is not run", async () => {
    const here = room({ write: (...given) => here.life.stop().then(() => files.write(...given)) });
    expect(await here.look()).toBe(false);
    expect(here.runs()).toBe(0);
  });

  test("with the session runs no more, and reports nothing", async () => {
    const here = room();
    here.ends(FAILED);
    here.stopping.abort();
    expect(await here.look()).toBe(false);
    expect(here.failures).toEqual([]);
  });
});
