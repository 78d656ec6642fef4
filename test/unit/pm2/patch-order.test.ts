import { expect, it } from "vitest";
import { patchOrder, type Ending } from "../../../src/pm2/patch-order.ts";

/** A daemon whose operations end when the test says so. */
function daemon() {
  const begun: string[] = [];
  const finish: (() => void)[] = [];
  const god: Ending & { next_id: number } = {
    next_id: 0,
    getNewId: () => god.next_id++,
    restartProcessId: ({ id }, done) => {
      begun.push(`restart ${id}`);
      finish.push(() => done(null, "restarted"));
    },
    deleteProcessId: (id, done) => {
      begun.push(`delete ${id}`);
      finish.push(() => {
        // the list is empty
        god.next_id = 0;
        done(null, "deleted");
      });
    },
  };
  patchOrder(god);
  return { god, begun, finish };
}

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

it("one operation of an app after another, those of others beside it", async () => {
  const { god, begun, finish } = daemon();
  const results: unknown[] = [];
  const note = (_: unknown, result: unknown): void => void results.push(result);
  god.restartProcessId({ id: 1 }, note);
  god.deleteProcessId(1, note);
  god.restartProcessId({ id: 2 }, note);
  await turn();
  expect(begun).toEqual(["restart 1", "restart 2"]);
  finish[0]!();
  await turn();
  expect(begun).toEqual(["restart 1", "restart 2", "delete 1"]);
  finish[2]!();
  finish[1]!();
  expect(results).toEqual(["restarted", "deleted", "restarted"]);
});

it("no number is given twice, also once the list is empty", async () => {
  const { god, finish } = daemon();
  expect([god.getNewId(), god.getNewId()]).toEqual([0, 1]);
  // the last to be deleted has not the highest number
  for (const id of [1, 0]) god.deleteProcessId(id, () => {});
  await turn();
  for (const end of finish) end();
  expect(god.getNewId()).toBe(2);
});

it("an operation that fails lets the next one go on", async () => {
  const { god, begun } = daemon();
  const failing: Ending = { ...god, restartProcessId: (_, done) => done(new Error("unknown id"), {}) };
  patchOrder(failing);
  const errors: unknown[] = [];
  failing.restartProcessId({ id: 1 }, (error) => errors.push(error));
  failing.deleteProcessId(1, () => {});
  await turn();
  await turn();
  expect(errors).toHaveLength(1);
  expect(begun).toEqual(["delete 1"]);
});
