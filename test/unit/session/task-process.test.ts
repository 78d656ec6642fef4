import { expect, test } from "vitest";
import type { Task } from "../../../src/model/project.ts";
import { exitFileOf } from "../../../src/pm2/session-app.ts";
import { environmentFileOf } from "../../../src/session/apps/launcher.ts";
import { TaskProcess, type TaskProcessOptions } from "../../../src/session/tasks/task-process.ts";
import { sampleApp } from "../plan/sample.ts";
import { lockOf, sessionRoom } from "./session-room.ts";

/** The process of a task; PM2 numbers its runs from 0. */
function room() {
  const { system, clock, instance, root } = sessionRoom();
  const lock = lockOf();
  const removed: number[] = [];
  let next = 0;
  const task = { ...sampleApp({ name: "seed", cwd: root }), kind: "task", inputs: [], output: null } as unknown as Task;
  const process = new TaskProcess(system, task, {
    instance,
    lock,
    stopping: new AbortController().signal,
    launcher: { prepare: () => Promise.resolve({ ok: true, value: {} }) },
    client: {
      start: () => Promise.resolve({ id: next++, pid: 100 + next }),
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
  return { process, begin, exits, removed };
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
