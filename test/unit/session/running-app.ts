import type { Diagnostic } from "../../../src/diagnostics/diagnostic.ts";
import { failed, ok } from "../../../src/diagnostics/outcome.ts";
import type { SessionEvent } from "../../../src/model/events.ts";
import type { App } from "../../../src/model/project.ts";
import type { WatchedPort } from "../../../src/readiness/port-watch.ts";
import { AppRun, type AppProcess } from "../../../src/session/apps/app-run.ts";
import type { Network } from "../../../src/system/network.ts";
import type { Pm2Event } from "../../../src/system/pm2/pm2-relay.ts";
import { virtualClock } from "../virtual-clock.ts";

/** The wall clock's time at which the processes of a test start: PM2 tells them apart by it. */
export const FIRST = 1_000;

/** One app whose PM2, port and warm Python do what the test says. */
export function runningApp(app: App) {
  const clock = virtualClock();
  const events: SessionEvent[] = [];
  const accepting = new Set<number>();
  const stopping = new AbortController();
  const watches: (WatchedPort & { ended: boolean })[] = [];
  const here = {
    warm: false,
    unlikelyMs: 0,
    /** How often it was tried whether its port accepts. */
    tries: 0,
    speaksTls: (): Promise<boolean> => Promise.resolve(false),
    /** What the next launch and PM2's list answer with. */
    launches: (): Promise<AppProcess | Diagnostic> => Promise.resolve({ pid: 100, startedAt: FIRST }),
    current: (): Promise<AppProcess | null> => Promise.resolve({ pid: 200, startedAt: 2 * FIRST }),
  };
  const run = new AppRun(app, {
    unlikelyMs: () => here.unlikelyMs,
    clock,
    network: {
      connects: (port: number) => (here.tries++, Promise.resolve(accepting.has(port))),
      speaksTls: () => here.speaksTls(),
      beginsTls: () => here.speaksTls(),
    } as unknown as Network,
    emit: (event) => void events.push(event),
    own: () => ({
      holds: () => true,
      wasSeen: () => true,
      ports: () => [],
      sockets: () => [{ port: 9_999, address: "127.0.0.1" }],
      on: () => [100],
    }),
    taken: () => [],
    freeAbove: (port) => Promise.resolve(port + 1),
    watchPort: (watched) => {
      const watch = { ...watched, ended: false };
      watches.push(watch);
      return () => void (watch.ended = true);
    },
    launch: async () => {
      const launched = await here.launches();
      return "code" in launched ? failed(launched) : ok(launched);
    },
    current: () => here.current(),
    warm: () => here.warm,
    stopping: stopping.signal,
  });
  return {
    clock,
    events,
    accepting,
    stopping,
    watches,
    here,
    run,
    /** The names of its events since the last call. */
    happened: (): string[] => events.splice(0).map(({ event }) => event),
    /** Started, ready, and nothing reported that the test is not about. */
    async ready() {
      if (app.port !== null) accepting.add(app.port);
      if (here.warm)
        clock.at(clock.monotonic() + 50, () => run.warm({ what: "ready", pid: 101, port: app.port, ms: 5 }));
      await clock.run(run.start());
      events.splice(0);
    },
    pm2: (event: string, startedAt: number, more: Partial<Pm2Event> = {}) =>
      run.pm2({ app: app.name, id: 0, event, status: "online", exitCode: null, signal: null, startedAt, ...more }),
  };
}
