import type { Project } from "../model/project.ts";
import { catalog } from "../diagnostics/catalog.ts";
import { openLogStore, type LogStore } from "../logs/store.ts";
import type { Pm2Client } from "../system/pm2/pm2.ts";
import type { System } from "../system/system.ts";
import type { Guardian } from "../teardown/guardian.ts";
import { releaseClaims } from "../preflight/ports/claim-store.ts";
import { aborted } from "../util/abort.ts";
import { boot, type Booted } from "./boot.ts";
import { createProblems, type Problems } from "./problems.ts";
import { endEngine } from "./shutdown.ts";
import type { Receipt } from "../model/events.ts";
import { isThere } from "../model/service-status.ts";
import { openFaults, type SessionFaults } from "./faults/open.ts";
import { startingEvent } from "./starting-event.ts";
import { recordedApps, whereShown } from "./store/first-record.ts";
import type { SessionLock } from "./store/lock.ts";
import { followPackages } from "./apps/package-changes.ts";
import { followConfiguration, type Following } from "./apps/reconfigure.ts";
import { recordReady } from "./apps/recorder.ts";
import type { EngineRequest } from "./engine-request.ts";
import { openSessionSocket } from "./control/control.ts";
import type { Started } from "./startup.ts";
import { removeTraces } from "../teardown/sweep.ts";
import { sweepStale } from "./sweep-stale.ts";
import { type Taken, takeInstance } from "./take-instance.ts";
import { initialModel, reduce, type SessionModel } from "./session-model.ts";
import type { Stop } from "./stop.ts";
import type { EventStream } from "./stream.ts";
import { daemonDied } from "./diagnostics.ts";

export interface EngineEnd {
  exitCode: number;
  /** null where nothing was started, or where a third Ctrl+C left the rest to the guardian. */
  receipt: Receipt | null;
}

/** A start in progress gets this long to stop by itself once the session's end is requested. */
const IN_FLIGHT_MS = 1_500;

/** One session, from its first check to its last port. Everything that happens is an event of the stream. */
export class Engine {
  readonly #system: System;
  readonly #request: EngineRequest;
  readonly #stream: EventStream;
  readonly #stop: Stop;
  readonly #began: number;
  #model: SessionModel = initialModel({ apps: [], tasks: [] });
  #project: Project | null = null;
  readonly #problems: Problems;
  readonly #faults: SessionFaults;
  #guardian: Guardian | null = null;
  #client: Pm2Client | null = null;
  #started: Started | null = null;
  #following: Following | null = null;
  #bringing: Promise<void> = Promise.resolve();

  constructor(system: System, request: EngineRequest, stream: EventStream, stop: Stop) {
    this.#system = system;
    this.#request = request;
    this.#stream = stream;
    this.#stop = stop;
    this.#began = system.clock.monotonic();
    stream.subscribe((event) => (this.#model = reduce(this.#model, event)));
    this.#problems = createProblems({ emit: stream.emit, stop, hasBegun: () => this.#model.began });
    this.#faults = openFaults(system, {
      stream,
      project: () => this.#project,
      model: () => this.#model,
      stopping: stop.signal,
    });
  }

