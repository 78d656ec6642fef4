import { randomBytes } from "node:crypto";
import type { Project } from "../config/project.ts";
import { catalog } from "../diagnostics/catalog.ts";
import { bug } from "../diagnostics/bug.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { openInfra, type Infra } from "../infra/infra.ts";
import { openLogStore, type LogStore } from "../logs/store.ts";
import { preflight, type PortConsent } from "../preflight/preflight.ts";
import type { Pm2Client } from "../system/pm2.ts";
import type { System } from "../system/system.ts";
import type { Guardian } from "../teardown/guardian.ts";
import { sweep, sweepMarked } from "../teardown/sweep.ts";
import { aborted } from "../util/signals.ts";
import { createApps, type Apps } from "./apps.ts";
import { guard } from "./arm.ts";
import { daemonDied } from "./daemon-died.ts";
import { endEngine } from "./end.ts";
import type { Receipt } from "./events.ts";
import type { Instance } from "./instance.ts";
import { takeInstance, type Holding } from "./lock.ts";
import { everySession } from "./records.ts";
import type { SessionRecord } from "./record.ts";
import { openSessionSocket } from "./socket.ts";
import { initialModel, reduce, type SessionModel } from "./state.ts";
import { exitCodeOf, type Stop } from "./stop.ts";
import type { EventStream } from "./stream.ts";
import { sweptNotice } from "./swept.ts";

export interface EngineRequest {
  project: Project;
  instance: Instance;
  detached: boolean;
  /** What `--free-ports` allows. */
  consent: PortConsent;
}

export interface EngineEnd {
  exitCode: number;
  /** null where nothing was started, or where a third press left the rest to the guardian. */
  receipt: Receipt | null;
}

const PM2_MS = 15_000;

/** One session, from its first check to its last port. Everything that happens is an event of the stream. */
export class Engine {
  readonly #system: System;
  readonly #request: EngineRequest;
  readonly #stream: EventStream;
  readonly #stop: Stop;
  readonly #began: number;
  #model: SessionModel;
  /** The gravest of what was reported: the exit code where no signal ended the session. */
  #exit = 0;
  #guardian: Guardian | null = null;
  #client: Pm2Client | null = null;
  #apps: Apps | null = null;

