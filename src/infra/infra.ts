import type { Project, ServiceReference } from "../config/project.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { SessionEvent } from "../session/events.ts";
import { instanceOf } from "../session/instance.ts";
import type { ContainerLine, LogOptions } from "../system/docker.ts";
import { type Outcome, failed, ok } from "../util/outcome.ts";
import { advertisesElsewhere } from "./advertised.ts";
import { type Starting, awaitRecovery, awaitUsable } from "./await.ts";
import { oneShots } from "./definition.ts";
import { remember } from "./known.ts";
import { live } from "./live.ts";
import { prepare } from "./prepare.ts";
import { absentReferences, referencesTo } from "./references.ts";
import type { ServiceStatus } from "./service.ts";
import { type InfraSystem, type Stage, contextOf, statusOf, statusesOf } from "./stage.ts";
import { type Started, startAll } from "./start.ts";
import { stopAll } from "./stop.ts";
import { watchStage } from "./watch.ts";

export interface InfraVerdict {
  /** From the call of `check` to the verdict, the loading of the client included. */
  ms: number;
  services: ServiceStatus[];
  /** Services of the compose file that devpm leaves alone. */
  leftOut: { service: string; reason: string }[];
  /** Why the apps run without infra: `required: false`, and this machine cannot run it. */
  absent?: { reason: string };
}

/** The compose services of one project. Nothing is asked of Docker before the first call. */
export interface Infra {
  /** Looks, and starts nothing. Emits `infra.checked` or `infra.absent`. */
  check(): Promise<Outcome<InfraVerdict>>;
  /** Starts what is stopped and makes what is missing, then resolves; `ready` tells when each is usable. */
  up(): Promise<Outcome<void>>;
  /**
   * Once the service is usable, or absent because it is not required; may be called before `up`. Where waiting for it failed the
   * diagnostic is also emitted, once however many wait; where `up` failed it is in `up`'s own outcome.
   */
  ready(service: string): Promise<Outcome<void>>;
  /** Once it is usable, however long that takes: after `ready` failed. */
  recovered(service: string): Promise<void>;
  /** For `env` functions. A service's values are those of now: ask after `ready`. */
  references(): Record<string, ServiceReference>;
  /** From now on reports `infra.failed`, `infra.recovered`, `infra.changed`. */
  watch(): void;
  statuses(): ServiceStatus[];
  /** Stops the containers and keeps their data; all services by default. Resolves with those that ran. */
  stop(services?: readonly string[]): Promise<Outcome<string[]>>;
  logs(service: string, options: LogOptions, onLine: (line: ContainerLine) => void): Promise<Outcome<void>>;
  close(): void;
}

export interface InfraOptions {
  emit: (event: SessionEvent) => void;
  signal: AbortSignal;
}

export function openInfra(system: InfraSystem, project: Project, options: InfraOptions): Infra {
  return new ProjectInfra(system, project, options);
}

type Checked = { stage: Stage; verdict: InfraVerdict } | { stage: null; verdict: InfraVerdict };

type Starts = Promise<Outcome<Map<string, Promise<Started>>>>;

class ProjectInfra implements Infra {
  readonly #system: InfraSystem;
  readonly #project: Project;
  readonly #emit: (event: SessionEvent) => void;
  readonly #signal: AbortSignal;
  #stage: Stage | null = null;
  #checked: Promise<Outcome<Checked>> | null = null;
  #started: Starts | null = null;
  #callUp: (starts: Starts) => void = () => {};
  /** Whoever waits for a service may do so before it is decided to start it. */
  readonly #upCalled = new Promise<Awaited<Starts>>((resolve) => (this.#callUp = resolve));
  readonly #usable = new Map<string, Promise<Outcome<void>>>();
  /** Services whose image cannot be had, where infra is not required. */
  readonly #absent = new Set<string>();

  constructor(system: InfraSystem, project: Project, { emit, signal }: InfraOptions) {
    this.#system = system;
    this.#project = project;
    this.#emit = emit;
    this.#signal = signal;
  }

