import type { Infra } from "../../infra/infra.ts";
import type { LogStore } from "../../logs/store.ts";
import type { Receipt } from "../../model/events.ts";
import { appReferences, claimedPorts, type App, type References } from "../../model/project.ts";
import { freeAbove } from "../../preflight/ports/next-free.ts";
import type { Pm2Client } from "../../system/pm2/pm2.ts";
import type { System } from "../../system/system.ts";
import { deferred } from "../../util/deferred.ts";
import { joinWithAnd } from "../../util/text.ts";
import type { SessionContext } from "../context.ts";
import { consolesOf } from "../prompts/consoles.ts";
import type { Prompts } from "../prompts/prompts.ts";
import { Tasks } from "../tasks/tasks.ts";
import { AppRun } from "./app-run.ts";
import type { CatchingUp } from "./catching-up.ts";
import { createColdFiles } from "./cold-files.ts";
import { createConsequences } from "./consequences.ts";
import { changedAmong } from "./changed-apps.ts";
import { createInstalled } from "./installed.ts";
import { createLauncher, type Launcher } from "./launcher.ts";
import { createLoopGuard, without, type LoopGuard } from "./loop-guard.ts";
import { createAppOutput, type AppOutput } from "./output.ts";
import { createPm2Process } from "./pm2-process.ts";
import { createExplainer, type Explainer } from "./crash/explainer.ts";
import { reloadGate } from "./reload-gate.ts";
import { notingRequests } from "./own-requests.ts";
import { endMember, memberOf, noteSave, portsOfOthers, type Member } from "./member.ts";
import { createPreparing, type Prepare } from "./preparing.ts";
import { createReporter } from "./reporter.ts";
import { createStartOrder, type StartOrder } from "./start-order.ts";
import { createAppStarter, type AppStarter } from "./app-starter.ts";
import { createReports, type TakeReport } from "./reports.ts";
import { createPortWatch, type PortWatch } from "../../readiness/port-watch.ts";
import { ownListeners } from "../../readiness/own-listeners.ts";

export interface AppsOptions extends SessionContext {
  client: Pm2Client;
  infra: Infra;
  logs: LogStore;
  prompts: Prompts;
}

/** Starts, follows and restarts the apps of a session, each as soon as its dependencies allow. */
export class Apps {
  readonly #system: System;
  readonly #options: AppsOptions;
  readonly #launcher: Launcher;
  readonly #output: AppOutput;
  readonly #members: ReadonlyMap<string, Member>;
  readonly tasks: Tasks;
  /** A report of an app's warm Python about itself. */
  readonly report: TakeReport;
  readonly #explainer: Explainer;
  readonly #loops: LoopGuard;
  readonly #prepare: Prepare;
  readonly #order: StartOrder;
  readonly #starter: AppStarter;
  readonly #started = deferred();
  readonly installed = createInstalled();
  readonly ports: PortWatch;

