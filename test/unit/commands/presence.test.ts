import { expect, test } from "vitest";
import { createPresence } from "../../../src/commands/dev/presence.ts";

const keys = { device: () => "/dev/pts/7" } as never;
const HERE = { detached: false, terminal: "/dev/pts/7" };
const AWAY = { detached: true, terminal: null };

/** A session that `d` leaves, and whose prompts can be answered here while somebody is. */
function session() {
  const readers = new Set<object>();
  const attend = () => {
    const one = {};
    readers.add(one);
    return () => void readers.delete(one);
  };
  const stopped: string[] = [];
  const presence = createPresence({ keys }, { attend });
  presence.attend();
  const { detach, returned } = presence.leaving({ request: (reason: string) => void stopped.push(reason) });
  const leave = async (isTaken: boolean): Promise<void> => {
    detach(() => Promise.resolve(isTaken));
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { presence, leave, returned, stopped, readers };
}

test("where the session is shown is heard each time it changes, and prompts are answered only there", async () => {
  const { presence, leave, returned, readers } = session();
  const heard: object[] = [];
  presence.shown().onMoved?.((where) => heard.push(where));
  expect([heard, readers.size]).toEqual([[], 1]);
  await leave(true);
  expect([heard, presence.isAway, readers.size]).toEqual([[AWAY], true, 0]);
  returned();
  expect([heard, presence.isAway, readers.size]).toEqual([[AWAY, HERE], false, 1]);
});

test("`d` that was pressed before there was a record is heard by the record", async () => {
  const { presence, leave } = session();
  const heard: object[] = [];
  const { onMoved } = presence.shown();
  await leave(true);
  onMoved?.((where) => heard.push(where));
  expect(heard).toEqual([AWAY]);
});

test("where no shell takes the terminal the session starts again in the background", async () => {
  const { presence, leave, stopped } = session();
  await leave(false);
  expect([stopped, presence.isAway]).toEqual([["detach"], false]);
});
