import path from "node:path";
import type { App } from "../../model/project.ts";
import type { System } from "../../system/system.ts";
import { isObject } from "../../util/guard.ts";
import type { SessionContext } from "../context.ts";

type Apps = readonly Pick<App, "name" | "dependsOn">[];
type Deps = Pick<System, "files" | "clock">;

/**
 * Which of several apps goes first that are started at once: PM2 starts one after the other, and the engine prepares them so. The
 * one that takes longest does, by the last sessions: it decides when all of them are ready.
 */
export interface StartOrder {
  /** Resolves when it is the app's turn: then it is prepared, up to the first thing that has to be waited for. */
  turn(app: string): Promise<void>;
  /** For so long after its start the app is hardly ready, by the last sessions; 0 where nothing is known. */
  unlikelyMs(app: string): number;
  /** Keeps how long each took in this session, for the next one. Never rejects. */
  keep(): Promise<void>;
}

/** The share of its former start time in which an app is hardly ready. */
const UNLIKELY_SHARE = 0.6;

export function createStartOrder(
  { files, clock }: Deps,
  { project: { apps }, instance, stream }: Pick<SessionContext, "project" | "instance" | "stream">,
): StartOrder {
  const file = path.join(instance.cache, "start-times.json");
  const known = files.read(file).then(timesIn, () => new Map<string, number>());
  let before: ReadonlyMap<string, number> = new Map();
  void known.then((times) => (before = times));
  const taken = new Map<string, number>();
  stream.subscribe((event) => {
    // a later one may be that of a port which is open again
    if (event.event === "app.ready" && !taken.has(event.app)) taken.set(event.app, event.ms);
  });
  let waiting: { app: string; begin: () => void }[] = [];
  let isReleasing = false;

  async function release(): Promise<void> {
    isReleasing = true;
    const remaining = remainingTimes(apps, await known);
    // those that are started at once have all asked after a turn
    for (await clock.turn(); waiting.length > 0; await clock.turn()) {
      const first = longest(waiting, ({ app }) => remaining.get(app) ?? 0);
      waiting = waiting.filter((one) => one !== first);
      first.begin();
    }
    isReleasing = false;
  }

  return {
    turn: (app) =>
      new Promise((begin) => {
        waiting.push({ app, begin });
        if (!isReleasing) void release();
      }),
    unlikelyMs: (app) => (before.get(app) ?? 0) * UNLIKELY_SHARE,
    async keep() {
      await known;
      const all = new Map(before);
      // with other work on the machine one start says little
      for (const [name, ms] of taken) all.set(name, Math.round(((before.get(name) ?? ms) + ms) / 2));
      const present = apps.flatMap(({ name }) => (all.has(name) ? [[name, all.get(name)]] : []));
      await files.write(file, `${JSON.stringify(Object.fromEntries(present))}\n`).catch(() => {});
    },
  };
}

/** Until an app and all that wait for it are ready, by how long each takes by itself. An unknown one takes no time. */
function remainingTimes(apps: Apps, times: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const remaining = (name: string): number => {
    const before = found.get(name);
    if (before !== undefined) return before;
    const after = apps.filter(({ dependsOn }) => dependsOn.apps.includes(name)).map((app) => remaining(app.name));
    const sum = (times.get(name) ?? 0) + Math.max(0, ...after);
    found.set(name, sum);
    return sum;
  };
  for (const { name } of apps) remaining(name);
  return found;
}

/** The first of several that are equal: they keep the order of the config. */
const longest = <T>(all: readonly T[], length: (one: T) => number): T =>
  all.reduce((first, one) => (length(one) > length(first) ? one : first));

/** What a session wrote; of anything else nothing. */
function timesIn(text: string | null): Map<string, number> {
  let read: unknown;
  try {
    read = JSON.parse(text ?? "");
  } catch {
    return new Map();
  }
  const times = isObject(read) ? Object.entries(read) : [];
  return new Map(times.filter((one): one is [string, number] => typeof one[1] === "number"));
}
