import type { InfraRequest, MovedPort, ProjectWithInfra, ServiceReference } from "../model/project.ts";
import type { SessionEvent } from "../model/events.ts";
import { instanceOf } from "../model/instance.ts";
import type { ContainerLine, LogOptions } from "../system/docker/types.ts";
import { once } from "../util/once.ts";
import { deferred } from "../util/deferred.ts";
import { type Outcome, failed, ok } from "../diagnostics/outcome.ts";
import { awaitRecovery } from "./await.ts";
import { completedContainers } from "./completed.ts";
import { oneShots } from "./definition.ts";
import { remember } from "./known.ts";
import { watchContainers } from "./container-watch.ts";
import type { Infra, InfraOptions, InfraVerdict } from "./infra.ts";
import { type Prepared, prepare } from "./prepare.ts";
import { openOwned, type CheckoutData } from "./own/owned.ts";
import { absentReferences, referencesTo } from "./references.ts";
import { InfraReporter, reportChanges } from "./reporter.ts";
import type { OwnedDatabase } from "../model/shared-store.ts";
import type { ServiceStatus } from "../model/service-status.ts";
import { type InfraSystem, type InfraContext, statusesOf } from "./context.ts";
import { neededBy } from "./select.ts";
import { removeAll } from "./remove.ts";
import { followCompose } from "./saved.ts";
import { type ServiceStart, startAll } from "./start.ts";
import { stopAll } from "./stop.ts";
import { type Starts, Usable } from "./usable.ts";
import { watchInfra } from "./watch.ts";

export function openInfra(system: InfraSystem, project: ProjectWithInfra, options: InfraOptions): Infra {
  return new ProjectInfra(system, project, options);
}

type Checked = { context: InfraContext | null; verdict: InfraVerdict };

