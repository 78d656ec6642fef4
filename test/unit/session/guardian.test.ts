import { expect, test } from "vitest";
import { startGuardian } from "../../../src/session/guardian.ts";
import { files } from "../../../src/system/files/files.ts";
import { lockOf, sessionRoom } from "./session-room.ts";

test("a shim that boots already is not taken where nothing can be armed: it stays with what drops it", async () => {
  const makeFolder = () => Promise.reject(new Error("ENOSPC: no space left on device"));
  const { system, instance } = sessionRoom({}, { files: { ...files, makeFolder } });
  let taken = 0;
  const early = () => {
    taken++;
    return null;
  };
  const spawned = () => expect.fail("nothing is spawned");
  await expect(startGuardian(system, { instance, lock: lockOf(), early, notify: () => {} }, spawned)).rejects.toThrow(
    "ENOSPC",
  );
  expect(taken).toBe(0);
});
