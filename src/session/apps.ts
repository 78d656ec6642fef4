import type { App, Project, References } from "../config/project.ts";
import type { Infra } from "../infra/infra.ts";
import type { LogStore } from "../logs/store.ts";
import { runSetup } from "../preflight/setup.ts";
import { AppRun, type AppProcess } from "../processes/app.ts";
import type { Pm2Client } from "../system/pm2.ts";
import type { System } from "../system/system.ts";
import { deferred, type Deferred } from "../util/deferred.ts";
import { aborted } from "../util/signals.ts";
import type { Instance } from "./instance.ts";
import { createLauncher } from "./launcher.ts";
import type { Holding } from "./lock.ts";
import { createOutput } from "./output.ts";
import type { WarmReport } from "./protocol.ts";
import type { EventStream } from "./stream.ts";

export interface AppsSetting {
  project: Project;
  instance: Instance;
  holding: Holding;
  client: Pm2Client;
  infra: Infra;
  logs: LogStore;
  emit: EventStream["emit"];
  stopping: AbortSignal;
}

/** The apps of a session. */
export interface Apps {
  /** Starts each as soon as what it depends on allows. Resolves when all have become ready. */
  start(): Promise<void>;
  /** A cold restart; true when it is ready again. */
  restart(name: string): Promise<boolean>;
  report(name: string, report: WarmReport): void;
}

interface Member {
  run: AppRun;
  /** Resolves when it is ready for the first time: what others wait for. */
  ready: Deferred<void>;
  /** PM2's id, once it was started. */
  id: number | null;
}

export function createApps(system: System, setting: AppsSetting): Apps {
  const { project, client, infra, logs, emit, stopping, holding, instance } = setting;
  const { id: session, namespace } = holding.record;
  const launcher = createLauncher(system, {
    instance,
    session,
    namespace,
    say: (text) => emit({ event: "notice", text }),
  });
  const members = new Map<string, Member>();
  const output = createOutput(logs, emit, (app, line) => members.get(app)?.run.line(line));

  for (const app of project.apps) members.set(app.name, member(app));
  client.onOutput((piece) => output.chunk(piece));
  client.onWatch(({ app, path }) => void saved(app, path));
  client.onEvent((event) => {
    if (event.event === "exit") output.flush(event.app);
    void members.get(event.app)?.run.pm2(event);
  });

  return {
    async start() {
      await Promise.all(project.apps.map((app) => bring(app, members.get(app.name)!)));
    },
    restart: async (name) => (await prepared(members.get(name)!)) && members.get(name)!.run.start(),
    report(name, report) {
      const one = members.get(name);
      if (!one) return;
      if (report.what === "cold") void coldStart(one, report.reason);
      else one.run.warm(report);
    },
  };

  function member(app: App): Member {
    const one: Member = { ready: deferred(), id: null, run: null as unknown as AppRun };
    one.run = new AppRun(app, {
      clock: system.clock,
      network: system.network,
      emit: (event) => {
        emit(event);
        if (event.event === "app.ready" || (event.event === "app.reloaded" && event.ok)) one.ready.resolve();
        if (event.event === "app.running") void recorded(app.name, one.id, event.pid);
      },
      launch: () => launch(app, one),
      current: () => current(app.name),
      url: app.port === null ? null : `http://localhost:${app.port}`,
      warm: () => launcher.isWarm(app.name),
      stopping,
    });
    return one;
  }

  /** Waits for what it depends on, sets it up, starts it, and returns when it is ready for the first time. */
  async function bring(app: App, one: Member): Promise<void> {
    const apps = app.dependsOn.apps.map((name) => members.get(name)?.ready.promise);
    const services = app.dependsOn.services.map((service) => untilUsable(app, service));
    const setUp = prepared(one);
    await Promise.race([Promise.all([...apps, ...services]), aborted(stopping)]);
    if ((await setUp) && !stopping.aborted) await one.run.start();
    await Promise.race([one.ready.promise, aborted(stopping)]);
  }

  /** A service that failed may be mended while the session runs: the app starts then. */
  async function untilUsable(app: App, service: string): Promise<void> {
    const usable = await infra.ready(service);
    if (usable.ok || stopping.aborted) return;
    emit({ event: "app.failed", app: app.name, reason: `it waits for ${service}` });
    await infra.recovered(service);
  }

  /** Runs the set-up steps whose inputs changed. A failed one leaves the app where it is, and is said. */
  async function prepared(one: Member): Promise<boolean> {
    const { app } = one.run;
    const done = await runSetup(system, { app, folder: instance.setup, emit, signal: stopping });
    if (done.ok) return true;
    if (stopping.aborted) return false;
    for (const diagnostic of done.diagnostics) emit({ event: "diagnostic", ...diagnostic });
    emit({ event: "app.failed", app: app.name, reason: "its set-up failed" });
    return false;
  }

  async function launch(app: App, one: Member): Promise<AppProcess> {
    const options = await launcher.prepare(app, references());
    if (one.id === null) {
      const started = await client.start(options);
      one.id = started.id;
      return processOf(started);
    }
    await client.restart(one.id);
    const process = await current(app.name);
    if (!process) throw new Error("PM2 restarted it, and it is not there");
    return process;
  }

  async function current(name: string): Promise<AppProcess | null> {
    const found = (await client.list()).find((one) => one.name === name && one.namespace === namespace);
    return found?.pid ? processOf(found) : null;
  }

  async function saved(name: string, changed: string): Promise<void> {
    const one = members.get(name);
    if (!one) return;
    const modified = await system.files.modified(changed, one.run.app.cwd);
    one.run.saved(changed, modified ?? system.clock.now());
  }

  async function coldStart(one: Member, reason: string): Promise<void> {
    emit({ event: "notice", text: `${one.run.app.name} restarts: ${reason}` });
    if (await prepared(one)) await one.run.start();
  }

  async function recorded(name: string, pmId: number | null, pid: number): Promise<void> {
    const identity = system.processes.identify(pid);
    if (!identity) return;
    const apps = holding.record.apps.map((app) => (app.name === name ? { ...app, pmId, pids: [identity] } : app));
    await holding.update({ apps });
  }

  function references(): References {
    return {
      services: infra.references(),
      apps: Object.fromEntries(
        project.apps.map(({ name, port }) => [name, { port, url: port === null ? null : `http://localhost:${port}` }]),
      ),
    };
  }
}

const processOf = ({ pid, startedAt }: { pid: number | null; startedAt: number }): AppProcess => ({
  pid: pid ?? 0,
  startedAt,
});
