/** Signals to this process, and its own unexpected end. */
export interface Signals {
  /** Called for each; the default action no longer happens. Returns the function that restores it. */
  on(signals: readonly NodeJS.Signals[], listener: (signal: NodeJS.Signals) => void): () => void;
  /**
   * An error that was not caught: ours, a bug. The latest listener gets it, until it calls what this returns: then the one before
   * does, if there is one.
   */
  onBug(listener: (error: unknown) => void): () => void;
  /** Ends this process by that signal's default action. */
  stopSelf(signal: NodeJS.Signals): void;
}

type BugListener = (error: unknown) => void;

let bugListeners: BugListener[] = [];
const dispatch: BugListener = (error) => {
  if (!told.delete(textOf(error))) bugListeners.at(-1)?.(error);
};

/** Errors that were reported already, and with which Node rejects a promise of its own, too. */
const told = new Set<string>();

/**
 * The next rejection with this error, which nothing waits for, is no bug: it was caught, too. Returns what ends that, as most versions
 * of Node reject nothing else: a later error of this text is another one.
 */
export function alsoUnhandled(error: unknown): () => void {
  const text = textOf(error);
  told.add(text);
  return () => void told.delete(text);
}

/** It may be another object; tsx's namespace in it is the same. */
const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export const signals: Signals = {
  on(names, listener) {
    // without the number that Node adds
    const heard = (signal: NodeJS.Signals): void => listener(signal);
    for (const name of names) process.on(name, heard);
    return () => {
      for (const name of names) process.off(name, heard);
    };
  },
  onBug(listener) {
    if (bugListeners.length === 0) process.on("uncaughtException", dispatch).on("unhandledRejection", dispatch);
    bugListeners.push(listener);
    return () => {
      if (bugListeners.length > 1) bugListeners = bugListeners.filter((one) => one !== listener);
    };
  },
  stopSelf: (signal) => void process.kill(process.pid, signal),
};
