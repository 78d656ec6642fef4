import { randomBytes } from "node:crypto";
import path from "node:path";
import type { Project } from "../model/project.ts";
import { bug } from "../diagnostics/bug.ts";
import { catalog } from "../diagnostics/catalog.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { openLogStore, type LogStore } from "../logs/store.ts";
import type { Pm2Client } from "../system/pm2.ts";
import type { System } from "../system/system.ts";
import type { Guardian } from "../teardown/guardian.ts";
import { sweep, takeEnded } from "../teardown/sweep.ts";
import { deferred } from "../util/deferred.ts";
import { aborted } from "../util/signals.ts";
import { guard } from "./guardian.ts";
import { endEngine } from "./shutdown.ts";
import type { Receipt } from "../model/events.ts";
import { takeInstance, type Holding } from "./store/lock.ts";
import { followConfiguration } from "./apps/reconfigure.ts";
import type { SessionRecord } from "../model/session-record.ts";
import type { EngineRequest } from "./request.ts";
import { openSessionSocket } from "./control/control.ts";
import type { Started } from "./startup.ts";
import { initialModel, reduce, type SessionModel } from "./model.ts";
import { exitCodeOf, type Stop } from "./stop.ts";
import type { EventStream } from "./stream.ts";
import { daemonDied, guardianNotice, nowhereToWrite, sweptNotice } from "./diagnostics.ts";

export interface EngineEnd {
  exitCode: number;
  /** null where nothing was started, or where a third press left the rest to the guardian. */
  receipt: Receipt | null;
}

const PM2_MS = 15_000;

/** A start that is under way when the end is asked for gets this long to come to a stop of its own. */
const IN_FLIGHT_MS = 1_500;

/** One session, from its first check to its last port. Everything that happens is an event of the stream. */
export class Engine {
  readonly #system: System;
  readonly #request: EngineRequest;
  readonly #stream: EventStream;
  readonly #stop: Stop;
  readonly #began: number;
  #model: SessionModel = initialModel({ apps: [] });
  #project: Project | null = null;
  /** The gravest of what was reported: the exit code where no signal ended the session. */
  #exit = 0;
  #guardian: Guardian | null = null;
  #client: Pm2Client | null = null;
  #started: Started | null = null;
  #bringing: Promise<void> = Promise.resolve();

