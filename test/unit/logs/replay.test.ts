import { expect, it } from "vitest";
import { replay } from "../../../src/logs/replay.ts";
import type { Streamed } from "../../../src/model/protocol.ts";
import type { EngineClient } from "../../../src/system/engine/engine-client.ts";
import type { LogFiles } from "../../../src/system/logs/log-files.ts";

const at = (second: number): string => new Date(Date.UTC(2026, 0, 31, 12, 0, second)).toISOString();
const log = (n: number, second: number): Streamed => ({
  event: "log",
  at: at(second),
  n,
  app: "a",
  stream: "out",
  line: `line ${n}`,
});
const starting = (second: number, session = "s1"): Streamed => ({
  event: "session.starting",
  at: at(second),
  project: "p",
  root: "/p",
  namespace: "n",
  session,
  apps: ["a"],
});
const ready = (second: number): Streamed => ({ event: "app.ready", at: at(second), app: "a", url: null, ms: 5 });

interface Given {
  lines: Streamed[];
  events: Streamed[];
  /** What the engine streams while the files are read, and after that. */
  meanwhile?: Streamed[];
  later?: Streamed[];
  limit?: number;
}

/** What a reader sees, in order; `|` stands between the past and what follows. */
async function shown({ lines, events, meanwhile = [], later = [], limit = 10 }: Given): Promise<string[]> {
  const files = new Map<string, string[]>();
  const text = (list: readonly Streamed[]): string[] =>
    list.map((one) => JSON.stringify(one.event === "log" ? { ...one, event: undefined } : one));
  files.set("a.jsonl", text(lines));
  files.set("@session.jsonl", text(events));
  const of = (paths: readonly string[]): string[] =>
    paths.toReversed().flatMap((file) => files.get(file.split("/").at(-1) ?? "") ?? []);
  const logFiles = {
    names: () => [...files.keys()],
    *backwards(paths: readonly string[]) {
      yield* of(paths).toReversed();
    },
    *forwards(paths: readonly string[]) {
      yield* of(paths);
    },
  } as unknown as LogFiles;
  let deliver: (event: Streamed) => void = () => {};
  const engine: EngineClient = {
    refused: null,
    ask: () => Promise.resolve(null),
    events(_, onEvent) {
      deliver = onEvent;
      for (const event of meanwhile) onEvent(event);
      return Promise.resolve({ done: Promise.resolve(), pause() {}, resume() {} });
    },
    close() {},
  };
  const seen: string[] = [];
  await replay(logFiles, "/logs", {
    names: ["a"],
    lines: limit,
    engine,
    show: (event) => seen.push(event.event === "log" ? event.line : event.event),
    between: () => seen.push("|"),
    taken: () => Promise.resolve(),
  });
  for (const event of later) deliver(event);
  return seen;
}

it("lines and devpm's own events are in the order of their time, the session's first event before them", async () => {
  expect(
    await shown({
      lines: [log(1, 2), log(2, 4), log(3, 6)],
      events: [starting(0), ready(3), { ...ready(5), event: "app.stopped" } as Streamed],
      later: [log(4, 7)],
    }),
  ).toEqual(["session.starting", "line 1", "app.ready", "line 2", "app.stopped", "line 3", "|", "line 4"]);
});

it("only the last lines, and of devpm's events those since the first of them", async () => {
  expect(await shown({ lines: [log(1, 2), log(2, 4), log(3, 6)], events: [starting(0), ready(3)], limit: 2 })).toEqual([
    "session.starting",
    "line 2",
    "line 3",
    "|",
  ]);
});

it("nothing of an earlier session", async () => {
  expect(
    await shown({
      lines: [log(1, 2), log(2, 14)],
      events: [starting(0, "s0"), ready(3), starting(12), ready(15)],
    }),
  ).toEqual(["session.starting", "line 2", "app.ready", "|"]);
});

it("what arrives while the files are read is shown once, whether they have it or not", async () => {
  expect(
    await shown({
      lines: [log(1, 2), log(2, 4)],
      events: [starting(0), ready(3)],
      meanwhile: [log(2, 4), ready(3), log(3, 5), ready(6)],
      later: [log(4, 7), ready(8)],
    }),
  ).toEqual(["session.starting", "line 1", "app.ready", "line 2", "|", "line 3", "app.ready", "line 4", "app.ready"]);
});

it("a session that has printed nothing yet, and one without files", async () => {
  expect(await shown({ lines: [], events: [starting(0), ready(3)] })).toEqual(["session.starting", "app.ready", "|"]);
  expect(await shown({ lines: [], events: [], later: [log(1, 1)] })).toEqual(["|", "line 1"]);
});
