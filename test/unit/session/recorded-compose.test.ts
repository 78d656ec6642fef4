import { expect, test } from "vitest";
import type { Identity } from "../../../src/model/process.ts";
import type { SessionRecord } from "../../../src/model/session-record.ts";
import { recordedCompose } from "../../../src/session/store/recorded-compose.ts";
import type { ComposeOptions } from "../../../src/system/docker/compose.ts";
import type { System } from "../../../src/system/system.ts";
import { identity } from "../teardown/sample.ts";

/** A Compose whose commands run until the test ends them, and every list of commands that was recorded. */
function rig() {
  const recorded: number[][] = [];
  const running = new Map<string, { starts: (pid: number) => void; ends: (error?: Error) => void }>();
  const compose = {
    run: ([name = ""]: readonly string[], { onStart = () => {} }: ComposeOptions) =>
      new Promise((resolve, reject) => {
        running.set(name, { starts: onStart, ends: (error) => (error ? reject(error) : resolve(null)) });
      }),
    read: () => "as it is",
  };
  const processes = { identify: (pid: number): Identity | null => (pid === 99 ? null : identity(pid)) };
  const lock = {
    update: ({ commands = [] }: Partial<SessionRecord>) => {
      recorded.push(commands.map(({ pid }) => pid));
      return Promise.resolve(true);
    },
  };
  return { compose: recordedCompose({ compose, processes } as unknown as System, lock), running, recorded };
}

test("a command is in the record for as long as it runs, beside the others", async () => {
  const { compose, running, recorded } = rig();
  const up = compose.run(["up"], { cwd: "/" });
  const pull = compose.run(["pull"], { cwd: "/" });
  running.get("up")!.starts(30);
  running.get("pull")!.starts(31);
  running.get("up")!.ends();
  await up;
  running.get("pull")!.ends();
  await pull;
  expect(recorded).toEqual([[30], [30, 31], [31], []]);
});

test("a command that fails leaves the record too", async () => {
  const { compose, running, recorded } = rig();
  const up = compose.run(["up"], { cwd: "/" });
  running.get("up")!.starts(30);
  running.get("up")!.ends(new Error("a bug"));
  await expect(up).rejects.toThrow("a bug");
  expect(recorded).toEqual([[30], []]);
});

test("what has ended before it could be looked at changes nothing, and the rest of Compose is as it was", async () => {
  const { compose, running, recorded } = rig();
  const up = compose.run(["up"], { cwd: "/" });
  running.get("up")!.starts(99);
  running.get("up")!.ends();
  await up;
  expect(recorded).toEqual([]);
  expect(compose.read("x")).toBe("as it is");
});
