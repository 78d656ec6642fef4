import type { Clock } from "../system/clock.ts";
import type { SessionEvent, Stamped } from "../model/events.ts";

export type Listener = (event: Stamped) => void;

/** The event stream of a session. Readers receive events in the order of emission, each stamped once. */
export interface EventStream {
  /** `at`: when it happened, if that is known; else now. */
  emit(event: SessionEvent, at?: string): void;
  /** Returns the function that ends the subscription. `room`: as below, of this reader. */
  subscribe(listener: Listener, room?: Room): () => void;
  /** A promise where a reader wants time for the lines of logs that it has already received; it resolves soon. */
  room: Room;
}

export type Room = () => Promise<unknown> | null;

export function createEventStream(clock: Clock): EventStream {
  const listeners = new Set<Listener>();
  const rooms = new Set<Room>();
  return {
    emit(event, at = clock.now().toISOString()) {
      // `event` and `at` come first, for people who read the JSON
      const stamped =
        event.event === "log" ? line(event, at) : (Object.assign({ event: event.event, at }, event) as Stamped);
      for (const listener of listeners) listener(stamped);
    },
    subscribe(listener, room) {
      listeners.add(listener);
      if (room) rooms.add(room);
      return () => {
        listeners.delete(listener);
        if (room) rooms.delete(room);
      };
    },
    room() {
      const wanted = [...rooms].map((room) => room()).filter((time) => time !== null);
      return wanted.length === 0 ? null : Promise.all(wanted);
    },
  };
}

/** A million lines a session: field by field, because copying with a rest pattern takes ten times as long. */
function line({ app, stream, line: text, n }: Extract<SessionEvent, { event: "log" }>, at: string): Stamped {
  return { event: "log", at, app, stream, line: text, n };
}
