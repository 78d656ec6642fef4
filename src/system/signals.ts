/** Signals to this process, and its own unexpected end. */
export interface Signals {
  /** Called for each; the default action no longer happens. Returns the function that restores it. */
  on(signals: readonly NodeJS.Signals[], listener: (signal: NodeJS.Signals) => void): () => void;
  /** An error that was not caught: ours, a bug. */
  onBug(listener: (error: unknown) => void): void;
  /** Ends this process by that signal's default action. */
  stopSelf(signal: NodeJS.Signals): void;
}

export const signals: Signals = {
  on(names, listener) {
    for (const name of names) process.on(name, listener);
    return () => {
      for (const name of names) process.off(name, listener);
    };
  },
  onBug(listener) {
    process.on("uncaughtException", listener);
    process.on("unhandledRejection", listener);
  },
  stopSelf: (signal) => void process.kill(process.pid, signal),
};
