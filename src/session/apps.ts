import type { App, Project, References } from "../config/project.ts";
import type { Infra } from "../infra/infra.ts";
import type { LogStore } from "../logs/store.ts";
import { plainEnvironment } from "../plan/environment.ts";
import { runSetup } from "../preflight/setup.ts";
import { AppRun, type AppProcess } from "../processes/app.ts";
import type { Identity } from "../system/identity.ts";
import type { Peer } from "../system/engine-server.ts";
import type { Pm2Client } from "../system/pm2.ts";
import type { System } from "../system/system.ts";
import { deferred, type Deferred } from "../util/deferred.ts";
import { identitiesOf } from "../teardown/survey.ts";
import { aborted } from "../util/signals.ts";
import type { Instance } from "./instance.ts";
import { createLauncher, type Launcher } from "./launcher.ts";
import type { Holding } from "./lock.ts";
import { createOutput, type Output } from "./output.ts";
import { fingerprint } from "./reconfigured.ts";
import { saysPortTaken, takenPort } from "./port-taken.ts";
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

interface Member {
  run: AppRun;
  /** Resolves when it is ready for the first time: what others wait for. */
  ready: Deferred<void>;
  /** For what it depends on, before its first start. */
  waits: boolean;
  /** PM2's id, once it was started. */
  id: number | null;
  /** What PM2 was told to run. */
  options: string;
  /** Its warm python: of the present start, once it has said something, and of the starts before. */
  python: Peer | null;
  formerPythons: WeakSet<Peer>;
}

/** Starts, follows and restarts the apps of a session, each as soon as what it depends on allows. */
export class Apps {
  readonly #system: System;
  readonly #setting: AppsSetting;
  readonly #launcher: Launcher;
  readonly #output: Output;
  readonly #members = new Map<string, Member>();

