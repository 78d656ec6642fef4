import { type Outcome, ok } from "../diagnostics/outcome.ts";
import { advertisesElsewhere } from "./advertised.ts";
import { type Starting, awaitUsable } from "./await.ts";
import type { InfraReporter } from "./reporter.ts";
import { type InfraContext, serviceContext, serviceStatusOf } from "./context.ts";
import type { ServiceStart } from "./start.ts";

/** How the start of every service went; failed where there was nothing to start with. */
export type Starts = Promise<Outcome<Map<string, Promise<ServiceStart>>>>;

/** Waits for each service once, however many apps wait for it, and reports its failure once. */
export class Usable {
  readonly #reporter: InfraReporter;
  readonly #starts: Starts;
  readonly #waits = new Map<string, Promise<Outcome<void>>>();

  /** `starts` resolves once the services are being started; a wait may begin before that. */
  constructor(reporter: InfraReporter, starts: Starts) {
    this.#reporter = reporter;
    this.#starts = starts;
  }

  of(context: InfraContext, service: string): Promise<Outcome<void>> {
    const known = this.#waits.get(service);
    if (known) return known;
    const waiting = this.#wait(context, service);
    this.#waits.set(service, waiting);
    return waiting;
  }

  async #wait(context: InfraContext, service: string): Promise<Outcome<void>> {
    const starting: Starting = { done: false, failure: null };
    void this.#noteStart(context, service, starting);
    const usable = await awaitUsable(context, service, starting);
    if (usable.ok) {
      this.#warn(context, service);
      return usable;
    }
    if (usable.diagnostics.length === 0) return usable; // the session ends
    if (usable.diagnostics.every((diagnostic) => this.#reporter.tolerated(diagnostic, service))) return ok(undefined);
    if (!starting.failure) for (const diagnostic of usable.diagnostics) this.#reporter.once(diagnostic);
    return usable;
  }

  /** Reports how a service's start went to whatever waits for it. */
  async #noteStart(context: InfraContext, service: string, starting: Starting): Promise<void> {
    const started = await this.#starts;
    const work = started.ok ? await started.value.get(service) : undefined;
    if (work && !work.outcome.ok) starting.failure = work.outcome.diagnostics;
    // what was seen before the start was over does not show how it went
    await context.containers.refresh();
    starting.done = true;
    await context.containers.refresh();
  }

  #warn(context: InfraContext, service: string): void {
    const seen = context.containers.snapshot()?.get(service);
    const { host } = context.engine.endpoint;
    const warning =
      seen && advertisesElsewhere(serviceContext(context, service), serviceStatusOf(context, service), seen, host);
    if (warning) this.#reporter.once(warning);
  }
}
