import { expect, test } from "vitest";
import type { Task } from "../../../src/model/project.ts";
import { exitFileOf } from "../../../src/pm2/session-app.ts";
import { environmentFileOf } from "../../../src/session/apps/launcher.ts";
import { TaskProcess, type TaskProcessOptions } from "../../../src/session/tasks/task-process.ts";
import { deferred } from "../../../src/util/deferred.ts";
import { sampleApp } from "../plan/sample.ts";
import { lockOf, sessionRoom } from "./session-room.ts";

/** The process of a task; PM2 numbers its runs from 0. */
function room() {
  const { system, clock, instance, root } = sessionRoom();
  const lock = lockOf();
  const removed: number[] = [];
  /** What a run waits for before PM2 is asked to start it, and before PM2 answers. */
  const held = { prepare: Promise.resolve(), start: Promise.resolve() };
  let next = 0;
  const task = { ...sampleApp({ name: "seed", cwd: root }), kind: "task", inputs: [], output: null } as unknown as Task;
  const process = new TaskProcess(system, task, {
    instance,
    lock,
    stopping: new AbortController().signal,
    launcher: { prepare: () => held.prepare.then(() => ({ ok: true, value: {} })) },
    client: {
      start: () => {
        const started = { id: next++, pid: 100 + next };
        return held.start.then(() => started);
      },
      remove: (id: number) => Promise.resolve(void removed.push(id)),
    },
    references: () => ({ apps: {}, services: {} }),
  } as unknown as TaskProcessOptions);
  /** Begins a run: how it ends, once PM2 has started it. */
  const begin = async () => {
    const run = { over: false, end: () => clock.run(ended) };
    let ended = null as unknown as ReturnType<TaskProcess["run"]>;
    await new Promise<void>((started) => {
      ended = process.run(() => started());
    });
    void ended.then(() => (run.over = true));
    return run;
  };
  /** PM2 tells the end of this run; `code` is what the task's shell has written. */
  const exits = async (id: number, code?: number): Promise<void> => {
    const file = exitFileOf(environmentFileOf(instance, lock.record.id, task.name));
    if (code !== undefined) await system.files.write(file, `${code}\n`);
    process.exited(id);
    await clock.pass(1_000);
  };
  return { process, clock, held, begin, exits, removed, asked: () => next };
}

test("the exit of a run that was stopped, told once the next one has begun, does not end that one", async () => {
  const { process, begin, exits, removed } = room();
  const first = await begin();
  await process.end();
  expect(removed).toEqual([0]);
  expect(await first.end()).toEqual({ how: "stopped" });
  const second = await begin();
  // behind what a talkative app has printed meanwhile
  await exits(0);
  expect(second.over).toBe(false);
  await exits(1, 0);
  expect(await second.end()).toMatchObject({ how: "done" });
});

test("a run that is stopped while PM2 starts it is ended once it has a number", async () => {
  const { process, clock, held, removed, asked } = room();
  const { promise, resolve } = deferred();
  held.start = promise;
  const pids: number[] = [];
  const run = process.run((pid) => pids.push(pid));
  while (asked() === 0) await new Promise((turn) => void setImmediate(turn));
  const ended = process.end();
  resolve();
  await ended;
  expect([pids, removed]).toEqual([[101], [0]]);
  expect(await clock.run(run)).toEqual({ how: "stopped" });
});

test("a run that is stopped before PM2 is asked is not started", async () => {
  const { process, clock, held, asked } = room();
  const { promise, resolve } = deferred();
  held.prepare = promise;
  const run = process.run(() => {});
  await process.end();
  resolve();
  expect(await clock.run(run)).toEqual({ how: "stopped" });
  expect(asked()).toBe(0);
});