class ProjectInfra implements Infra {
  readonly #system: InfraSystem;
  readonly #project: ProjectWithInfra;
  readonly #emit: (event: SessionEvent) => void;
  readonly #signal: AbortSignal;
  readonly #onlyNeeded: boolean;
  readonly #reporter: InfraReporter;
  readonly #starts = deferred<Awaited<Starts>>();
  readonly #usable: Usable;
  #context: InfraContext | null = null;
  /** Set for a worktree that shares the containers. */
  #owned: CheckoutData | null = null;
  #moved: readonly MovedPort[] = [];
  /** One check and one start, however many ask for them. */
  readonly #check = once(() => this.#firstCheck());
  readonly #start = once(() => this.#firstStart());
  readonly #reportChanges = once(() => {
    const context = this.#context;
    if (context) reportChanges(context, () => statusesOf(context), this.#reporter);
  });

  constructor(system: InfraSystem, project: ProjectWithInfra, { emit, signal, onlyNeeded = false }: InfraOptions) {
    this.#system = system;
    this.#project = project;
    this.#emit = emit;
    this.#signal = signal;
    this.#onlyNeeded = onlyNeeded;
    this.#reporter = new InfraReporter(emit, project);
    this.#usable = new Usable(this.#reporter, this.#starts.promise);
  }

  async check(): Promise<Outcome<InfraVerdict>> {
    const checked = await this.#check();
    return checked.ok ? ok(checked.value.verdict) : checked;
  }

  async #firstCheck(): Promise<Outcome<Checked>> {
    const { clock, files, environment } = this.#system;
    const began = clock.monotonic();
    const request = this.#project.infra;
    const preparation = await prepare(this.#system, this.#project, request, this.#signal);
    if (!preparation.ok) return preparation;
    const ms = clock.monotonic() - began;
    if (preparation.value.kind === "absent") {
      const { diagnostic, services } = preparation.value;
      if (request.required) return failed(diagnostic);
      const reason = this.#reporter.absent(diagnostic, services);
      return ok({ context: null, verdict: { ms, services: [], leftOut: [], absent: { reason } } });
    }
    const { definition, selection, inherited, moved } = preparation.value.prepared;
    const { services, leftOut } = selection;
    if (this.#onlyNeeded) this.#reporter.needed = neededBy(this.#project.apps, definition);
    const context = this.#contextOf(preparation.value.prepared, request);
    this.#noteCompleted(context);
    this.#context = context;
    [this.#moved, this.#owned] = [moved, await openOwned(context)];
    // needed only once the configuration is gone too: where it cannot be written, nothing is lost now
    const instance = instanceOf(this.#project.root, environment);
    void remember(files, instance, { project: definition.name, services }).catch(() => {});
    const statuses = statusesOf(context);
    this.#reporter.checked(ms, statuses, { definition, leftOut });
    for (const text of definition.warnings ?? []) this.#emit({ event: "notice", text: `compose: ${text}` });
    this.#reporter.inherited(inherited);
    const shared = this.#owned?.sharedLine();
    if (shared) this.#emit({ event: "notice", text: shared });
    return ok({ context, verdict: { ms, services: statuses, leftOut } });
  }

  /** What `act` returns once the services are checked; `absent` where this machine cannot run them. */
  async #checked<T>(absent: T, act: (context: InfraContext) => Promise<Outcome<T>>): Promise<Outcome<T>> {
    const checked = await this.#check();
    if (!checked.ok) return checked;
    const { context } = checked.value;
    return context ? act(context) : ok(absent);
  }

  /** What completed in an earlier session is a one-shot service in this one. */
  #noteCompleted(context: InfraContext): void {
    const known = completedContainers(this.#system, this.#project.root);
    const seen = context.containers.snapshot();
    for (const service of context.services) {
      if (known.includes(seen?.get(service)?.container.id ?? "")) context.completed.add(service);
    }
  }

  #contextOf({ engine, definition, selection, snapshot }: Prepared, request: InfraRequest): InfraContext {
    const { clock } = this.#system;
    const { services } = selection;
    return {
      system: this.#system,
      engine,
      definition,
      services,
      oneShots: oneShots(definition.services),
      completed: new Set(),
      present: new Set(),
      containers: watchContainers({ engine, clock, project: definition.name, services, initial: snapshot }),
      failing: new Set(),
      project: this.#project,
      request,
      emit: this.#emit,
      signal: this.#signal,
    };
  }

  async up(): Promise<Outcome<void>> {
    const started = await this.#start();
    this.#starts.resolve(started);
    if (!started.ok) return started;
    const outcomes = await Promise.all(started.value.values());
    const services = [...started.value.keys()];
    const problems = outcomes.flatMap(({ outcome }, at) =>
      outcome.ok ? [] : outcome.diagnostics.filter((problem) => !this.#reporter.tolerated(problem, services[at] ?? "")),
    );
    const bad = [...new Set(problems)];
    return bad.length > 0 ? failed(...bad) : ok(undefined);
  }

  #firstStart(): Starts {
    return this.#checked(new Map<string, Promise<ServiceStart>>(), async (context) => {
      this.#reportChanges();
      context.containers.follow();
      const began = this.#system.clock.monotonic();
      const started = startAll(context, (service) => this.ready(service));
      for (const [service, work] of started) void this.#follow(context, service, work, began);
      return ok(started);
    });
  }

  /** Reports when a service that was started is usable, or that it will not be. */
  async #follow(context: InfraContext, service: string, work: Promise<ServiceStart>, began: number): Promise<void> {
    const { how, outcome } = await work;
    if (how === "nothing") return;
    if (!outcome.ok && outcome.diagnostics.every((diagnostic) => this.#reporter.tolerated(diagnostic, service))) {
      const [first] = outcome.diagnostics;
      if (first) this.#reporter.absent(first, [service]);
      return;
    }
    const usable = await this.ready(service);
    const ms = context.system.clock.monotonic() - began;
    if (usable.ok) this.#emit({ event: "infra.started", service, ms, how });
  }

  ready(service: string): Promise<Outcome<void>> {
    return this.#checked<void>(undefined, async (context) =>
      context.services.includes(service) ? this.#usable.of(context, service) : ok(undefined),
    );
  }

  async recovered(service: string): Promise<void> {
    if (this.#context?.services.includes(service)) await awaitRecovery(this.#context, service);
  }

  references(): Record<string, ServiceReference> {
    const context = this.#context;
    const snapshot = context?.containers.snapshot();
    if (!context || !snapshot) return absentReferences();
    const { definition, services, engine } = context;
    const reporter = this.#reporter;
    return referencesTo({
      definition,
      snapshot,
      services,
      host: engine.endpoint.host,
      absent: reporter.absentServices,
      givePort: (service, container, host) => reporter.givePort(service, container, host),
      report: (diagnostic) => reporter.once(diagnostic),
    });
  }

  own = () => ({ ...this.#owned?.references(), moved: this.#moved });

  async makeDatabases(databases: readonly OwnedDatabase[]): Promise<string[]> {
    await Promise.all(databases.map(({ service }) => this.ready(service)));
    return (await this.#owned?.make(databases)) ?? [];
  }

  containerId(service: string): string | null {
    return this.#context?.containers.snapshot()?.get(service)?.container.id ?? null;
  }

  watch(): void {
    if (!this.#context) return;
    this.#reportChanges();
    watchInfra(this.#context);
    followCompose(this.#context, this.#reporter);
  }

  statuses(): ServiceStatus[] {
    return this.#context ? statusesOf(this.#context) : [];
  }

  stop(services?: readonly string[]): Promise<Outcome<string[]>> {
    return this.#checked<string[]>([], async (context) => {
      await context.containers.refresh();
      return stopAll(context, services ?? context.services);
    });
  }

  remove(): Promise<Outcome<string[]>> {
    return this.#checked<string[]>([], async (context) => {
      await context.containers.refresh();
      return removeAll(context);
    });
  }

  logs(service: string, options: LogOptions, onLine: (line: ContainerLine) => void): Promise<Outcome<void>> {
    return this.#checked<void>(undefined, async ({ containers: { snapshot }, engine }) => {
      const id = snapshot()?.get(service)?.container.id;
      if (id !== undefined) await engine.logs(id, options, onLine);
      return ok(undefined);
    });
  }

  close(): void {
    this.#context?.containers.close();
    this.#context?.engine.close();
  }
}
