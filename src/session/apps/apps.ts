import { fingerprint } from "../../config/fingerprint.ts";
import type { Infra } from "../../infra/infra.ts";
import type { LogStore } from "../../logs/store.ts";
import type { Stamped } from "../../model/events.ts";
import type { Instance } from "../../model/instance.ts";
import { appReferences, type App, type Project, type References } from "../../model/project.ts";
import type { WarmReport } from "../../model/protocol.ts";
import { plainEnvironment } from "../../plan/environment.ts";
import { runSetup } from "../../preflight/setup/setup.ts";
import type { Peer } from "../../system/engine-server.ts";
import type { Pm2Client } from "../../system/pm2.ts";
import type { System } from "../../system/system.ts";
import { aborted } from "../../util/abort.ts";
import { deferred, type Deferred } from "../../util/deferred.ts";
import type { SessionLock } from "../store/lock.ts";
import type { EventStream } from "../stream.ts";
import { AppRun, type AppProcess } from "./app-run.ts";
import { createLauncher, type Launcher } from "./launcher.ts";
import { createOutput, type Output } from "./output.ts";
import { createPm2Process, type Pm2Process } from "./pm2-process.ts";
import { takenPort } from "./port-taken.ts";
import { saysPortTaken } from "./port-words.ts";
import { crashAdvice } from "./crash-advice.ts";
import type { Crash } from "./crash-excerpt.ts";
import { readCrashFacts, type StartFacts } from "./crash-facts.ts";
import { recordApp, recordDescendants, recordPort } from "./recorder.ts";
import { takeClaims } from "../../preflight/ports/claim-store.ts";
import { createPortWatch, type WatchPort } from "../../readiness/port-watch.ts";
import { ownListeners } from "../../readiness/own-listeners.ts";
import { createReporter, type Reporter } from "./reporter.ts";

export interface AppsOptions {
  project: Project;
  instance: Instance;
  lock: SessionLock;
  client: Pm2Client;
  infra: Infra;
  logs: LogStore;
  stream: EventStream;
  stopping: AbortSignal;
}

interface Member {
  run: AppRun;
  process: Pm2Process;
  reporter: Reporter;
  /** Resolves when it is ready for the first time: what others wait for. */
  ready: Deferred<void>;
  /** For what it depends on, before its first start. */
  waits: boolean;
}

/** Starts, follows and restarts the apps of a session, each as soon as what it depends on allows. */
export class Apps {
  readonly #system: System;
  readonly #options: AppsOptions;
  readonly #launcher: Launcher;
  readonly #watchPort: WatchPort;
  readonly #output: Output;
  readonly #members: ReadonlyMap<string, Member>;
  readonly #facts = new Map<string, StartFacts>();

