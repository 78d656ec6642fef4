/** Resolves when the signal aborts; immediately if it already has. */
export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });

/**
 * A controller that also aborts with the first of these signals; its own `abort` leaves nothing on them. Not
 * `AbortSignal.any`: Node 20 and 22 keep what that makes, and what listens to it, as long as one of the signals lives.
 */
export function abortsWith(...signals: readonly AbortSignal[]): AbortController {
  const own = new AbortController();
  for (const signal of signals) {
    const abort = (): void => own.abort(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { signal: own.signal });
  }
  return own;
}

/** Until `work` is done or one of the signals aborts. Nothing stays on them: they may live as long as the session. */
export async function unlessAborted(work: Promise<unknown>, ...signals: readonly AbortSignal[]): Promise<void> {
  if (signals.some((signal) => signal.aborted)) return;
  const over = new AbortController();
  const aborting = new Promise<void>((resolve) => {
    for (const signal of signals) signal.addEventListener("abort", () => resolve(), { signal: over.signal });
  });
  try {
    await Promise.race([work, aborting]);
  } finally {
    over.abort();
  }
}
