/** What PM2's worker looks at an app for. */
interface Limits {
  max_memory_restart?: unknown;
  exp_backoff_restart_delay?: unknown;
}

/** The part of PM2's daemon that looks at its apps every 30 seconds. */
export interface Worker {
  Worker: { start(): void };
  executeApp(settings: Limits, done?: (error: unknown, result: unknown) => void): unknown;
}

/**
 * PM2's worker, patched: it looks at the memory of all apps every 30 seconds, and starts two processes when it does so first, for
 * two options that few apps have. It begins with the first such app, so that a daemon of others never wakes.
 */
export function patchWorker(god: Worker): void {
  const start = god.Worker.start.bind(god.Worker);
  const executeApp = god.executeApp.bind(god);
  let runs = false;
  god.Worker.start = () => {};
  god.executeApp = (settings, done) => {
    if (!runs && (isSet(settings.max_memory_restart) || isSet(settings.exp_backoff_restart_delay))) {
      runs = true;
      start();
    }
    return executeApp(settings, done);
  };
}

const isSet = (option: unknown): boolean => option !== undefined && option !== null;
