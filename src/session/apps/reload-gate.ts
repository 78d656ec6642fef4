import type { SessionEvent } from "../../model/events.ts";
import { joinWithAnd } from "../../util/text.ts";

export interface ReloadGateOptions {
  emit: (event: SessionEvent) => void;
  /** A clock that never jumps, in ms. */
  now: () => number;
  /** Names of the tasks that the app depends on. */
  tasks: readonly string[];
  /** Runs those of its tasks that are due; true where all are done then. */
  tasksDone: () => Promise<boolean>;
  /** After a failure: resolves when they are done. */
  tasksMended: () => Promise<void>;
}

/** Events that supersede a reload that is still held back. */
const SUPERSEDES: ReadonlySet<SessionEvent["event"]> = new Set<SessionEvent["event"]>([
  "app.starting",
  "app.reloading",
  "app.crashed",
  "app.stopped",
]);

/**
 * A reload counts as live when the code answers and its tasks are done: a migration that was saved with the code runs
 * first. An app's events pass through here, and a reload that answered waits for its tasks.
 */
export function reloadGate(options: ReloadGateOptions): (event: SessionEvent) => void {
  const { emit, now, tasks, tasksDone, tasksMended } = options;
  if (tasks.length === 0) return emit;
  let held = 0;

  async function hold(event: Extract<SessionEvent, { event: "app.reloaded" }>): Promise<void> {
    const mine = ++held;
    const isLatest = (): boolean => mine === held;
    const answered = now();
    const done = await tasksDone();
    if (!isLatest()) return;
    if (!done) {
      const { timeline: _, ...without } = event;
      emit({ ...without, ok: false });
      emit({ event: "app.failed", app: event.app, reason: `${joinWithAnd(tasks)} failed`, tasks });
      await tasksMended();
      if (!isLatest()) return;
    }
    emit({ ...event, ms: event.ms + Math.round(now() - answered) });
  }

  return (event) => {
    if (SUPERSEDES.has(event.event)) held++;
    if (event.event === "app.reloaded" && event.ok) void hold(event);
    else emit(event);
  };
}
