import type { SessionEvent } from "../../../src/model/events.ts";
import type { Project } from "../../../src/model/project.ts";
import { initialModel, reduce } from "../../../src/session/session-model.ts";
import type { Clock } from "../../../src/system/clock.ts";

/** A session's model and its stream of events, with nothing behind them: each event that a test emits is in both. */
export function modelStream(clock: Pick<Clock, "now">, project: Project) {
  let model = initialModel(project);
  const listeners = new Set<(event: never) => void>();
  return {
    model: () => model,
    stream: {
      subscribe: (listener: (event: never) => void) => (listeners.add(listener), () => listeners.delete(listener)),
    },
    emit: (...events: SessionEvent[]): void => {
      for (const event of events) {
        const stamped = { ...event, at: clock.now().toISOString() };
        model = reduce(model, stamped);
        for (const listener of listeners) listener(stamped as never);
      }
    },
  };
}