  async check(): Promise<Outcome<InfraVerdict>> {
    const checked = await this.#check();
    return checked.ok ? ok(checked.value.verdict) : checked;
  }

  #check(): Promise<Outcome<Checked>> {
    return (this.#checked ??= this.#checkOnce());
  }

  async #checkOnce(): Promise<Outcome<Checked>> {
    const { clock, compose } = this.#system;
    const began = clock.monotonic();
    const request = this.#project.infra;
    if (!request) return ok({ stage: null, verdict: { ms: 0, services: [], leftOut: [] } });
    const preparation = await prepare(this.#system, compose, this.#project, request, this.#signal);
    if (!preparation.ok) return preparation;
    const ms = clock.monotonic() - began;
    if (preparation.value.kind === "absent") {
      const { diagnostic } = preparation.value;
      if (request.required) return failed(diagnostic);
      const reason = this.#sayAbsent(diagnostic, preparation.value.services);
      return ok({ stage: null, verdict: { ms, services: [], leftOut: [], absent: { reason } } });
    }
    const { engine, definition, selection, snapshot } = preparation.value.prepared;
    const { services, leftOut } = selection;
    const view = live({ engine, clock, project: definition.name, services, initial: snapshot });
    this.#stage = {
      system: this.#system,
      compose,
      engine,
      definition,
      services,
      oneShots: oneShots(definition.services),
      live: view,
      failing: new Set(),
      project: this.#project,
      request,
      emit: this.#emit,
      signal: this.#signal,
    };
    const instance = instanceOf(this.#project.root, this.#system.environment);
    void remember(this.#system.files, instance, { project: definition.name, services }).catch(() => {});
    const statuses = statusesOf(this.#stage);
    this.#emit({ event: "infra.checked", ms, services: statuses });
    for (const { service, reason } of leftOut) {
      this.#emit({ event: "notice", text: `${service} of the compose file is left alone: ${reason}` });
    }
    for (const { service, drift, reason } of statuses) {
      if (!drift) continue;
      const command = `docker compose up -d ${service}`;
      this.#emit({ event: "notice", text: `${service}: ${reason ?? "it has changed"}; to apply it: ${command}` });
    }
    return ok({ stage: this.#stage, verdict: { ms, services: statuses, leftOut } });
  }

  /** One line: why, and what the apps will miss. */
  #sayAbsent({ summary }: Diagnostic, services: readonly string[]): string {
    const uses = this.#project.apps.flatMap(({ name, dependsOn }) => {
      const missed = dependsOn.services.filter((service) => services.includes(service));
      return missed.length > 0 ? [`${name} uses ${missed.join(", ")}`] : [];
    });
    const reason = [summary, ...uses].join("; ");
    this.#emit({ event: "infra.absent", reason, services: [...services] });
    return reason;
  }

  async up(): Promise<Outcome<void>> {
    this.#started ??= this.#startOnce();
    this.#callUp(this.#started);
    const started = await this.#started;
    if (!started.ok) return started;
    const outcomes = await Promise.all(started.value.values());
    const problems = outcomes.flatMap(({ outcome }) => (outcome.ok ? [] : outcome.diagnostics));
    const bad = [...new Set(problems)].filter((diagnostic) => !this.#tolerated(diagnostic));
    return bad.length > 0 ? failed(...bad) : ok(undefined);
  }

  #tolerated({ code }: Diagnostic): boolean {
    return (
      this.#project.infra?.required === false &&
      (code === "DEVPM_IMAGE_UNAVAILABLE" || code === "DEVPM_COMPOSE_MISSING")
    );
  }

  async #startOnce(): Starts {
    const checked = await this.#check();
    if (!checked.ok) return checked;
    const { stage } = checked.value;
    if (!stage) return ok(new Map());
    stage.live.follow();
    const began = this.#system.clock.monotonic();
    const started = startAll(stage, (service) => this.ready(service));
    for (const [service, work] of started) void this.#follow(stage, service, work, began);
    return ok(started);
  }

