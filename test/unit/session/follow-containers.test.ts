import { describe, expect, test } from "vitest";
import type { SessionEvent } from "../../../src/model/events.ts";
import type { ServiceStatus } from "../../../src/model/service-status.ts";
import { followContainers } from "../../../src/session/faults/containers.ts";
import type { ContainerLine, LogOptions } from "../../../src/system/docker/types.ts";
import { deferred, type Deferred } from "../../../src/util/deferred.ts";
import { sampleProject } from "../plan/sample.ts";
import { sessionRoom, untilDone } from "./session-room.ts";

/** Services whose logs the test writes. */
function services(states: Record<string, ServiceStatus["state"]>) {
  const room = sessionRoom({ "compose.yml": "services:\n  db:\n    image: postgres\n" });
  const stopping = new AbortController();
  const open: {
    service: string;
    options: LogOptions;
    line: (line: ContainerLine) => void;
    end: Deferred<Error | null>;
  }[] = [];
  const found: { service: string; at: string; file: string | null }[] = [];
  const state = new Map(Object.entries(states));
  const project = {
    ...sampleProject([]),
    infra: { files: [`${room.root}/compose.yml`], services: null, required: true, timeoutMs: 1 },
  };
  followContainers(room.system, {
    tracker: {
      container: (service: string, _: unknown, place: { file: string } | null, at: string) =>
        void found.push({ service, at, file: place?.file ?? null }),
    },
    infra: {
      statuses: () => [...state].map(([service, one]) => ({ service, state: one }) as ServiceStatus),
      logs: (service: string, options: LogOptions, line: (line: ContainerLine) => void) => {
        const end = deferred<Error | null>();
        open.push({ service, options, line, end });
        return end.promise.then((error) => {
          if (error) throw error;
          return { ok: true as const, value: undefined };
        });
      },
    },
    project,
    stream: room.stream,
    stopping: stopping.signal,
  });
  return { ...room, stopping, open, found, state };
}

const CHANGED: SessionEvent = { event: "infra.changed", services: [] };
const FATAL = "2026-01-31 12:00:00.000 UTC [1] FATAL:  data directory has wrong ownership";

describe("the logs of services", () => {
  test("are followed from now on, of those that are up", async () => {
    const { open, clock } = services({ db: "healthy", cache: "stopped" });
    await untilDone(() => open.length > 0);
    expect(open.map(({ service }) => service)).toEqual(["db"]);
    expect(open[0]!.options).toMatchObject({ follow: true, since: clock.now() });
  });

  test("are followed once, and again when one that ended is up again", async () => {
    const { open, state, stream, clock } = services({ db: "healthy" });
    await untilDone(() => open.length === 1);
    stream.emit(CHANGED);
    stream.emit({ event: "infra.started", service: "db", ms: 1, how: "started" });
    state.set("db", "stopped");
    open[0]!.end.resolve(null);
    await clock.untilWaiting();
    await clock.pass(1_000);
    stream.emit(CHANGED);
    expect(open).toHaveLength(1);
    state.set("db", "running");
    stream.emit({ event: "infra.recovered", service: "db", reason: "it runs" });
    await untilDone(() => open.length === 2);
  });

  test("are followed again also where the engine broke them off", async () => {
    const { open, clock } = services({ db: "healthy" });
    await untilDone(() => open.length === 1);
    open[0]!.end.resolve(new Error("connection reset"));
    await clock.untilWaiting();
    await clock.pass(1_000);
    await untilDone(() => open.length === 2);
  });

  test("are followed again from their end on where the service was up before that, at most once a second", async () => {
    const { open, stream, clock } = services({ db: "healthy" });
    await untilDone(() => open.length === 1);
    stream.emit({ event: "infra.recovered", service: "db", reason: "it runs" });
    const ended = clock.now();
    open[0]!.end.resolve(null);
    await clock.untilWaiting();
    await clock.pass(999);
    expect(open).toHaveLength(1);
    await clock.pass(1);
    await untilDone(() => open.length === 2);
    expect(open[1]!.options.since).toEqual(ended);
  });

  test("are not begun once the session stops", async () => {
    const { open, state, stream, stopping } = services({ db: "stopped" });
    stopping.abort();
    state.set("db", "healthy");
    stream.emit(CHANGED);
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => void setImmediate(resolve));
    expect(open).toEqual([]);
  });

  test("give faults the time of their line, and the place where the service is defined", async () => {
    const { open, found, root } = services({ db: "healthy" });
    await untilDone(() => open.length > 0);
    open[0]!.line({ stream: "err", line: FATAL, at: "2026-01-31T12:00:00.123456789Z" });
    open[0]!.line({ stream: "out", line: "ready", at: "2026-01-31T12:00:01.5Z" });
    open[0]!.line({ stream: "out", line: "ready", at: "2026-01-31T12:00:02.5Z" });
    expect(found[0]).toEqual({ service: "db", at: "2026-01-31T12:00:00.123Z", file: `${root}/compose.yml` });
  });
});
