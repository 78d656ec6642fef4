import type { Project } from "../model/project.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { SessionEvent } from "../model/events.ts";
import type { InfraContext } from "./context.ts";
import type { Definition } from "./definition.ts";
import { composeCommand } from "./files.ts";
import type { ServiceStatus } from "../model/service-status.ts";
import { shellQuote } from "../util/shell-quote.ts";

/** What infra reports unasked, each thing once. */
export class InfraReporter {
  readonly #emit: (event: SessionEvent) => void;
  readonly #project: Project;
  readonly #reported = new Set<string>();
  readonly #absent = new Set<string>();
  readonly #givenPorts = new Map<string, number>();

  constructor(emit: (event: SessionEvent) => void, project: Project) {
    this.#emit = emit;
    this.#project = project;
  }

  /** An app that restarts repeatedly asks repeatedly. */
  once(diagnostic: Diagnostic): void {
    if (this.#reported.has(diagnostic.summary)) return;
    this.#reported.add(diagnostic.summary);
    this.#emit({ event: "diagnostic", ...diagnostic });
  }

  /** The services that the apps need; null: all are wanted. */
  needed: ReadonlySet<string> | null = null;

  /** With `required: false`, or where no app needs it, a service that the machine cannot run is no failure. */
  tolerated({ code }: Diagnostic, service: string): boolean {
    const needless = this.needed !== null && !this.needed.has(service);
    if (code === "DEVPM_IMAGE_UNAVAILABLE" && needless) return true;
    const cannot = code === "DEVPM_IMAGE_UNAVAILABLE" || code === "DEVPM_COMPOSE_MISSING";
    return cannot && this.#project.infra?.required === false;
  }

  get absentServices(): ReadonlySet<string> {
    return this.#absent;
  }

  /** One line: why, and what the apps will miss. */
  absent({ summary }: Diagnostic, services: readonly string[]): string {
    const uses = this.#project.apps.flatMap(({ name, dependsOn }) => {
      const missed = dependsOn.services.filter((service) => services.includes(service));
      return missed.length > 0 ? [`${name} uses ${missed.join(", ")}`] : [];
    });
    const reason = [summary, ...uses].join("; ");
    for (const service of services) this.#absent.add(service);
    this.#emit({ event: "infra.absent", reason, services: [...services] });
    return reason;
  }

  /** Containers of this compose project's name, made from a folder that is no longer there. */
  inherited(folders: ReadonlyMap<string, string>): void {
    for (const [service, folder] of folders) {
      const text = `${service}: its container was made from ${folder}, which is gone; it is used with the data it has`;
      this.#emit({ event: "notice", text });
    }
  }

  checked(
    ms: number,
    services: ServiceStatus[],
    { definition, leftOut }: { definition: Definition; leftOut: readonly { service: string; reason: string }[] },
  ): void {
    this.#emit({ event: "infra.checked", ms, services });
    for (const { service, reason } of leftOut) {
      this.#emit({ event: "notice", text: `${service} of the compose file is left alone: ${reason}` });
    }
    for (const status of services) this.drifted(status, definition);
  }

  /** A container that was not made from the compose file as it is. */
  drifted({ service, state, drift, reason }: ServiceStatus, definition: Definition): void {
    if (!drift) return;
    const command = composeCommand(definition, `up -d ${service}`, this.#project.root);
    // the reason of one that ended is how it ended
    const why = state === "stopped" ? null : reason;
    this.#emit({
      event: "notice",
      text: `${service}: ${why ?? "what it is made from has changed"}; to apply it: ${command}`,
    });
  }

  /** An app was given this port; Docker may choose another one when the container is started again. */
  givePort(service: string, container: number, host: number): void {
    this.#givenPorts.set(`${service} ${container}`, host);
  }

  moved({ service, ports }: ServiceStatus): void {
    for (const { container, host } of ports) {
      const old = this.#givenPorts.get(`${service} ${container}`);
      if (old === undefined || old === host) continue;
      this.givePort(service, container, host);
      const apps = this.#project.apps.filter((app) => app.dependsOn.services.includes(service));
      const restart = `devpm restart ${shellQuote(...apps.map((app) => app.name))}`;
      const cure = apps.length > 0 ? `; so that its apps know: ${restart}` : "";
      this.#emit({ event: "notice", text: `${service} is published on port ${host} now, not ${old}${cure}` });
    }
  }
}

/** Emits each change of what is known about the services. */
export function reportChanges(
  { containers, emit }: InfraContext,
  statuses: () => ServiceStatus[],
  reporter: InfraReporter,
): void {
  let before = statuses();
  containers.onLook(() => {
    const now = statuses();
    if (JSON.stringify(now) === JSON.stringify(before)) return;
    before = now;
    for (const status of now) reporter.moved(status);
    emit({ event: "infra.changed", services: now });
  });
}
