import { expect, test } from "vitest";
import { onSaves } from "../../../src/session/tasks/saves.ts";
import { releaseMemory } from "../../../src/system/memory.ts";
import { virtualClock } from "../virtual-clock.ts";

/** A folder that is watched, in which a test saves. */
function folder() {
  const clock = virtualClock();
  const stopping = new AbortController();
  const rests: WeakRef<AbortSignal>[] = [];
  let save = (): void => {};
  let saves = 0;
  const system = {
    files: { watchFolder: (_: string, changed: () => void) => void (save = changed) },
    clock: {
      ...clock,
      sleep(ms: number, signal: AbortSignal) {
        rests.push(new WeakRef(signal));
        return clock.sleep(ms, signal);
      },
    },
  };
  onSaves(system as never, ["/p"], () => saves++, stopping.signal);
  return { clock, stopping, rests, save: () => save(), saves: () => saves };
}

test("a burst of saves is one, and after the end there is none", async () => {
  const { clock, stopping, save, saves } = folder();
  for (let burst = 1; burst <= 2; burst++) {
    for (let file = 0; file < 5; file++) save();
    await clock.run(clock.sleep(1_000));
    expect(saves()).toBe(burst);
  }
  save();
  stopping.abort();
  await clock.run(clock.sleep(1_000));
  expect(saves()).toBe(2);
});

test("of saves that are over nothing is kept, however long the session lives", async () => {
  const { clock, rests, save } = folder();
  for (let file = 0; file < 20; file++) save();
  await clock.run(clock.sleep(1_000));
  expect(rests).toHaveLength(20);
  releaseMemory();
  // which of the last ones the stack, or an event that was just dispatched, still holds is V8's own affair; a leak keeps all
  expect(rests.filter((one) => one.deref() !== undefined).length).toBeLessThan(12);
});
