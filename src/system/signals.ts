/** Signals to this process, and its own unexpected end. */
export interface Signals {
  /** Called for each; the default action no longer happens. Returns the function that restores it. */
  on(signals: readonly NodeJS.Signals[], listener: (signal: NodeJS.Signals) => void): () => void;
  /** An error that was not caught: ours, a bug. The last one to ask hears of it, instead of those before. */
  onBug(listener: (error: unknown) => void): void;
  /** Ends this process by that signal's default action. */
  stopSelf(signal: NodeJS.Signals): void;
}

let heard: ((error: unknown) => void) | null = null;
const hear = (error: unknown): void => heard?.(error);

export const signals: Signals = {
  on(names, listener) {
    for (const name of names) process.on(name, listener);
    return () => {
      for (const name of names) process.off(name, listener);
    };
  },
  onBug(listener) {
    if (heard === null) process.on("uncaughtException", hear).on("unhandledRejection", hear);
    heard = listener;
  },
  stopSelf: (signal) => void process.kill(process.pid, signal),
};
