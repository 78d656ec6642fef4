import { executionAsyncId } from "node:async_hooks";
import { expect, test } from "vitest";
import { withVariables } from "../../../../src/system/loader/borrowed-environment.ts";
import { deferred } from "../../../../src/util/deferred.ts";

/** Node numbers the callbacks of promises while it follows async calls, which makes each of them slower. */
const isFollowed = (): Promise<boolean> => Promise.resolve().then(() => executionAsyncId() !== 0);

test("variables are lent to a task and what it awaits, and afterwards Node follows no more calls than before", async () => {
  const before = await isFollowed();
  const [first, second] = [deferred(), deferred()];
  const seen: (string | undefined)[] = [];
  const reader = (value: string, wait: Promise<unknown>): Promise<void> =>
    withVariables({ BORROWED: value }, async () => {
      await wait;
      seen.push(process.env.BORROWED);
    });
  const both = [reader("one", first.promise), reader("two", second.promise)];
  expect(process.env.BORROWED).toBeUndefined();
  second.resolve();
  await both[1];
  // the other one is still under way
  first.resolve();
  await both[0];
  expect(seen).toEqual(["two", "one"]);
  expect(await isFollowed()).toBe(before);
  // and again
  await reader("three", Promise.resolve());
  expect(seen.at(-1)).toBe("three");
  expect(await isFollowed()).toBe(before);
});
