import { describe, expect, test } from "vitest";
import { createPm2Process } from "../../../src/session/apps/pm2-process.ts";
import type { Pm2App, Pm2Client, Pm2Process } from "../../../src/system/pm2/pm2.ts";
import { sampleApp } from "../plan/sample.ts";

const api = sampleApp({ name: "api", graceMs: 3_000 });

/** A PM2 that keeps a list, with one app of another session of the same name in it. */
function daemon() {
  const calls: string[] = [];
  let next = 1;
  let list = [{ id: 0, name: "api", namespace: "other", pid: 1, startedAt: 1 }] as Pm2Process[];
  const client = {
    list: () => Promise.resolve(list),
    start: (options: Pm2App) => {
      const many = Number(options.instances ?? 1);
      const made = Array.from({ length: many }, () => {
        const id = next++;
        return { id, name: "api", namespace: "mine", pid: 100 + id, startedAt: id } as Pm2Process;
      });
      list = [...list, ...made];
      calls.push(`start ${many}`);
      return Promise.resolve(made[0]!);
    },
    restart: (id: number, ms: number) => {
      calls.push(`restart ${id} within ${ms}`);
      list = list.map((one) =>
        one.id === id ? { ...one, pid: one.pid! + 1_000, startedAt: one.startedAt + 50 } : one,
      );
      return Promise.resolve();
    },
    remove: (id: number, ms: number) => {
      calls.push(`remove ${id} within ${ms}`);
      list = list.filter((one) => one.id !== id);
      return Promise.resolve();
    },
  } as unknown as Pm2Client;
  return { calls, process: createPm2Process(client, "api", "mine"), forget: () => (list = []) };
}

const options = (more: object = {}): Pm2App => ({ script: "launch.sh", ...more }) as unknown as Pm2App;

describe("an app under PM2", () => {
  test("is started once, and restarted with the same options", async () => {
    const { calls, process } = daemon();
    expect(process.id).toBeNull();
    expect(await process.run(api, options())).toEqual({ pid: 101, startedAt: 1 });
    expect(process.id).toBe(1);
    expect(await process.run(api, options())).toEqual({ pid: 1_101, startedAt: 51 });
    expect(calls).toEqual(["start 1", "restart 1 within 8000"]);
  });

  test("is replaced where its options have changed: PM2 keeps the old ones over a restart", async () => {
    const { calls, process } = daemon();
    await process.run(api, options());
    await process.run(api, options({ args: ["--debug"] }));
    expect(calls).toEqual(["start 1", "remove 1 within 5000", "start 1"]);
    expect(process.id).toBe(2);
  });

  test("is started again once it was removed", async () => {
    const { calls, process } = daemon();
    await process.run(api, options());
    await process.remove(1_000);
    expect(process.id).toBeNull();
    expect(await process.current()).toBeNull();
    await process.run(api, options());
    expect(calls).toEqual(["start 1", "remove 1 within 3000", "start 1"]);
  });

  test("that was never started has nothing to remove", async () => {
    const { calls, process } = daemon();
    await process.remove(1_000);
    expect(calls).toEqual([]);
  });

  test("with several instances is restarted and removed with each of them", async () => {
    const { calls, process } = daemon();
    const three = options({ instances: 3 });
    await process.run(api, three);
    await process.run(api, three);
    await process.remove(0);
    expect(calls).toEqual([
      "start 3",
      ...[1, 2, 3].map((id) => `restart ${id} within 8000`),
      ...[1, 2, 3].map((id) => `remove ${id} within 2000`),
    ]);
  });

  test("is never another session's of the same name", async () => {
    const { process } = daemon();
    expect(await process.current()).toBeNull();
  });

  test("that PM2 lost during a restart is an error with a sentence", async () => {
    const { process, forget } = daemon();
    await process.run(api, options());
    forget();
    await expect(process.run(api, options())).rejects.toThrow("PM2 restarted it, and it is not there");
  });
});
