import type { ChildProcess } from "node:child_process";

/** The shim that begin/early.ts has started before this was loaded, for a session with that id. */
export interface BegunProcess {
  id: string;
  child: ChildProcess;
  /** Called with a signal that nothing else here listens to, and that has not done anything yet. */
  onSignal: (signal: NodeJS.Signals) => void;
  /** Signals are not held back any longer. */
  release(): void;
}

/** Where it is left: what is run first is another file than what takes it. */
export const BEGUN = Symbol.for("devpm.begun");
const place = globalThis as { [BEGUN]?: BegunProcess };

/** undefined: nothing was begun, or it is taken. */
export const begunProcess = (): BegunProcess | undefined => place[BEGUN];

/** Once: it is the caller's to use, or to drop. */
export function takeBegunProcess(): BegunProcess | undefined {
  const begun = begunProcess();
  delete place[BEGUN];
  begun?.release();
  return begun;
}
