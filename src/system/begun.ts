import type { ChildProcess } from "node:child_process";

/** The shim that bin/early.js has started before this was loaded, for a session with that id. */
export interface BegunProcess {
  id: string;
  child: ChildProcess;
  /** Called with a signal that nothing else here listens to, and that has not done anything yet. */
  onSignal: (signal: NodeJS.Signals) => void;
  /** Signals are not held back any longer. */
  release(): void;
}

const LEFT = Symbol.for("devpm.begun");
const place = globalThis as { [LEFT]?: BegunProcess };

/** undefined: nothing was begun, or it is taken. */
export const begunProcess = (): BegunProcess | undefined => place[LEFT];

/** Once: it is the caller's to use, or to drop. */
export function takeBegunProcess(): BegunProcess | undefined {
  const begun = begunProcess();
  delete place[LEFT];
  begun?.release();
  return begun;
}
