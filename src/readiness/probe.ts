import type { Readiness } from "../model/project.ts";
import type { Clock } from "../system/clock.ts";
import type { Network } from "../system/network.ts";
import { deferred } from "../util/deferred.ts";
import type { PortFinder } from "./port-finder.ts";
import type { OwnListeners } from "./own-listeners.ts";

/**
 * What a wait for readiness can end in; "the process exited" and "aborted" arrive through the signal's reason. `port`:
 * where the app was found to listen, null without one.
 */
export type Probed = { ready: true; port: number | null } | { ready: false; why: "deadline" | "aborted" };

/**
 * Between two probes: a share of the time for which nothing has been heard of the app, within these bounds. A start that takes half
 * a second should not wait much longer to be noticed, and a probe takes the CPU that the app boots with.
 */
const SHARE = 1 / 4;
const LEAST_MS = 15;
const MOST_MS = 30;
/** Where it would be a surprise. */
const UNLIKELY_MS = 60;
const ANSWER_MS = 1_000;
/** What answers and is not the app's: finding its owner reads every process, so it is checked less often. */
const FOREIGN_MS = 250;
/** A process without a port counts as running once it has lived this long: most that cannot run end sooner. */
const LIFE_MS = 1_000;

/** What is waited for. `reported`: the app itself reports when it can be used. */
export type Probe = Readiness | { kind: "reported"; timeoutMs: number };

export interface ProbeTarget {
  probe: Probe;
  /** Where the app is announced. */
  port: number | null;
  /** Resolves when a line matched or the app has reported; given by what reads the app's output and reports. */
  answers: Promise<void>;
  /** Takes what is to be called from now on at each of the app's outputs: most servers say that they listen. */
  printing: (heard: () => void) => void;
  /** Before this moment of the monotonic clock it has never been ready, by its last starts. */
  unlikelyUntil: number;
  signal: AbortSignal;
  own: OwnListeners;
  /** Finds out where an app listens that listens elsewhere; null where it claims no port. */
  portFinder: PortFinder | null;
  /** Whether the app may speak TLS on its port: then it is tried. */
  mayBeTls: (port: number) => boolean | Promise<boolean>;
}

type Question = (port: number | null) => Promise<boolean>;

/** Waits until the app can be used, the deadline has passed, or the signal (exit, stop) ends the wait. */
export async function awaitReady(clock: Clock, network: Network, target: ProbeTarget): Promise<Probed> {
  const { probe, signal, portFinder } = target;
  const deadline = clock.monotonic() + probe.timeoutMs;
  const ask = question(clock, network, target);
  const pause = pauses(clock, target);
  let { port } = target;
  while (!signal.aborted) {
    if (await ask(port)) return { ready: true, port: (probe.kind === "log" && portFinder?.printed()) || port };
    const elsewhere = (await portFinder?.look(port)) ?? null;
    if (elsewhere !== null) port = elsewhere;
    if (clock.monotonic() >= deadline) return { ready: false, why: "deadline" };
    await pause();
  }
  return { ready: false, why: "aborted" };
}

/** Until the next probe is worth it: some time later, at an output, or at once where the app has answered. */
function pauses(clock: Clock, { answers, printing, unlikelyUntil, signal }: ProbeTarget): () => Promise<void> {
  const began = clock.monotonic();
  let since = began;
  // of one pause each: what waits for a promise that stays is kept with it
  let answered = deferred();
  let printed = deferred();
  let isHeard = false;
  const heard = (): void => {
    since = clock.monotonic();
    // node makes an event of a promise that is fulfilled again: at each line of the session, once it is ready
    if (isHeard) return;
    isHeard = true;
    printed.resolve();
  };
  printing(heard);
  void answers.then(() => {
    heard();
    answered.resolve();
  });
  return async () => {
    const now = clock.monotonic();
    const likely = Math.min((now - since) * SHARE, MOST_MS);
    const unlikely = since === began ? Math.min(unlikelyUntil - now, UNLIKELY_MS) : 0;
    const rest = Math.max(likely, unlikely) - LEAST_MS;
    // an app that prints much is not asked at each line
    await clock.within(answered.promise, LEAST_MS, signal);
    if (rest > 0 && !isHeard) await clock.within(printed.promise, rest, signal);
    [answered, printed, isHeard] = [deferred(), deferred(), false];
  };
}

function question(clock: Clock, network: Network, target: ProbeTarget): Question {
  const { probe, answers, port: announced } = target;
  const owned = ownedBy(clock, target.own);
  let answered = false;
  void answers.then(() => (answered = true));
  const since = clock.monotonic();
  const isOurs = async (port: number): Promise<boolean> => (await network.connects(port, ANSWER_MS)) && owned(port);
  switch (probe.kind) {
    case "http":
      return async (port) => {
        if (port === null) return false;
        const secure = (await target.mayBeTls(port)) && (await network.speaksTls(port, ANSWER_MS));
        const status = await network.status(port, probe.path, { timeoutMs: ANSWER_MS, secure });
        return status !== null && status < 400 && owned(port);
      };
    case "tcp":
      // another port than the app's own may be anyone's: that is what the config asks for
      return (port) =>
        probe.port === announced ? isOurs(port ?? probe.port) : network.connects(probe.port, ANSWER_MS);
    case "log":
      return () => Promise.resolve(answered);
    case "reported":
      return async (port) => answered && (port === null || (await isOurs(port)));
    case "default":
      return async (port) => (port === null ? clock.monotonic() - since >= LIFE_MS : isOurs(port));
  }
}

function ownedBy(clock: Clock, own: OwnListeners): (port: number) => boolean {
  let again = -Infinity;
  return (port) => {
    if (clock.monotonic() < again) return false;
    if (own.holds(port)) return true;
    again = clock.monotonic() + FOREIGN_MS;
    return false;
  };
}