  constructor(system: System, options: AppsOptions) {
    this.#system = system;
    this.#options = options;
    const { project, client, logs, stream, lock } = options;
    const { id, namespace, socket } = lock.record;
    this.ports = createPortWatch(system, options.stopping);
    stream.subscribe(this.ports.lookSoon, { lines: this.ports.lookSoon });
    this.#launcher = createLauncher(system, { ...options, session: id, socket, namespace, emit: stream.emit });
    this.#explainer = createExplainer(system, { ...options, launcher: this.#launcher });
    this.#loops = createLoopGuard(system, {
      emit: stream.emit,
      stopping: options.stopping,
      record: () => lock.record,
      restart: (name) => void (this.isOn(name) && this.#members.get(name)?.run.start()),
    });
    this.#order = createStartOrder(system, options);
    const coldFiles = createColdFiles(system.files);
    this.#prepare = createPreparing(system, { ...options, coldFiles, installed: this.installed });
    const member = (name: string): Member | undefined => this.#members.get(name);
    this.#starter = createAppStarter(system, {
      ...options,
      launcher: this.#launcher,
      explainer: this.#explainer,
      loops: this.#loops,
      order: this.#order,
      prepare: this.#prepare,
      member,
      tasksDone: (app) => this.tasks.untilDone(app),
      references: () => this.#references(),
    });
    this.#members = new Map(project.apps.map((app) => [app.name, this.#member(app)]));
    this.tasks = new Tasks(system, {
      ...options,
      launcher: this.#launcher,
      explainer: this.#explainer,
      references: () => this.#references(),
      apps: {
        ready: (name) => this.#members.get(name)?.ready.promise ?? Promise.resolve(),
        isWaiting: (name) => this.isOn(name) && this.#members.get(name)?.waits === true,
      },
    });
    const printer = (name: string) => member(name)?.run ?? this.tasks.printer(name);
    this.#output = createAppOutput(logs, stream, printer, options.prompts);
    this.report = createReports({
      ...options,
      member,
      launcher: this.#launcher,
      output: this.#output,
      coldFiles,
      started: this.#started.promise,
      restart: (name) => this.restart(name),
      notify: (text) => this.#notice(text),
    });
    const consoles = { clock: system.clock, client, launcher: this.#launcher, output: this.#output, member };
    options.prompts.connect(consolesOf(consoles));
    stream.subscribe(createConsequences(system, { ...options, member }));
    this.#read(client);
  }

  /** What PM2 says of the apps. */
  #read(client: Pm2Client): void {
    client.read({
      output: this.#output.take,
      saved: ({ app, path }) => this.#saved(app, path),
      event: (event) => {
        if (event.event === "exit") this.#output.flush(event.app, event.id);
        void this.#members.get(event.app)?.run.pm2(event);
        this.tasks.pm2(event);
      },
    });
  }

  /** Resolves when every app that is on has become ready and every task is done. */
  async start(): Promise<void> {
    const on = [...this.#members.values()].filter((member) => !member.on.signal.aborted);
    await Promise.all([this.tasks.start(), ...on.map((member) => this.#starter.bring(member))]);
    void this.#order.keep();
    this.#started.resolve();
  }

  /** A cold restart, after its set-up and its due tasks; true when it is ready again. */
  async restart(name: string): Promise<boolean> {
    const member = this.#members.get(name);
    if (!member) return false;
    const release = member.reporter.catchingUp.holds();
    const prepared = this.#prepare(member).then((isDone) => isDone && this.tasks.ensure(member.run.app, "retry"));
    return (await prepared.finally(release)) && member.run.start();
  }

  /** The same without waiting: progress is reported as events. */
  startAgain(name: string): void {
    this.#options.stream.emit({ event: "app.pending", app: name });
    void this.restart(name);
  }

  isOn(name: string): boolean {
    return this.#members.get(name)?.on.signal.aborted === false;
  }

  /** Its own reloader is on: no save of it is reported. */
  readonly reloadsItself = (name: string): boolean => this.#launcher.reloadsItself(name);

  /** The apps that it waits for before its first start. */
  awaitedBy(name: string): string[] {
    const member = this.#members.get(name);
    const needed = member?.waits === true ? member.run.app.dependsOn.apps : [];
    return needed.filter((other) => this.#members.get(other)?.wasReady !== true);
  }

  /** Starts what was off, once its dependencies are up. Progress is reported as events. */
  turnOn(name: string): void {
    const member = this.#members.get(name);
    if (!member) return;
    member.on = new AbortController();
    member.waits = true;
    this.#options.stream.emit({ event: "app.pending", app: name });
    // its tasks may be outdated since it last ran
    void this.tasks.ensure(member.run.app, "retry");
    void this.#starter.bring(member);
  }

  /** Ends all of its processes, as a session's end does; it stays off until it is requested. */
  async turnOff(name: string): Promise<Pick<Receipt, "ended" | "leftovers">> {
    const member = this.#members.get(name);
    if (!member) return { ended: [], leftovers: [] };
    const ended = await endMember(this.#system, member, this.#options.lock.record);
    this.#output.flush(name);
    this.#options.stream.emit({ event: "app.stopped", app: name });
    return ended;
  }

  /** The configuration has changed: the affected apps start again, each as `restart` would. */
  async reconfigure(apps: readonly App[]): Promise<void> {
    const changed = await changedAmong(this.#system, apps, {
      before: (name) => this.#members.get(name)?.run.app,
      session: this.#options.lock.record.id,
      references: this.#references(),
      configFile: this.#options.project.configFile,
      notify: this.#notice,
    });
    await Promise.all(changed.map((app) => this.renew([app], "its configuration changed")));
  }

  /** Those that run start again, as they are now configured and as `restart` would; one line says why. */
  async renew(apps: readonly App[], because: string): Promise<void> {
    const running = apps.map(({ name }) => name).filter((name) => this.isOn(name) && !this.#members.get(name)?.waits);
    for (const app of apps) this.#members.get(app.name)?.run.reconfigure(app);
    // an app that still waits for its dependencies starts with the new settings once they are up
    if (running.length === 0) return;
    this.#notice(`${joinWithAnd(running)} ${running.length === 1 ? "restarts" : "restart"}: ${because}`);
    await Promise.all(running.map((name) => this.restart(name)));
  }

  readonly printedInto: LoopGuard["printedInto"] = (files) => this.#loops.printedInto(files);

  readonly printedBy: LoopGuard["printedBy"] = (pid) => this.#loops.printedBy(pid);

  /** As its saves count: without what its own command was found to write. */
  readonly watched = (app: App): App => without(app, this.#loops.ignored(app.name));

  /** Its Python reports for itself what needs more than a reload. */
  readonly isWarm = (name: string): boolean => this.#launcher.isWarm(name);

  /** What its warm Python says of its saves; null where no such Python reloads it. */
  readonly catchingUp = (name: string): CatchingUp | null =>
    (this.isWarm(name) && this.#members.get(name)?.reporter.catchingUp) || null;

  /** The last lines that it printed. */
  readonly recent = (name: string): readonly string[] => this.#members.get(name)?.run.recent ?? [];

  readonly environment = (name: string): ReturnType<Launcher["environment"]> => this.#launcher.environment(name);

  #saved(name: string, file: string): void {
    const run = this.#members.get(name)?.run;
    if (!run) return;
    if (this.#loops.saved(run.app, file, run.startedAt)) noteSave(this.#system, run, file);
  }

  #member(app: App): Member {
    const { client, lock, stream, stopping } = this.#options;
    const { clock, network } = this.#system;
    const process = createPm2Process(client, app.name, lock.record.namespace);
    const reporter = createReporter();
    const run = new AppRun(app, {
      clock,
      unlikelyMs: () => this.#order.unlikelyMs(app.name),
      network: notingRequests(network, clock, (requests) => this.#options.logs.answered(app.name, requests)),
      emit: reloadGate({
        emit: (event) => stream.emit(event.event === "app.crashed" ? this.#explainer.explained(event) : event),
        now: clock.monotonic,
        tasks: app.dependsOn.tasks,
        tasksDone: () => this.tasks.ensure(app, "due"),
        tasksMended: () => this.tasks.untilDone(app),
      }),
      launch: () => (member.launching = this.#starter.launch(member)),
      current: () => process.current(),
      own: (pid) => ownListeners(this.#system, { app: app.name, session: lock.record.id, pid }),
      watchPort: this.ports.watch,
      taken: () => portsOfOthers(this.#members.values(), app.name),
      freeAbove: (port) => {
        const claimed = [...this.#members.values()].flatMap((one) => claimedPorts(one.run.app));
        return freeAbove(this.#system, port, { session: lock.record.id, claimed });
      },
      warm: () => this.#launcher.isWarm(app.name),
      stopping,
    });
    const member = memberOf(run, process, reporter);
    if (!app.start) member.on.abort();
    return member;
  }

  #references(): References {
    return {
      services: this.#options.infra.references(),
      ...this.#options.infra.own(),
      apps: appReferences({ apps: [...this.#members.values()].map(({ run }) => run.answering) }),
    };
  }

  readonly #notice = (text: string): void => this.#options.stream.emit({ event: "notice", text });
}
