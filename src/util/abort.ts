/** Resolves when the signal aborts; immediately if it already has. */
export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });

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
