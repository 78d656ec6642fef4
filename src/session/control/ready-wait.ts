import { expectation } from "../../readiness/not-ready.ts";
import type { System } from "../../system/system.ts";
import type { AppModel } from "../session-model.ts";
import type { ControlOptions } from "./options.ts";
import { waitForReload, type ReloadWait } from "./reload-wait.ts";
import { judgeReady, waitFor, type Judge } from "./wait.ts";

/**
 * Until all of these are ready, or it is known why one will not be: also because an app that it waits for crashed, as its newest save
 * left it. null: they are ready.
 */
export async function waitUntilReady(
  system: System,
  options: ControlOptions,
  wish: ReloadWait,
): Promise<string | null> {
  const { clock } = system;
  const { stream, stop, model } = options;
  const deadline = clock.monotonic() + wish.timeoutMs;
  const left = (): number => Math.max(0, deadline - clock.monotonic());
  const waited = { clock, model, subscribe: stream.subscribe, stopping: stop.signal, gone: wish.gone };
  for (;;) {
    const blocked = new Map<string, string>();
    const judge: Judge = (app) => {
      const blocker = blockerOf(options, app);
      if (blocker === null) return judgeReady(app);
      // what crashed is asked for too, and says so itself
      if (wish.names.includes(blocker)) return null;
      blocked.set(app.status.name, blocker);
      return { done: true, error: whyBroken(options, blocker) };
    };
    const error = await waitFor(waited, wish.names, judge, left());
    const [first] = blocked;
    if (error === null || first === undefined) return error === null ? null : withCheck(options, wish.names, error);
    const [name, blocker] = first;
    // a save may have mended it that it does not know of yet
    const mending = { ...wish, names: [blocker], explicit: false, file: null, timeoutMs: left() };
    const problem = (await waitForReload(system, options, mending)) ?? whyBroken(options, blocker);
    if (problem !== null) return `${name} waits for ${blocker}: ${problem}`;
  }
}

/** The app that crashed before it was ever ready, and that this one waits for, itself or through others. */
function blockerOf(options: ControlOptions, { status: { name, state } }: AppModel): string | null {
  if (state !== "pending") return null;
  for (const other of options.apps()?.awaitedBy(name) ?? []) {
    const app = options.model().apps.get(other);
    const found = whyBroken(options, other) !== null ? other : app && blockerOf(options, app);
    if (found) return found;
  }
  return null;
}

function whyBroken({ model }: ControlOptions, name: string): string | null {
  const app = model().apps.get(name);
  return (app && app.status.state === "crashed" && judgeReady(app)?.error) || null;
}

/** With what an app that runs is waited for. */
function withCheck({ model, project }: ControlOptions, names: readonly string[], error: string): string {
  const waits = names.flatMap((name) => {
    const status = model().apps.get(name)?.status;
    const app = project()?.apps.find((one) => one.name === name);
    const runs = status?.state === "running" || status?.state === "failed";
    return app && runs && status.pid !== null && status.url === null ? [`${name} waits for ${expectation(app)}`] : [];
  });
  return [error, ...waits].join("; ");
}
