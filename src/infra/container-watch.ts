import type { ContainerEvent, DockerEngine, EngineFault } from "../system/docker/types.ts";
import type { Clock } from "../system/clock.ts";
import { type Snapshot, observe } from "./observe.ts";

/** The containers as they are now: kept up to date by the Docker engine's events, for everything that waits for a service. */
export interface ContainerWatch {
  /** The last snapshot; null before the first. */
  snapshot(): Snapshot | null;
  /** Why the engine does not answer now; null while it does. */
  lost(): EngineFault | null;
  /** The container has ended without having been told to, since the events are followed. */
  endedAlone(id: string): boolean;
  /** Refreshes now. */
  refresh(): Promise<void>;
  /** Called after each change and after each refresh; returns how to stop that. */
  onLook(listener: () => void): () => void;
  /** Subscribes to the engine's events; without it nothing is seen between two refreshes. */
  follow(): void;
  close(): void;
}

/** Actions without a meaning for health: each health check makes three of them. */
const NOISE = /^(exec_|top|attach|resize|copy|archive|export)/;
const RETRY_MS = { first: 250, most: 2_000 };

interface Deps {
  engine: DockerEngine;
  clock: Clock;
  project: string;
  services: readonly string[];
  initial: Snapshot | null;
}

export function watchContainers({ engine, clock, project, services, initial }: Deps): ContainerWatch {
  const closing = new AbortController();
  const listeners = new Set<() => void>();
  let snapshot = initial;
  let lost: EngineFault | null = null;
  let following = false;
  const endings = createEndings();

  const look = async (): Promise<void> => {
    const reply = await observe(engine, project, services);
    if (closing.signal.aborted) return;
    lost = reply.ok ? null : reply.fault;
    if (reply.ok) snapshot = reply.value;
    for (const listener of listeners) listener();
  };
  const refresh = oneAtATime(look, closing.signal);
  const subscribe = async (): Promise<void> => {
    let pause = RETRY_MS.first;
    while (!closing.signal.aborted) {
      const fault = await engine.events([`com.docker.compose.project=${project}`], closing.signal, {
        // events first, then a refresh: nothing falls between the two
        open: () => void refresh().then(() => (pause = RETRY_MS.first)),
        event(event) {
          endings.note(event);
          if (!NOISE.test(event.action)) void refresh();
        },
      });
      if (closing.signal.aborted) return;
      lost = fault;
      for (const listener of listeners) listener();
      await clock.sleep(pause, closing.signal);
      pause = Math.min(pause * 2, RETRY_MS.most);
    }
  };
  return {
    snapshot: () => snapshot,
    lost: () => lost,
    endedAlone: endings.alone,
    refresh,
    onLook(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    follow() {
      if (!following) void subscribe();
      following = true;
    },
    close: () => closing.abort(),
  };
}

/** A call during a look causes one more look, so that nothing that happens meanwhile is missed. */
function oneAtATime(look: () => Promise<void>, signal: AbortSignal): () => Promise<void> {
  let looking: Promise<void> | null = null;
  let again = false;
  return () => {
    again = true;
    looking ??= (async () => {
      while (again && !signal.aborted) {
        again = false;
        await look();
      }
    })().finally(() => (looking = null));
    return looking;
  };
}

/** How containers ended, as the events tell it. */
function createEndings() {
  const told = new Set<string>();
  const alone = new Set<string>();
  return {
    note({ action, id }: ContainerEvent): void {
      if (action === "start" || action === "destroy") for (const known of [told, alone]) known.delete(id);
      if (action === "kill") told.add(id);
      if (action === "die" && !told.has(id)) alone.add(id);
    },
    alone: (id: string): boolean => alone.has(id),
  };
}
