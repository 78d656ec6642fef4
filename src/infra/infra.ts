import type { References, ServiceReference } from "../model/project.ts";
import type { SessionEvent } from "../model/events.ts";
import type { ContainerLine, LogOptions } from "../system/docker/types.ts";
import type { Outcome } from "../diagnostics/outcome.ts";
import type { OwnedDatabase } from "../model/shared-store.ts";
import type { ServiceStatus } from "../model/service-status.ts";

export interface InfraVerdict {
  /** From the call of `check` to the verdict, the loading of the client included. */
  ms: number;
  services: ServiceStatus[];
  /** Services of the compose file that devpm leaves alone. */
  leftOut: { service: string; reason: string }[];
  /** Why the apps run without infra: `required: false`, and this machine cannot run it. */
  absent?: { reason: string };
}

/** The compose services of one project. Docker gets no request before the first call. */
export interface Infra {
  /** Only reads, and starts nothing. Emits `infra.checked` or `infra.absent`. */
  check(): Promise<Outcome<InfraVerdict>>;
  /** Starts what is stopped and makes what is missing, then resolves; `ready` resolves once one is usable. */
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
  /** For a worktree: the servers that it shares with others, and the ports of containers of its own. */
  own(): Pick<References, "stores" | "sharedServers" | "moved">;
  /** Makes a checkout's own databases. Returns a line for each that was made; throws with a sentence. */
  makeDatabases(databases: readonly OwnedDatabase[]): Promise<string[]>;
  /** The id of the container that the service is in now: another one holds other data. null where there is none. */
  containerId(service: string): string | null;
  /** From now on reports `infra.failed`, `infra.recovered`, `infra.changed`. */
  watch(): void;
  statuses(): ServiceStatus[];
  /** Stops the containers and keeps their data; all services by default. Resolves with those that ran. */
  stop(services?: readonly string[]): Promise<Outcome<string[]>>;
  /** Stops the containers and removes them together with their volumes. Resolves with those that ran. */
  remove(): Promise<Outcome<string[]>>;
  logs(service: string, options: LogOptions, onLine: (line: ContainerLine) => void): Promise<Outcome<void>>;
  close(): void;
}

export interface InfraOptions {
  emit: (event: SessionEvent) => void;
  signal: AbortSignal;
  /** A session: a service that no app needs and whose image is not available is reported, and is no failure. */
  onlyNeeded?: boolean;
}
