import type { Readiness } from "../model/project.ts";
import type { Clock } from "../system/clock.ts";
import type { Network } from "../system/network.ts";

/** What a wait for readiness can end in; "the process exited" and "aborted" arrive through the signal's reason. */
export type Probed = { ready: true } | { ready: false; why: "deadline" | "aborted" };

/** Between two questions: a start that takes half a second should not wait much longer for being noticed. */
const INTERVAL_MS = 15;
const ANSWER_MS = 1_000;

/** What is waited for. `reported`: the app says itself when it can be used. */
export type Probe = Readiness | { kind: "reported"; timeoutMs: number };

export interface ProbeTarget {
  probe: Probe;
  port: number | null;
  /** Resolves when a line matched or the app has reported; given by what reads the app's output and reports. */
  answers: Promise<void>;
  signal: AbortSignal;
}

/** Waits until the app can be used, the deadline has passed, or the signal (exit, stop) ends the wait. */
export async function awaitReady(clock: Clock, network: Network, target: ProbeTarget): Promise<Probed> {
  const { probe, signal } = target;
  const deadline = clock.monotonic() + probe.timeoutMs;
  const ask = question(network, target);
  while (!signal.aborted) {
    if (await ask()) return { ready: true };
    if (clock.monotonic() >= deadline) return { ready: false, why: "deadline" };
    await clock.sleep(INTERVAL_MS, signal);
  }
  return { ready: false, why: "aborted" };
}

function question(network: Network, { probe, port, answers }: ProbeTarget): () => Promise<boolean> {
  switch (probe.kind) {
    case "http":
      return async () => {
        const status = port === null ? null : await network.status(port, probe.path, ANSWER_MS);
        return status !== null && status < 400;
      };
    case "tcp":
      return () => network.connects(probe.port, ANSWER_MS);
    case "log":
    case "reported": {
      let answered = false;
      void answers.then(() => (answered = true));
      return () => Promise.resolve(answered);
    }
    case "default":
      return () => (port === null ? Promise.resolve(true) : network.connects(port, ANSWER_MS));
  }
}
