import { expect, test } from "vitest";
import { helpers, type Helper, type Line } from "../../../src/system/processes/helpers.ts";
import { armGuardian, type GuardianSystem } from "../../../src/teardown/guardian.ts";
import { startShim } from "../../../src/teardown/started-shim.ts";
import { deferred } from "../../../src/util/deferred.ts";
import { machine } from "../machine.ts";
import { record } from "./sample.ts";

const SENTINEL = 699;
const SHIM = 700;
const DAEMON = 701;

/** A line on which the other side can say something, and close it. */
function line() {
  const closed = deferred();
  const handlers: ((message: Record<string, unknown>) => void)[] = [];
  const end: Line = {
    send: () => {},
    waiting: 0,
    flushed: () => Promise.resolve(),
    onMessage: (handle) => void handlers.push(handle),
    closed: closed.promise,
    end: () => {},
    close: () => {},
  };
  return {
    end,
    close: () => closed.resolve(),
    say: (message: object) => handlers.forEach((one) => one({ ...message })),
  };
}

const request = () => ({
  record: record(),
  recordFile: "/session.json",
  python: "/usr/bin/python3",
  node: "node",
  daemon: { file: "node", args: [], env: {} },
  place: { logFile: "/log", env: {} },
  early: null,
  cleared: () => Promise.resolve(),
});

/** Python starts once, and not again; nothing else starts. */
function startingOnce(begin: () => Omit<Helper, "exited">): GuardianSystem["helpers"] {
  let starts = 0;
  return {
    start: () => null,
    startShim: () => (starts++ > 0 ? null : { ...begin(), exited: new Promise(() => {}) }),
    takeBegun: () => null,
    guardian: helpers.guardian,
    inherited: () => expect.fail("nothing is inherited"),
  };
}

test("a daemon whose shim is killed before it reports that it guards it is ended", async () => {
  const { clock, processes, start, all } = machine();
  const system: GuardianSystem = {
    clock,
    processes,
    helpers: startingOnce(() => {
      start(SHIM);
      start(DAEMON);
      const [toSentinel, toShim] = [line(), line()];
      queueMicrotask(() => {
        toShim.say({ daemon: DAEMON });
        toShim.close();
      });
      return { pid: SHIM, lines: [toSentinel.end, toShim.end] };
    }),
  };
  const armed = await armGuardian(system, request());
  expect(armed.ok).toBe(false);
  expect(all()).toEqual([]);
});

test("a shim that lives and does not report in time is ended, with what it has started", async () => {
  const { clock, processes, start, all } = machine();
  let closed = 0;
  const system: GuardianSystem = {
    clock: { ...clock, within: () => Promise.resolve(null) },
    processes,
    helpers: startingOnce(() => {
      start(SENTINEL);
      start(SHIM, { ppid: SENTINEL });
      start(DAEMON, { ppid: SHIM });
      const lines = [line().end, line().end].map((end) => ({ ...end, close: () => void closed++ }));
      return { pid: SENTINEL, lines };
    }),
  };
  const armed = await armGuardian(system, request());
  expect(armed.ok).toBe(false);
  expect([all(), closed]).toEqual([[], 2]);
});

/** A shim that reports, on a machine where each pid can be another process's by the time that it is looked at. */
function reporting() {
  const simulated = machine();
  const { clock, processes, start, end } = simulated;
  const [toSentinel, toShim] = [line(), line()];
  const system: GuardianSystem = {
    clock,
    processes,
    helpers: startingOnce(() => {
      start(SENTINEL);
      start(SHIM, { ppid: SENTINEL });
      start(DAEMON, { ppid: SHIM });
      return { pid: SENTINEL, lines: [toSentinel.end, toShim.end] };
    }),
  };
  const early = startShim(system, request());
  if (early === null) expect.fail("no shim was started");
  return {
    ...simulated,
    toSentinel,
    toShim,
    arm: () => armGuardian(system, { ...request(), early }),
    /** It has ended, and a process that is not ours has its pid. */
    passOn(pid: number) {
      end(pid);
      return start(pid, { startTime: "900" });
    },
  };
}

test("what has the pid of a daemon that has ended is not signalled", async () => {
  const { toShim, toSentinel, arm, passOn } = reporting();
  toShim.say({ daemon: DAEMON });
  const other = passOn(DAEMON);
  toSentinel.say({ armed: true });
  toShim.say({ shim: SHIM, daemon: DAEMON });
  const armed = await arm();
  expect([armed.ok, other.got]).toEqual([false, []]);
});

test("what has the pid of a sentinel that has ended does not guard, and is not signalled", async () => {
  const { toShim, toSentinel, arm, passOn } = reporting();
  toSentinel.say({ armed: true });
  toShim.say({ daemon: DAEMON });
  toShim.say({ shim: SHIM, daemon: DAEMON });
  const other = passOn(SENTINEL);
  const armed = await arm();
  expect([armed.ok, other.got]).toEqual([false, []]);
});