  constructor(system: System, request: EngineRequest, stream: EventStream, stop: Stop) {
    this.#system = system;
    this.#request = request;
    this.#stream = stream;
    this.#stop = stop;
    this.#began = system.clock.monotonic();
    this.#model = initialModel(request.project);
    stream.subscribe((event) => (this.#model = reduce(this.#model, event)));
  }

  async run(): Promise<EngineEnd> {
    const taken = await takeInstance(this.#system, this.#request.instance, this.#firstRecord());
    if (!taken.ok) {
      this.#report(taken.diagnostics);
      return { exitCode: this.#exit, receipt: null };
    }
    const holding = taken.value;
    const logs = openLogStore(this.#system, this.#request.instance.logs, { say: (text) => this.#say(text) });
    this.#stream.subscribe((event) => logs.note(event));
    const receipt = await this.#live(holding, logs);
    logs.close();
    // a guardian that still works goes by the session file
    if (receipt) await holding.release();
    return { exitCode: this.#exitCode(receipt), receipt };
  }

  async #live(holding: Holding, logs: LogStore): Promise<Receipt | null> {
    const { project } = this.#request;
    const { id, namespace } = holding.record;
    const { name, root, apps } = project;
    this.#emit({
      event: "session.starting",
      project: name,
      root,
      namespace,
      session: id,
      apps: apps.map((app) => app.name),
    });
    const infra = openInfra(this.#system, project, { emit: this.#emit, signal: this.#stop.signal });
    const socket = await openSessionSocket(this.#system, {
      request: this.#request,
      holding,
      stream: this.#stream,
      stop: this.#stop,
      logs,
      model: () => this.#model,
      apps: () => this.#apps,
      client: () => this.#client,
    });
    const starting = this.#start(holding, logs, infra).catch((error: unknown) => this.#fail(error));
    await aborted(this.#stop.signal);
    this.#emit({ event: "session.stopping", reason: this.#stop.reason ?? "failed" });
    await Promise.race([starting, this.#system.clock.sleep(IN_FLIGHT_MS, this.#stop.now)]);
    await holding.update({ state: "stopping" });
    const receipt = await this.#end(holding, infra);
    if (receipt) this.#emit({ event: "session.stopped", ...receipt });
    await socket.close(receipt);
    return receipt;
  }

  /** Everything up to a running session. Returns early, at any await, where the session is to stop. */
  async #start(holding: Holding, logs: LogStore, infra: Infra): Promise<void> {
    const { project, instance } = this.#request;
    const { signal } = this.#stop;
    await this.#sweepDead(holding);
    if (signal.aborted) return;
    const connecting = this.#arm(holding);
    const checked = infra.check();
    const [client, problems] = await Promise.all([connecting, this.#preflight(holding)]);
    if (signal.aborted) return;
    if (problems.length > 0) return this.#give(problems);
    if (!client) return;
    this.#client = client;
    const emit = this.#emit;
    this.#apps = createApps(this.#system, { project, instance, holding, client, infra, logs, emit, stopping: signal });
    void this.#infraUp(infra, checked);
    await this.#apps.start();
    if (signal.aborted) return;
    this.#emit({ event: "session.ready", ms: Math.round(this.#system.clock.monotonic() - this.#began) });
    await holding.update({ state: "ready" });
  }

  async #preflight({ record }: Holding): Promise<Diagnostic[]> {
    const { project, consent } = this.#request;
    return preflight(this.#system, {
      project,
      record,
      consent,
      everySession: await everySession(this.#system.files, this.#system.environment),
      sweep: (session, ports) => sweepMarked(this.#system, session, ports),
      say: (text) => this.#say(text),
    });
  }

  /** The guardian first, then PM2's daemon under it; null where that failed, which is said. */
  async #arm(holding: Holding): Promise<Pm2Client | null> {
    const { instance } = this.#request;
    const armed = await guard(this.#system, instance, holding);
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
    return this.#system.pm2.connect(instance.pm2Home, PM2_MS);
  }

  #daemonGone(): void {
    if (this.#stop.reason !== null) return;
    this.#client = null;
    this.#report([daemonDied]);
    this.#stop.request("failed");
  }

  /**
   * Infra that this machine cannot give ends what was started beside it. A service that fails is said, and only the apps
   * that depend on it wait: it may be mended while the session runs.
   */
  async #infraUp(infra: Infra, checked: ReturnType<Infra["check"]>): Promise<void> {
    const verdict = await checked;
    const up = verdict.ok ? await infra.up() : verdict;
    if (this.#stop.signal.aborted) return;
    if (!up.ok && up.diagnostics.some(({ code }) => catalog[code].exit !== 1)) return this.#give(up.diagnostics);
    if (!up.ok) this.#report(up.diagnostics);
    infra.watch();
  }

  async #end(holding: Holding, infra: Infra): Promise<Receipt | null> {
    const up = infra.statuses().filter(({ state }) => state === "healthy" || state === "running");
    infra.close();
    const receipt = await endEngine(this.#system, {
      record: holding.record,
      guardian: this.#guardian,
      client: this.#client,
      stop: this.#stop,
      infraUp: up.map(({ service }) => service),
    });
    this.#client?.close();
    return receipt;
  }

  async #sweepDead(holding: Holding): Promise<void> {
    for (const record of holding.dead) {
      const receipt = await sweep(this.#system, { record, recordFile: this.#request.instance.sessionFile });
      await holding.forget(record);
      const notice = sweptNotice(receipt);
      if (notice) this.#say(notice);
    }
  }

  #firstRecord(): SessionRecord {
    const { project, instance, detached } = this.#request;
    const { processes, environment, clock } = this.#system;
    const engine = processes.identify(environment.pid);
    if (!engine) throw new Error("this process does not find itself among the processes");
    return {
      version: 1,
      id: `${instance.id}.${randomBytes(6).toString("hex")}`,
      project: project.name,
      root: project.root,
      namespace: `devpm-${instance.id}`,
      engine,
      sentinel: null,
      shim: null,
      daemon: null,
      apps: project.apps.map((app) => ({
        name: app.name,
        pmId: null,
        pids: [],
        ports: app.port === null ? app.ports : [app.port, ...app.ports],
        graceMs: app.graceMs,
      })),
      startedAt: clock.now().toISOString(),
      detached,
      state: "starting",
      pm2Home: instance.pm2Home,
      socket: instance.socket,
      ports: project.apps.flatMap((app) => (app.port === null ? app.ports : [app.port, ...app.ports])),
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

  /** Says what is wrong and ends the session. */
  #give(diagnostics: readonly Diagnostic[]): void {
    this.#report(diagnostics);
    this.#stop.request("failed");
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

/** A start that is under way when the end is asked for gets this long to come to a stop of its own. */
const IN_FLIGHT_MS = 1_500;
