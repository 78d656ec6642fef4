import { existsSync, mkdirSync, readdirSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { instanceOf } from "../../../src/model/instance.ts";
import type { EngineRequest } from "../../../src/session/engine-request.ts";
import { takeInstance } from "../../../src/session/take-instance.ts";
import { files } from "../../../src/system/files/files.ts";
import { helpers } from "../../../src/system/processes/helpers.ts";
import { sessionRoom } from "./session-room.ts";

test("an instance that a full disk does not let be taken leaves no folder of its sockets", async () => {
  const made: (string | null)[] = [];
  const room = sessionRoom();
  const { root, simulated } = room;
  const sockets = path.join(root, "run");
  mkdirSync(sockets);
  // its own place is too long for a socket, and there is no shim for this platform
  const shell = { DEVPM_HOME: path.join(root, "long".repeat(40)) };
  const environment = { ...room.system.environment, platform: "darwin" as const, shell };
  const system = {
    ...room.system,
    environment,
    helpers: { ...helpers, takeBegun: () => null },
    files: {
      ...files,
      async makeTemporary(_: readonly string[], prefix: string) {
        made.push(await files.makeTemporary([sockets], prefix));
        return made[0] ?? null;
      },
      create: () => Promise.reject(new Error("ENOSPC: no space left on device")),
    },
  };
  simulated.start(environment.pid);
  const request = { instance: instanceOf(root, environment), detached: false } as EngineRequest;
  const taken = await takeInstance(system, request);
  expect(taken.ok).toBe(false);
  expect(made.map((folder) => folder !== null && existsSync(folder))).toEqual([false]);
  expect(readdirSync(sockets)).toEqual([]);
});
