import type { Clock } from "../system/clock.ts";
import type { SessionEvent, Stamped } from "./events.ts";

export type Listener = (event: Stamped) => void;

/** The one stream of a session. Readers see events in the order in which they were emitted, each stamped once. */
export interface EventStream {
  /** `at`: when it happened, where that is already known; else now. */
  emit(event: SessionEvent, at?: string): void;
  /** Returns the function that ends the subscription. */
  subscribe(listener: Listener): () => void;
}

export function createEventStream(clock: Clock): EventStream {
  const listeners = new Set<Listener>();
  return {
    emit(event, at = clock.now().toISOString()) {
      // `event` and `at` lead, for people who read the JSON
      const { event: name, ...rest } = event;
      const stamped = { event: name, at, ...rest } as Stamped;
      for (const listener of listeners) listener(stamped);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
