import { expect, test } from "vitest";
import type { SessionEvent } from "../../../src/model/events.ts";
import { reloadGate } from "../../../src/session/apps/reload-gate.ts";
import { deferred } from "../../../src/util/deferred.ts";
import { crashed } from "./crashed.ts";

const reloaded = (file: string): SessionEvent => ({
  event: "app.reloaded",
  app: "api",
  file,
  savedAt: "2026-01-01T00:00:00.000Z",
  ms: 15,
  how: "warm",
  ok: true,
});

function gate(tasks: string[] = ["migrate"]) {
  const emitted: SessionEvent[] = [];
  const done: ReturnType<typeof deferred<boolean>>[] = [];
  const mended = deferred();
  let now = 1_000;
  const emit = reloadGate({
    emit: (event) => emitted.push(event),
    now: () => now,
    tasks,
    tasksDone() {
      const asked = deferred<boolean>();
      done.push(asked);
      return asked.promise;
    },
    tasksMended: () => mended.promise,
  });
  const settled = async (): Promise<void> => {
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  };
  return { emit, emitted, done, mended, settled, pass: (ms: number) => (now += ms) };
}

test("without tasks everything passes", () => {
  const { emit, emitted } = gate([]);
  emit(reloaded("a.py"));
  expect(emitted).toEqual([reloaded("a.py")]);
});

test("a reload counts when its tasks are done, and took as long", async () => {
  const { emit, emitted, done, settled, pass } = gate();
  emit({ event: "app.running", app: "api", pid: 1 });
  emit(reloaded("a.py"));
  await settled();
  expect(emitted.map(({ event }) => event)).toEqual(["app.running"]);
  pass(300);
  done[0]?.resolve(true);
  await settled();
  expect(emitted.at(-1)).toMatchObject({ event: "app.reloaded", ok: true, ms: 315 });
});

test("where a task fails it does not count until the task is mended", async () => {
  const { emit, emitted, done, mended, settled } = gate();
  emit(reloaded("a.py"));
  done[0]?.resolve(false);
  await settled();
  expect(emitted).toMatchObject([
    { event: "app.reloaded", ok: false },
    { event: "app.failed", reason: "migrate failed", tasks: ["migrate"] },
  ]);
  mended.resolve();
  await settled();
  expect(emitted.at(-1)).toMatchObject({ event: "app.reloaded", ok: true });
});

test.each<SessionEvent>([
  { event: "app.reloading", app: "api", file: "b.py", savedAt: "", how: "warm" },
  crashed("api"),
  { event: "app.stopped", app: "api" },
])("a reload that is held back counts no more after $event", async (later) => {
  const { emit, emitted, done, settled } = gate();
  emit(reloaded("a.py"));
  emit(later);
  done[0]?.resolve(true);
  await settled();
  expect(emitted).toEqual([later]);
});