  constructor(system: System, request: EngineRequest, stream: EventStream, stop: Stop) {
    this.#system = system;
    this.#request = request;
    this.#stream = stream;
    this.#stop = stop;
    this.#began = system.clock.monotonic();
    stream.subscribe((event) => (this.#model = reduce(this.#model, event)));
  }

  async run(): Promise<EngineEnd> {
    const { instance } = this.#request;
    const taken = await takeInstance(this.#system, instance, this.#firstRecord()).catch((error: unknown) =>
      nowhereToWrite(instance, error),
    );
    if (!taken.ok) {
      this.#report(taken.diagnostics);
      return { exitCode: this.#exit, receipt: null };
    }
    const holding = taken.value;
    const logs = openLogStore(this.#system, instance.logs, { say: (text) => this.#say(text) });
    this.#stream.subscribe((event) => logs.note(event));
    const receipt = await this.#live(holding, logs);
    logs.close();
    // a guardian that still works goes by the session file
    if (receipt) await holding.release();
    return { exitCode: this.#exitCode(receipt), receipt };
  }

  async #live(holding: Holding, logs: LogStore): Promise<Receipt | null> {
    const socket = await openSessionSocket(this.#system, {
      instance: this.#request.instance,
      holding,
      stream: this.#stream,
      stop: this.#stop,
      logs,
      model: () => this.#model,
      project: () => this.#project,
      apps: () => this.#started?.apps ?? null,
      client: () => this.#client,
    });
    const starting = this.#start(holding, logs).catch((error: unknown) => this.#fail(error));
    await aborted(this.#stop.signal);
    this.#emit({ event: "session.stopping", reason: this.#stop.reason ?? "failed" });
    await Promise.race([starting, this.#system.clock.sleep(IN_FLIGHT_MS, this.#stop.now)]);
    await holding.update({ state: "stopping" });
    const receipt = await this.#end(holding);
    if (receipt) this.#emit({ event: "session.stopped", ...receipt });
    await socket.close(receipt);
    return receipt;
  }

  /** Everything up to a running session. Returns early, at any await, where the session is to stop. */
  async #start(holding: Holding, logs: LogStore): Promise<void> {
    const { signal } = this.#stop;
    await this.#sweepDead(holding);
    if (signal.aborted) return;
    // the daemon takes longest to come up: it does, on the other core, while the rest of devpm and the config load
    const spawned = deferred();
    const guarding = guard(this.#system, this.#request.instance, holding, spawned.resolve);
    await Promise.race([spawned.promise, guarding]);
    const loading = Promise.all([import("./startup.ts"), this.#request.load()]);
    const connecting = this.#arm(guarding);
    const [{ start }, loaded] = await loading;
    if (signal.aborted) return void (await connecting);
    if (!loaded.ok) return this.#give(loaded.diagnostics, connecting);
    const project = loaded.value;
    await this.#begin(holding, project);
    const emit = this.#emit;
    const setting = { request: this.#request, project, holding, logs, emit, stopping: signal, connecting };
    const started = await start(this.#system, setting);
    if (!started.ok) return this.#give(started.diagnostics, connecting);
    this.#started = started.value;
    if (signal.aborted || !this.#started) return;
    this.#bringing = this.#infraUp(this.#started).catch((error: unknown) => this.#fail(error));
    const { apps } = this.#started;
    const use = (changed: Project): void => void (this.#project = changed);
    followConfiguration(this.#system, { project, apps, use, load: this.#request.load, emit, stopping: signal });
    await this.#started.apps.start();
    if (signal.aborted) return;
    this.#emit({ event: "session.ready", ms: Math.round(this.#system.clock.monotonic() - this.#began) });
    await holding.update({ state: "ready" });
  }

  /** The configuration is known: what the session is called, and what it claims. */
  async #begin(holding: Holding, project: Project): Promise<void> {
    this.#project = project;
    this.#model = initialModel(project);
    const apps = project.apps.map((app) => ({
      name: app.name,
      pmId: null,
      pids: [],
      ports: app.port === null ? app.ports : [app.port, ...app.ports],
      graceMs: app.graceMs,
    }));
    await holding.update({ project: project.name, apps, ports: apps.flatMap(({ ports }) => ports) });
    const { id, namespace } = holding.record;
    const names = project.apps.map(({ name }) => name);
    const { name, root } = project;
    this.#emit({ event: "session.starting", project: name, root, namespace, session: id, apps: names });
    for (const note of project.notes ?? []) this.#say(note);
  }

  /** The guardian is armed, PM2's daemon answers; null where that failed, which is said. */
  async #arm(guarding: ReturnType<typeof guard>): Promise<Pm2Client | null> {
    // PM2's library loads while its daemon does
    const connecting = this.#system.pm2.connect(this.#request.instance.pm2Home, PM2_MS);
    connecting.catch(() => {});
    const armed = await guarding;
    if (!armed.ok) {
      this.#give(armed.diagnostics);
      return null;
    }
    this.#guardian = armed.value;
    void armed.value.lost.then((part) => {
      if (this.#stop.reason !== null) return;
      this.#say(`the ${part} that guards this session was killed: the session ends with it`);
      this.#stop.request("guardian-lost");
    });
    void armed.value.daemonGone.then(() => this.#daemonGone());
    this.#client = await connecting;
    return this.#client;
  }

  #daemonGone(): void {
    if (this.#stop.reason !== null) return;
    this.#client = null;
    this.#give([daemonDied]);
  }

  /**
   * Infra that this machine cannot give ends what was started beside it. A service that fails is said, and only the apps
   * that depend on it wait: it may be mended while the session runs.
   */
  async #infraUp({ infra, checked }: Started): Promise<void> {
    const verdict = await checked;
    const up = verdict.ok ? await infra.up() : verdict;
    if (this.#stop.signal.aborted) return;
    if (!up.ok && up.diagnostics.some(({ code }) => catalog[code].exit !== 1)) return this.#give(up.diagnostics);
    if (!up.ok) this.#report(up.diagnostics);
    infra.watch();
  }

  async #end(holding: Holding): Promise<Receipt | null> {
    const infra = this.#started?.infra;
    const up = (infra?.statuses() ?? []).filter(({ state }) => state === "healthy" || state === "running");
    infra?.close();
    // whoever asks for the state from now on must not wait for a daemon that ends
    const client = this.#client;
    this.#client = null;
    const receipt = await endEngine(this.#system, {
      record: holding.record,
      guardian: this.#guardian,
      client,
      stop: this.#stop,
      bringing: this.#bringing,
      infraUp: up.map(({ service }) => service),
    });
    client?.close();
    return receipt;
  }

  async #sweepDead(holding: Holding): Promise<void> {
    for (const record of holding.dead) {
      const receipt = await sweep(this.#system, { record, recordFile: this.#request.instance.sessionFile });
      await holding.forget(record);
      const notice = sweptNotice(receipt);
      if (notice) this.#say(notice);
    }
    const told = await takeEnded(this.#system, this.#request.instance.sessionFile);
    if (told) this.#say(guardianNotice(told));
  }

  /** Taken before the configuration is known: whoever looks finds that a session is starting here. */
  #firstRecord(): SessionRecord {
    const { instance, detached } = this.#request;
    const { processes, environment, clock } = this.#system;
    const engine = processes.identify(environment.pid);
    if (!engine) throw new Error("this process does not find itself among the processes");
    return {
      version: 1,
      id: `${instance.id}.${randomBytes(6).toString("hex")}`,
      project: path.basename(instance.root),
      root: instance.root,
      namespace: `devpm-${instance.id}`,
      engine,
      sentinel: null,
      shim: null,
      daemon: null,
      apps: [],
      startedAt: clock.now().toISOString(),
      detached,
      state: "starting",
      pm2Home: instance.pm2Home,
      socket: instance.socket,
      ports: [],
    };
  }

  readonly #emit: EventStream["emit"] = (event, at) => this.#stream.emit(event, at);

  #say(text: string): void {
    this.#emit({ event: "notice", text });
  }

  #report(diagnostics: readonly Diagnostic[]): void {
    for (const diagnostic of diagnostics) {
      this.#emit({ event: "diagnostic", ...diagnostic });
      if (diagnostic.severity === "error") this.#exit = Math.max(this.#exit, catalog[diagnostic.code].exit);
    }
  }

  /** Says what is wrong and ends the session, once what is under way can be ended with it. */
  #give(diagnostics: readonly Diagnostic[], after?: Promise<unknown>): void {
    this.#report(diagnostics);
    void Promise.resolve(after).finally(() => this.#stop.request("failed"));
  }

  /** A start that threw: a bug of ours, or PM2 not answering. What runs is ended like anything else. */
  #fail(error: unknown): void {
    if (!this.#stop.signal.aborted) this.#give([bug(error)]);
  }

  #exitCode(receipt: Receipt | null): number {
    if (receipt && receipt.leftovers.length > 0) return 1;
    const reason = this.#stop.reason ?? "failed";
    return reason === "failed" && this.#exit > 0 ? this.#exit : exitCodeOf(reason);
  }
}