  constructor(system: System, setting: AppsSetting) {
    this.#system = system;
    this.#setting = setting;
    const { project, client, logs, emit, holding, instance } = setting;
    const { id, namespace } = holding.record;
    this.#launcher = createLauncher(system, { instance, session: id, namespace, emit });
    for (const app of project.apps) this.#members.set(app.name, this.#member(app));
    this.#output = createOutput(logs, emit, (app, line) => this.#members.get(app)?.run.line(line));
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

  /** The configuration was changed: the apps that it changes start anew, each as `restart` would. */
  async reconfigure(apps: readonly App[]): Promise<void> {
    const changed = await Promise.all(apps.map(async (app) => ((await this.#differs(app)) ? app : null)));
    await Promise.all(changed.flatMap((app) => (app ? [this.#renew(app)] : [])));
  }

  async #renew(app: App): Promise<void> {
    const member = this.#members.get(app.name);
    member?.run.reconfigure(app);
    // what still waits for its dependencies starts with the new settings when they are there
    if (!member || member.waits) return;
    this.#setting.emit({ event: "notice", text: `${app.name} restarts: its configuration changed` });
    await this.restart(app.name);
  }

  /** A function's own text says too little: what it makes of the references is compared too. One that throws is said. */
  async #differs(app: App): Promise<boolean> {
    const before = this.#members.get(app.name)?.run.app;
    if (!before) return false;
    const fresh = await this.#environment(app).catch((error: unknown) => {
      const text = `${app.name} still runs as it was configured before: its new env fails: ${String(error)}`;
      this.#setting.emit({ event: "notice", text });
      return null;
    });
    if (fresh === null) return false;
    return fingerprint(before) !== fingerprint(app) || (await this.#environment(before).catch(() => "")) !== fresh;
  }

  async #environment(app: App): Promise<string> {
    const setting = { session: this.#setting.holding.record.id, references: this.#references() };
    return JSON.stringify(await plainEnvironment(this.#system, app, setting));
  }

  report(name: string, report: WarmReport, python: Peer): void {
    const member = this.#members.get(name);
    // what a python that is being replaced still does says nothing of the next one
    if (!member || (member.formerPythons.has(python) && report.what !== "notice")) return;
    if (!member.formerPythons.has(python)) member.python = python;
    switch (report.what) {
      case "cold":
        this.#setting.emit({ event: "notice", text: `${name} restarts: ${report.reason}` });
        void this.restart(name);
        return;
      case "unfit":
        this.#launcher.keepCold(member.run.app, report.reason);
        void this.restart(name);
        return;
      case "crashed":
        member.run.warm(report);
        // its python keeps it to itself, and `devpm logs` is where one looks for it
        this.#output.chunk({ app: name, stream: "err", chunk: report.excerpt.map((line) => `${line}\n`).join("") });
        return;
      default:
        member.run.warm(report);
    }
  }

  #member(app: App): Member {
    const { emit, stopping } = this.#setting;
    const { clock, network } = this.#system;
    const member: Member = {
      ready: deferred(),
      waits: true,
      id: null,
      options: "",
      python: null,
      formerPythons: new WeakSet(),
      run: null as unknown as AppRun,
    };
    member.run = new AppRun(app, {
      clock,
      network,
      emit: (event) => {
        emit(event);
        if (event.event === "app.ready" || (event.event === "app.reloaded" && event.ok)) member.ready.resolve();
        if (event.event === "app.running") void this.#recorded(member, event.pid);
        if (event.event === "app.ready") void this.#allRecorded();
        if (event.event === "app.crashed") void this.#portTaken(app, event.excerpt);
      },
      launch: () => this.#launch(member),
      current: () => this.#current(app.name),
      url: app.port === null ? null : `http://localhost:${app.port}`,
      warm: () => this.#launcher.isWarm(app.name),
      stopping,
    });
    return member;
  }

  /** Waits for what it depends on, sets it up, starts it, and returns when it is ready for the first time. */
  async #bring(member: Member): Promise<void> {
    const { stopping } = this.#setting;
    const { app } = member.run;
    const { dependsOn } = app;
    const apps = dependsOn.apps.map((name) => this.#members.get(name)?.ready.promise);
    const services = dependsOn.services.map((service) => this.#usable(member, service));
    const setUp = this.#prepared(member);
    await Promise.race([Promise.all([...apps, ...services]), aborted(stopping)]);
    member.waits = false;
    // it may have been configured anew meanwhile
    if ((await (member.run.app === app ? setUp : this.#prepared(member))) && !stopping.aborted)
      await member.run.start();
    await Promise.race([member.ready.promise, aborted(stopping)]);
  }

  /** A service that failed may be mended while the session runs: the app starts then. */
  async #usable({ run }: Member, service: string): Promise<void> {
    const { infra, stopping, emit } = this.#setting;
    const usable = await infra.ready(service);
    if (usable.ok || stopping.aborted) return;
    emit({ event: "app.failed", app: run.app.name, reason: `it waits for ${service}` });
    await infra.recovered(service);
  }

  /** Runs the set-up steps whose inputs changed. A failed one leaves the app where it is, and is said. */
  async #prepared({ run: { app } }: Member): Promise<boolean> {
    const { instance, emit, stopping, holding } = this.#setting;
    const wanted = { app, folder: instance.setup, emit, signal: stopping, session: holding.record.id };
    const done = await runSetup(this.#system, wanted);
    if (done.ok) return true;
    if (stopping.aborted) return false;
    for (const diagnostic of done.diagnostics) emit({ event: "diagnostic", ...diagnostic });
    emit({ event: "app.failed", app: app.name, reason: "its set-up failed" });
    return false;
  }

  async #launch(member: Member): Promise<AppProcess> {
    const { python } = member;
    if (python) member.formerPythons.add(python);
    member.python = null;
    try {
      return await this.#startProcess(member);
    } catch (error) {
      // it goes on as it is, and so does what it tells
      if (python) member.formerPythons.delete(python);
      member.python ??= python;
      throw error;
    }
  }

  async #startProcess(member: Member): Promise<AppProcess> {
    const { client } = this.#setting;
    const { app } = member.run;
    const options = await this.#launcher.prepare(app, this.#references());
    const told = JSON.stringify(options);
    if (member.id !== null && told !== member.options) {
      await client.remove(member.id, app.graceMs + REMOVE_MS);
      member.id = null;
    }
    if (member.id === null) {
      const started = await client.start(options);
      member.id = started.id;
      member.options = told;
      return processOf(started);
    }
    await client.restart(member.id);
    const process = await this.#current(app.name);
    if (!process) throw new Error("PM2 restarted it, and it is not there");
    return process;
  }

  async #current(name: string): Promise<AppProcess | null> {
    const { client, holding } = this.#setting;
    const listed = await client.list();
    const found = listed.find((one) => one.name === name && one.namespace === holding.record.namespace);
    return found?.pid ? processOf(found) : null;
  }

  async #saved(name: string, changed: string): Promise<void> {
    const member = this.#members.get(name);
    const modified = await this.#system.files.modified(changed, member?.run.app.cwd);
    member?.run.saved(changed, modified ?? this.#system.clock.now());
  }

  /** Who the app's processes are, for whoever has to end them without us. */
  async #recorded({ run, id }: Member, pid: number): Promise<void> {
    const { holding } = this.#setting;
    const identity = this.#system.processes.identify(pid);
    if (!identity) return;
    const apps = holding.record.apps.map((app) =>
      app.name === run.app.name ? { ...app, pmId: id, pids: [identity] } : app,
    );
    await holding.update({ apps });
  }

  /** Its children too, once there are some: found by pid where they have shed the mark and nobody lives who adopted them. */
  async #allRecorded(): Promise<void> {
    const { holding } = this.#setting;
    const found = identitiesOf(this.#system, holding.record);
    const of = (name: string): Identity[] => found.filter(({ app }) => app === name).map(({ identity }) => identity);
    const apps = holding.record.apps.map((app) => ({ ...app, pids: of(app.name) }));
    await holding.update({ apps, strays: of("") });
  }

  /** A crash whose reason is the port says whose the port is. */
  async #portTaken(app: App, excerpt: readonly string[]): Promise<void> {
    const { project, holding, emit, stopping } = this.#setting;
    if (stopping.aborted || !saysPortTaken(excerpt)) return;
    const found = await takenPort(this.#system, { project: { ...project, apps: [app] }, record: holding.record });
    if (found && !stopping.aborted) emit({ event: "diagnostic", ...found });
  }

  #references(): References {
    const { project, infra } = this.#setting;
    const url = (port: number | null): string | null => (port === null ? null : `http://localhost:${port}`);
    const apps = project.apps.map(({ name, port }) => [name, { port, url: url(port) }] as const);
    return { services: infra.references(), apps: Object.fromEntries(apps) };
  }
}

/** Beyond an app's own grace. */
const REMOVE_MS = 2_000;

const processOf = ({ pid, startedAt }: { pid: number | null; startedAt: number }): AppProcess => ({
  pid: pid ?? 0,
  startedAt,
});
