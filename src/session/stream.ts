import type { Clock } from "../system/clock.ts";
import type { SessionEvent, Stamped } from "../model/events.ts";
import type { LogBatch } from "../model/log-batch.ts";

export type Listener = (event: Stamped) => void;

/** The event stream of a session. Readers receive events in the order of emission, each stamped once. */
export interface EventStream {
  /** `at`: when it happened, if that is known; else now. */
  emit(event: SessionEvent, at?: string): void;
  /** Lines of a log that come together: not as events, which readers can make of them (`eventsOf`). */
  emitLines(batch: LogBatch): void;
  /** Returns the function that ends the subscription. */
  subscribe(listener: Listener, options?: Subscription): () => void;
  /** A promise where a reader wants time for the lines of logs that it has already received; it resolves soon. */
  room: Room;
}

export interface Subscription {
  /** Takes the lines of logs that come together; without it the reader does not get them. */
  lines?: (batch: LogBatch) => void;
  /** As `EventStream.room`, of this reader. */
  room?: Room;
}

export type Room = () => Promise<unknown> | null;

export function createEventStream(clock: Clock): EventStream {
  const readers = new Set<Subscription & { listener: Listener }>();
  return {
    emit(event, at = clock.now().toISOString()) {
      // `event` and `at` come first, for people who read the JSON
      const stamped =
        event.event === "log" ? line(event, at) : (Object.assign({ event: event.event, at }, event) as Stamped);
      for (const { listener } of readers) listener(stamped);
    },
    emitLines(batch) {
      for (const { lines } of readers) lines?.(batch);
    },
    subscribe(listener, options) {
      const reader = { ...options, listener };
      readers.add(reader);
      return () => readers.delete(reader);
    },
    room() {
      const wanted = [...readers].map(({ room }) => room?.() ?? null).filter((time) => time !== null);
      return wanted.length === 0 ? null : Promise.all(wanted);
    },
  };
}

/** A million lines a session: field by field, because copying with a rest pattern takes ten times as long. */
function line({ app, stream, line: text, n }: Extract<SessionEvent, { event: "log" }>, at: string): Stamped {
  return { event: "log", at, app, stream, line: text, n };
}