  constructor(system: System, options: AppsOptions) {
    this.#system = system;
    this.#options = options;
    const { project, client, logs, stream, lock, instance } = options;
    const { id, namespace, socket } = lock.record;
    this.#watchPort = createPortWatch(system, options.stopping);
    this.#launcher = createLauncher(system, { instance, session: id, socket, namespace, emit: stream.emit });
    this.#members = new Map(project.apps.map((app) => [app.name, this.#member(app)]));
    this.#output = createOutput(logs, stream.emit, (app, line) => this.#members.get(app)?.run.line(line));
    stream.subscribe((event) => this.#follow(event));
    client.onOutput((piece) => this.#output.chunk(piece));
    client.onWatch(({ app, path }) => void this.#saved(app, path));
    client.onEvent((event) => {
      if (event.event === "exit") this.#output.flush(event.app);
      void this.#members.get(event.app)?.run.pm2(event);
    });
  }

  /** Resolves when all have become ready. */
  async start(): Promise<void> {
    await Promise.all([...this.#members.values()].map((member) => this.#bring(member)));
  }

  /** A cold restart, its set-up first; true when it is ready again. */
  async restart(name: string): Promise<boolean> {
    const member = this.#members.get(name);
    return member !== undefined && (await this.#prepared(member)) && member.run.start();
  }

  /** The configuration was changed: the apps that it changes start again, each as `restart` would. */
  async reconfigure(apps: readonly App[]): Promise<void> {
    const changed = await Promise.all(apps.map(async (app) => ((await this.#differs(app)) ? app : null)));
    await Promise.all(changed.flatMap((app) => (app ? [this.#renew(app)] : [])));
  }

  /** What the warm Python of an app says of itself. */
  report(name: string, report: WarmReport, from: Peer): void {
    const member = this.#members.get(name);
    if (!member?.reporter.accepts(report, from)) return;
    switch (report.what) {
      case "cold":
        this.#notice(`${name} restarts: ${report.reason}`);
        void this.restart(name);
        return;
      case "unfit":
        this.#launcher.keepCold(member.run.app, report.reason);
        void this.restart(name);
        return;
      case "crashed":
        member.run.warm(report);
        // its Python does not print it, and `devpm logs` is where one looks for it
        this.#output.chunk({ app: name, stream: "err", chunk: report.excerpt.map((line) => `${line}\n`).join("") });
        return;
      default:
        member.run.warm(report);
    }
  }

  /** What follows from what has happened to an app, besides what everybody is shown. */
  #follow(event: Stamped): void {
    switch (event.event) {
      case "app.ready":
        this.#recordPort(event.app);
        this.#members.get(event.app)?.ready.resolve();
        void recordDescendants(this.#system, this.#options.lock);
        return;
      case "app.reloaded":
        if (event.ok) this.#members.get(event.app)?.ready.resolve();
        return;
      case "app.running": {
        const pmId = this.#members.get(event.app)?.process.id ?? null;
        void recordApp(this.#system, this.#options.lock, { name: event.app, pmId, pid: event.pid });
        return;
      }
      case "app.crashed":
        void this.#portTaken(event.app, event.excerpt);
        return;
      default:
    }
  }

  #recordPort(name: string): void {
    const port = this.#members.get(name)?.run.answering.port ?? null;
    const { lock } = this.#options;
    if (port === null || lock.record.ports.includes(port)) return;
    void recordPort(lock, name, port);
    void takeClaims(this.#system, lock.record, [port]);
  }

  async #renew(app: App): Promise<void> {
    const member = this.#members.get(app.name);
    member?.run.reconfigure(app);
    // what still waits for its dependencies starts with the new settings when they are there
    if (!member || member.waits) return;
    this.#notice(`${app.name} restarts: its configuration changed`);
    await this.restart(app.name);
  }

  /** A function's own text says too little: what it makes of the references is compared too. */
  async #differs(app: App): Promise<boolean> {
    const before = this.#members.get(app.name)?.run.app;
    if (!before) return false;
    const now = await this.#environment(app).catch((error: unknown) => {
      this.#notice(`${app.name} still runs as it was configured before: its new env fails: ${String(error)}`);
      return null;
    });
    if (now === null) return false;
    return fingerprint(before) !== fingerprint(app) || (await this.#environment(before).catch(() => "")) !== now;
  }

  async #environment(app: App): Promise<string> {
    const { id } = this.#options.lock.record;
    return JSON.stringify(await plainEnvironment(this.#system, app, { session: id, references: this.#references() }));
  }

  #member(app: App): Member {
    const { client, lock, stream, stopping } = this.#options;
    const { clock, network } = this.#system;
    const process = createPm2Process(client, app.name, lock.record.namespace);
    const reporter = createReporter();
    const run = new AppRun(app, {
      clock,
      network,
      emit: (event) => stream.emit(event.event === "app.crashed" ? this.#explained(event) : event),
      launch: () => this.#launch({ run, process, reporter }),
      current: () => process.current(),
      own: (pid) => ownListeners(this.#system, { app: app.name, session: lock.record.id, pid }),
      watchPort: this.#watchPort,
      taken: () => this.#claimedBy(app.name),
      warm: () => this.#launcher.isWarm(app.name),
      stopping,
    });
    return { run, process, reporter, ready: deferred(), waits: true };
  }

  async #launch({ run, process, reporter }: Pick<Member, "run" | "process" | "reporter">): Promise<AppProcess> {
    const undo = reporter.replaced();
    void this.#lookAround(run.app);
    try {
      return await process.run(run.app, await this.#launcher.prepare(run.app, this.#references()));
    } catch (error) {
      // the launch failed: the running process stays, and so do its reports
      undo();
      throw error;
    }
  }

  /** Waits for what it depends on, sets it up, starts it, and returns when it is ready for the first time. */
  async #bring(member: Member): Promise<void> {
    const { stopping } = this.#options;
    const { app } = member.run;
    const { dependsOn } = app;
    const apps = dependsOn.apps.map((name) => this.#members.get(name)?.ready.promise);
    const services = dependsOn.services.map((service) => this.#usable(member, service));
    const setUp = this.#prepared(member);
    await Promise.race([Promise.all([...apps, ...services]), aborted(stopping)]);
    member.waits = false;
    // its configuration may have changed meanwhile
    if ((await (member.run.app === app ? setUp : this.#prepared(member))) && !stopping.aborted)
      await member.run.start();
    await Promise.race([member.ready.promise, aborted(stopping)]);
  }

  /** A service that failed may be mended while the session runs: the app starts then. */
  async #usable({ run }: Member, service: string): Promise<void> {
    const { infra, stopping, stream } = this.#options;
    const usable = await infra.ready(service);
    if (usable.ok || stopping.aborted) return;
    stream.emit({ event: "app.failed", app: run.app.name, reason: `it waits for ${service}` });
    await infra.recovered(service);
  }

  /** Runs the set-up steps whose inputs changed. A failed one leaves the app where it is, and is reported. */
  async #prepared({ run: { app } }: Member): Promise<boolean> {
    const { instance, stream, stopping, lock } = this.#options;
    const wanted = { app, folder: instance.setup, emit: stream.emit, signal: stopping, session: lock.record.id };
    const done = await runSetup(this.#system, wanted);
    if (done.ok) return true;
    if (stopping.aborted) return false;
    for (const diagnostic of done.diagnostics) stream.emit({ event: "diagnostic", ...diagnostic });
    stream.emit({ event: "app.failed", app: app.name, reason: "its set-up failed" });
    return false;
  }

  async #saved(name: string, changed: string): Promise<void> {
    const member = this.#members.get(name);
    const modified = await this.#system.files.modified(changed, member?.run.app.cwd);
    member?.run.saved(changed, modified ?? this.#system.clock.now());
  }

  /** What a crash of it will be answered with; none of it is worth waiting for. */
  async #lookAround(app: App): Promise<void> {
    this.#facts.set(app.name, await readCrashFacts(this.#system.files, app, this.#options.project));
  }

  /** With what its last lines say about the cause. */
  #explained(crash: Crash): Crash {
    const app = this.#members.get(crash.app)?.run.app;
    const facts = this.#facts.get(crash.app);
    if (!app || !facts) return crash;
    const { cwd } = this.#system.environment;
    const known = { app, cwd, variables: this.#launcher.variables(app.name), services: this.#options.infra.statuses() };
    return { ...crash, ...crashAdvice(crash.excerpt, { ...facts, ...known }) };
  }

  /** A crash whose reason is the port says whose the port is. */
  async #portTaken(name: string, excerpt: readonly string[]): Promise<void> {
    const { project, lock, stream, stopping } = this.#options;
    const app = this.#members.get(name)?.run.app;
    if (!app || stopping.aborted || !saysPortTaken(excerpt)) return;
    const found = await takenPort(this.#system, { project: { ...project, apps: [app] }, record: lock.record, excerpt });
    if (found && !stopping.aborted) stream.emit({ event: "diagnostic", ...found });
  }

  #references(): References {
    return { services: this.#options.infra.references(), apps: appReferences({ apps: this.#answering() }) };
  }

  /** Each app as it answers: what the others are told of it. */
  #answering(): App[] {
    return [...this.#members.values()].map(({ run }) => run.answering);
  }

  /** Ports of every app but this one. */
  #claimedBy(name: string): number[] {
    const others = [...this.#members.values()].filter(({ run }) => run.app.name !== name);
    return others
      .flatMap(({ run: { app, answering } }) => [app.port, answering.port, ...app.ports])
      .filter((port) => port !== null);
  }

  #notice(text: string): void {
    this.#options.stream.emit({ event: "notice", text });
  }
}