  async run(): Promise<EngineEnd> {
    const { instance } = this.#request;
    const taken = await takeInstance(this.#system, this.#request);
    if (!taken.ok) {
      this.#problems.report(taken.diagnostics);
      return { exitCode: this.#problems.exit, receipt: null };
    }
    const { lock, early } = taken.value;
    const logs = openLogStore(this.#system, instance.logs, { notify: this.#notice });
    this.#stream.subscribe((event) => logs.note(event));
    const receipt = await this.#untilStopped(taken.value, logs);
    await early.drop();
    logs.close();
    // a guardian that is still busy relies on the session file
    if (receipt) {
      await releaseClaims(this.#system, lock.record.id);
      await removeTraces(this.#system, instance.sessionFile, lock.record);
      await lock.release();
    }
    return { exitCode: this.#problems.exitCode(receipt), receipt };
  }

  async #untilStopped(taken: Taken, logs: LogStore): Promise<Receipt | null> {
    const { lock } = taken;
    const socket = await openSessionSocket(this.#system, {
      lock,
      stream: this.#stream,
      stop: this.#stop,
      logs,
      request: this.#request,
      model: () => this.#model,
      project: () => this.#project,
      apps: () => this.#started?.apps ?? null,
      faults: this.#faults,
      prompts: this.#request.prompts,
      configuration: () => this.#following,
    });
    this.#request.onMoved?.((where) => void lock.update(whereShown(where)));
    const starting = this.#start(taken, logs).catch((error: unknown) => this.#problems.crash(error));
    await aborted(this.#stop.signal);
    this.#emit({ event: "session.stopping", reason: this.#stop.reason ?? "failed" });
    await this.#system.clock.within(starting, IN_FLIGHT_MS, this.#stop.now);
    await lock.update({ state: "stopping" });
    const receipt = await this.#end(lock);
    if (receipt) this.#emit({ event: "session.stopped", ...receipt });
    await socket.close(receipt);
    return receipt;
  }

  /** Everything up to a running session, in four steps. Returns early after any of them when the session is to stop. */
  async #start(taken: Taken, logs: LogStore): Promise<void> {
    const { lock } = taken;
    const { signal } = this.#stop;
    await sweepStale(this.#system, this.#request.instance, lock, this.#notice);
    if (signal.aborted) return;
    const booted = await boot(this.#system, {
      request: this.#request,
      taken,
      stop: this.#stop,
      emit: this.#emit,
      problems: this.#problems,
      guarded: (guardian) => this.#guarded(guardian),
      connected: (client) => (this.#client = client),
    });
    if (!booted) return;
    const started = await this.#prepare(lock, logs, booted);
    if (!started) return;
    await Promise.all([started.apps.start(), booted.connecting]);
    if (signal.aborted) return;
    this.#emit({ event: "session.ready", ms: Math.round(this.#system.clock.monotonic() - this.#began) });
    await recordReady(this.#system, lock);
  }

  /** Checks whether this machine can run the project, then starts the infra in parallel with all that follows. */
  async #prepare(lock: SessionLock, logs: LogStore, booted: Booted): Promise<Started | null> {
    const { start, project, sources, connecting, armed } = booted;
    await this.#begin(lock, project);
    const { signal } = this.#stop;
    const options = { request: this.#request, project, lock, logs, stream: this.#stream, stopping: signal, armed };
    const started = await start(this.#system, options);
    if (!started.ok) {
      this.#problems.abortWith(started.diagnostics, connecting);
      return null;
    }
    this.#started = started.value;
    if (signal.aborted || !this.#started) return null;
    this.#bringing = this.#infraUp(this.#started).catch((error: unknown) => this.#problems.crash(error));
    const { instance, load } = this.#request;
    const following = { project, apps: this.#started.apps, load, stopping: signal };
    void followPackages(this.#system, { ...following, instance });
    this.#following = followConfiguration(this.#system, {
      ...following,
      sources,
      use: (changed) => void (this.#project = changed),
      emit: this.#emit,
    });
    return this.#started;
  }

  /** The configuration is known: records the session's name and its claims. */
  async #begin(lock: SessionLock, project: Project): Promise<void> {
    this.#project = project;
    this.#model = initialModel(project);
    const apps = recordedApps(project);
    await lock.update({ project: project.name, apps, ports: apps.flatMap(({ ports }) => ports) });
    this.#emit(startingEvent(project, lock.record));
    for (const note of project.notes ?? []) this.#notice(note);
  }

  /** The session ends with what guards it, and with PM2's daemon. */
  #guarded(guardian: Guardian): void {
    this.#guardian = guardian;
    void guardian.lost.then((part) => {
      if (this.#stop.reason !== null) return;
      this.#notice(`the ${part} that guards this session was killed: the session ends with it`);
      this.#stop.request("guardian-lost");
    });
    void guardian.daemonGone.then(() => this.#daemonGone());
  }

  #daemonGone(): void {
    if (this.#stop.reason !== null) return;
    this.#client = null;
    this.#problems.abortWith([daemonDied]);
  }

  /**
   * Infra that this machine cannot provide ends what was started with it. A failed service is reported, and only apps
   * that depend on it wait: it may be fixed while the session runs.
   */
  async #infraUp({ infra, checked }: Started): Promise<void> {
    const verdict = await checked;
    const up = verdict.ok ? await infra.up() : verdict;
    if (this.#stop.signal.aborted) return;
    if (!up.ok && up.diagnostics.some(({ code }) => catalog[code].exit !== 1))
      return this.#problems.abortWith(up.diagnostics);
    if (!up.ok) this.#problems.report(up.diagnostics);
    infra.watch();
    this.#faults.watch(infra);
  }

  async #end(lock: SessionLock): Promise<Receipt | null> {
    const infra = this.#started?.infra;
    const up = (infra?.statuses() ?? []).filter(({ state }) => isThere(state));
    infra?.close();
    const client = this.#client;
    this.#client = null;
    const receipt = await endEngine(this.#system, {
      record: lock.record,
      guardian: this.#guardian,
      client,
      stop: this.#stop,
      bringing: this.#bringing,
      infraUp: up.map(({ service }) => service),
      project: this.#project,
    });
    await client?.close();
    return receipt;
  }

  readonly #emit: EventStream["emit"] = (event, at) => this.#stream.emit(event, at);

  readonly #notice = (text: string): void => this.#emit({ event: "notice", text });
}