  /** Says when a service that was started is usable, or that it will not be had. */
  async #follow(stage: Stage, service: string, work: Promise<Started>, began: number): Promise<void> {
    const { how, outcome } = await work;
    if (how === "nothing") return;
    if (!outcome.ok && outcome.diagnostics.every((diagnostic) => this.#tolerated(diagnostic))) {
      const [first] = outcome.diagnostics;
      this.#absent.add(service);
      if (first) this.#sayAbsent(first, [service]);
      return;
    }
    const usable = await this.ready(service);
    const ms = stage.system.clock.monotonic() - began;
    if (usable.ok) this.#emit({ event: "infra.started", service, ms, how });
  }

  ready(service: string): Promise<Outcome<void>> {
    const known = this.#usable.get(service);
    if (known) return known;
    const waiting = this.#awaitOnce(service);
    this.#usable.set(service, waiting);
    return waiting;
  }

  async #awaitOnce(service: string): Promise<Outcome<void>> {
    const checked = await this.#check();
    if (!checked.ok) return checked;
    const { stage } = checked.value;
    if (!stage || !stage.services.includes(service)) return ok(undefined);
    const starting: Starting = { done: false, failure: null };
    void this.#noteStart(stage, service, starting);
    const usable = await awaitUsable(stage, service, starting);
    if (usable.ok) this.#warn(stage, service);
    if (usable.ok || usable.diagnostics.length === 0) return usable;
    if (usable.diagnostics.every((diagnostic) => this.#tolerated(diagnostic))) return ok(undefined);
    if (!starting.failure)
      for (const diagnostic of usable.diagnostics) this.#emit({ event: "diagnostic", ...diagnostic });
    return usable;
  }

  /** Tells who waits for a service how its start went. */
  async #noteStart(stage: Stage, service: string, starting: Starting): Promise<void> {
    const started = await this.#upCalled;
    const work = started.ok ? await started.value.get(service) : undefined;
    starting.done = true;
    if (work && !work.outcome.ok) starting.failure = work.outcome.diagnostics;
    await stage.live.refresh();
  }

  #warn(stage: Stage, service: string): void {
    const seen = stage.live.snapshot()?.get(service);
    const { host } = stage.engine.endpoint;
    const warning = seen && advertisesElsewhere(contextOf(stage, service), statusOf(stage, service), seen, host);
    if (warning) this.#reportOnce(warning);
  }

  async recovered(service: string): Promise<void> {
    if (this.#stage?.services.includes(service)) await awaitRecovery(this.#stage, service);
  }

  references(): Record<string, ServiceReference> {
    const stage = this.#stage;
    const snapshot = stage?.live.snapshot();
    if (!stage || !snapshot) return absentReferences();
    const { definition, services, engine } = stage;
    const report = (diagnostic: Diagnostic): void => this.#reportOnce(diagnostic);
    return referencesTo({ definition, snapshot, services, host: engine.endpoint.host, report });
  }

  readonly #reported = new Set<string>();

  /** An app that is started again and again asks again and again. */
  #reportOnce(diagnostic: Diagnostic): void {
    if (this.#reported.has(diagnostic.summary)) return;
    this.#reported.add(diagnostic.summary);
    this.#emit({ event: "diagnostic", ...diagnostic });
  }

  watch(): void {
    if (this.#stage) watchStage(this.#stage);
  }

  statuses(): ServiceStatus[] {
    return this.#stage ? statusesOf(this.#stage) : [];
  }

  async stop(services?: readonly string[]): Promise<Outcome<string[]>> {
    const checked = await this.#check();
    if (!checked.ok) return checked;
    const { stage } = checked.value;
    if (!stage) return ok([]);
    await stage.live.refresh();
    return stopAll(stage, services ?? stage.services);
  }

  async logs(service: string, options: LogOptions, onLine: (line: ContainerLine) => void): Promise<Outcome<void>> {
    const checked = await this.#check();
    if (!checked.ok) return checked;
    const id = checked.value.stage?.live.snapshot()?.get(service)?.container.id;
    if (id === undefined) return ok(undefined);
    await checked.value.stage?.engine.logs(id, options, onLine);
    return ok(undefined);
  }

  close(): void {
    this.#stage?.live.close();
    this.#stage?.engine.close();
  }
}
