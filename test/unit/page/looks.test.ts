import { expect, test } from "vitest";
import { createLooks } from "../../../src/page/looks.ts";

/** A clock whose one sleep ends when the test says so. */
function rig() {
  let released = 0;
  let wake = (): void => {};
  const clock = {
    sleep: (_: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => {
        wake = resolve;
        signal?.addEventListener("abort", () => resolve());
      }),
  };
  const looks = createLooks({ clock, releaseMemory: () => released++ } as unknown as Parameters<typeof createLooks>[0]);
  const look = (): (() => void) => {
    let closed = (): void => {};
    looks.begun({ onClosed: (listener) => (closed = listener) });
    return () => closed();
  };
  const rested = async (): Promise<number> => {
    wake();
    await new Promise((resolve) => void setImmediate(resolve));
    return released;
  };
  return { looks, look, rested };
}

test("what the page took is given back when nobody has looked for a while", async () => {
  const { look, rested } = rig();
  const [one, two] = [look(), look()];
  one();
  expect(await rested()).toBe(0);
  two();
  expect(await rested()).toBe(1);
});

test("… not while somebody looks again, nor at the end of the session", async () => {
  const { looks, look, rested } = rig();
  look()();
  const again = look();
  expect(await rested()).toBe(0);
  again();
  looks.close();
  expect(await rested()).toBe(0);
  look()();
  expect(await rested()).toBe(0);
});
